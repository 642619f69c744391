import { Chalk, type ChalkInstance, supportsColorStderr } from 'chalk';
import type { Environment } from '../config/index.ts';

/** Where this process speaks: data on stdout, everything else on stderr. */
export interface Terminal {
  /** Colours for stderr; none where NO_COLOR, TERM=dumb or a pipe says so. */
  readonly style: ChalkInstance;
  /** A line on stdout. */
  print(text: string): void;
  /** Text on stdout as it is. */
  write(text: string): void;
  /** A line on stderr; as JSON with --json. */
  say(level: Level, text: string): void;
  /** What `say` writes, without the end of line. */
  line(level: Level, text: string): string;
  /** Text on stderr as it is, dropped while nobody reads what is there already. */
  log(text: string): void;
  /** Resolves when what was written has gone, or after 300 ms. */
  flush(): Promise<void>;
}

type Level = 'debug' | 'info' | 'warn' | 'error';

/** Bytes that may wait for a reader of stderr that does not read: a pipe never blocks this process. */
const patience = 1024 * 1024;

export function openTerminal(env: Environment, json: boolean): Terminal {
  const plain = (env['NO_COLOR'] ?? '') !== '' && env['FORCE_COLOR'] === undefined;
  const style = new Chalk({ level: plain || json || !supportsColorStderr ? 0 : supportsColorStderr.level });
  const marks = { debug: style.dim('debug: '), info: '', warn: style.yellow('warning: '), error: style.red('error: ') };
  const log = (text: string) => {
    if (process.stderr.writableLength < patience) process.stderr.write(text);
  };
  const line = (level: Level, text: string) =>
    json ? JSON.stringify({ event: 'note', level, text }) : `${marks[level]}${text}`;
  return {
    style,
    print: (text) => process.stdout.write(`${text}\n`),
    write: (text) => process.stdout.write(text),
    line,
    say: (level, text) => log(`${line(level, text)}\n`),
    log,
    flush: async () => {
      await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
    },
  };
}

/** Most text that is kept of what was held back. */
const heldAtMost = 8 * 1024;

/** The same terminal, but what goes to stderr is kept until `release`, its last part where it is long. */
export function holdBack(terminal: Terminal): Terminal & { release(): void } {
  let kept = '';
  const log = (text: string) => {
    kept = (kept + text).slice(-2 * heldAtMost);
  };
  return {
    ...terminal,
    log,
    say: (level, text) => log(`${terminal.line(level, text)}\n`),
    release: () => {
      if (kept !== '') terminal.log(kept.length > heldAtMost ? kept.slice(-heldAtMost).replace(/^.*\n/, '') : kept);
      kept = '';
    },
  };
}

/** One line, without what would move a cursor or hide text. */
export function oneLine(text: string, longest = 300): string {
  const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text);
  const clean = plain ? text : text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return clean.length > longest ? `${clean.slice(0, longest - 1)}…` : clean;
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) return resolve();
    setTimeout(resolve, 300);
    stream.once('drain', resolve);
  });
}
