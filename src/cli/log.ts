import type { Entry } from '../hub/index.ts';
import type { Sink } from '../server/index.ts';
import { oneLine, type Terminal } from './terminal.ts';

export interface LogOptions {
  json: boolean;
  quiet: boolean;
  debug: boolean;
  bodies: boolean;
}

/** How long a line of a call may wait for others: a write for each was a tenth of a small call's CPU. */
const gatherMs = 50;

/** Tells finished calls and notes, lines of calls together in one write; `summary` is undefined before the first call. */
export function createLog(
  terminal: Terminal,
  options: LogOptions,
): Sink & { summary(): string | undefined; flush(): void } {
  let waiting = '';
  const total = { calls: 0, input: 0, output: 0, cost: 0, failed: 0 };
  const flush = () => {
    const text = waiting;
    waiting = '';
    if (text !== '') terminal.log(text);
  };
  return {
    debug: options.debug,
    bodies: options.bodies,
    flush,
    call(entry) {
      count(total, entry);
      if (options.quiet && entry.status < 500) return;
      if (waiting === '') setTimeout(flush, gatherMs);
      waiting += `${options.json ? JSON.stringify({ event: 'call', ...entry }) : callLine(entry, terminal)}\n`;
    },
    note(level, text) {
      flush();
      if (!options.quiet || level === 'warn' || level === 'error') terminal.say(level, text);
    },
    summary: () => (total.calls === 0 ? undefined : summarize(total)),
  };
}

interface Total {
  calls: number;
  failed: number;
  input: number;
  output: number;
  cost: number;
}

function count(total: Total, entry: Entry): void {
  total.calls++;
  if (entry.status >= 400) total.failed++;
  total.input += entry.usage?.input ?? 0;
  total.output += entry.usage?.output ?? 0;
  total.cost += entry.cost ?? 0;
}

function summarize({ calls, failed, input, output, cost }: Total): string {
  const parts = [`${calls} ${calls === 1 ? 'call' : 'calls'}${failed === 0 ? '' : ` (${failed} failed)`}`];
  if (input + output > 0) parts.push(`${input} tokens in, ${output} out`);
  if (cost > 0) parts.push(dollars(cost));
  return parts.join(', ');
}

/** Time, client, model, what was tried again, status, tokens, milliseconds, cost, what was dropped, what went wrong. */
function callLine(entry: Entry, { style }: Pick<Terminal, 'style'>): string {
  const served = entry.provider === undefined ? undefined : `${entry.provider}/${entry.upstreamModel ?? entry.model}`;
  const asked = oneLine(entry.model === '' ? '-' : entry.model, 80);
  let line = `${style.dim(clock(entry.at))} ${oneLine(entry.client, 40)} ${oneLine(entry.route, 60)} `;
  line += served === undefined || served === entry.model ? asked : `${asked} -> ${oneLine(served, 80)}`;
  line += counted(entry.retries, 'retry', 'retries') + counted(entry.fallbacks, 'fallback', 'fallbacks');
  line += ` ${statusMark(entry.status, style)}`;
  if (entry.usage !== undefined) line += ` ${entry.usage.input} in ${entry.usage.output} out`;
  line += ` ${Math.round(entry.ms)} ms`;
  if (entry.cached !== undefined) line += ' cached';
  if (entry.cost !== undefined) line += ` ${dollars(entry.cost)}`;
  if (entry.dropped.length > 0) line += ` ${style.yellow(`dropped ${oneLine(entry.dropped.join(', '), 120)}`)}`;
  return entry.error === undefined ? line : `${line} ${style.red(oneLine(entry.error))}`;
}

function counted(n: number | undefined, one: string, many: string): string {
  return n === undefined ? '' : ` ${n} ${n === 1 ? one : many}`;
}

let second = { at: 0, text: '' };

/** `12:34:56`, made once a second: the time zone is slow to ask. */
function clock(at: number): string {
  const whole = Math.floor(at / 1000);
  if (second.at !== whole) second = { at: whole, text: new Date(at).toTimeString().slice(0, 8) };
  return second.text;
}

function statusMark(status: number, style: Terminal['style']): string {
  if (status < 400) return style.green(status);
  return status < 500 ? style.yellow(status) : style.red(status);
}

function dollars(cost: number): string {
  return `$${cost >= 1 ? cost.toFixed(2) : cost.toFixed(6).replace(/0{1,4}$/, '')}`;
}
