import type { Given } from '../dialects/index.ts';
import type { Emit, HubEvent, Json } from '../hub/index.ts';
import { isObject, readJson } from '../wire/index.ts';
import { perChoice } from './per-choice.ts';

type Opened = Extract<HubEvent, { type: 'open' }>;

/** Text that may still turn out to be a call. */
interface Waiting {
  open: Opened;
  text: string;
  rest: HubEvent[];
}

/** Where told blocks go: numbered anew, since one text may become several calls. */
interface Outlet {
  tell: Emit;
  call(choice: number, call: Call): void;
}

/** Reads a model's JSON answers as tool calls. */
export function callsFromText(tools: ReadonlySet<string>, given: Given, emit: Emit): Emit {
  const numbers = new Map<number, number>();
  let next = 0;
  const number = (block: number): number => {
    const known = numbers.get(block) ?? next++;
    numbers.set(block, known);
    return known;
  };
  const outlet: Outlet = {
    tell: (event) => emit('block' in event ? { ...event, block: number(event.block) } : event),
    call: (choice, { name, args }) => {
      const block = next++;
      emit({ type: 'open', choice, block, head: { type: 'tool-call', id: given.id('call_'), name, args: '' } });
      if (args !== '') emit({ type: 'args', choice, block, text: args });
      emit({ type: 'close', choice, block });
    },
  };
  return perChoice(emit, () => readChoice(tools, outlet));
}

/** Text that begins like JSON waits until its block is whole; all other text streams. */
function readChoice(tools: ReadonlySet<string>, { tell, call }: Outlet): Emit {
  let waiting: Waiting | undefined;
  let called = false;
  const giveUp = (): void => {
    if (waiting === undefined) return;
    const { open, text, rest } = waiting;
    waiting = undefined;
    tell(open);
    if (text !== '') tell({ type: 'text', choice: open.choice, block: open.block, text });
    for (const event of rest) tell(event);
  };
  const close = (event: Extract<HubEvent, { type: 'close' }>): void => {
    const mine = waiting?.open.block === event.block ? waiting : undefined;
    const calls = mine === undefined ? undefined : readCalls(mine.text, tools);
    if (calls === undefined) {
      if (mine !== undefined) giveUp();
      tell(event);
      return;
    }
    waiting = undefined;
    called = true;
    for (const one of calls) call(event.choice, one);
  };
  return (event) => {
    switch (event.type) {
      case 'open':
        giveUp();
        if (event.head.type === 'text') waiting = { open: event, text: '', rest: [] };
        else tell(event);
        return;
      case 'text':
        if (waiting?.open.block !== event.block) return tell(event);
        waiting.text += event.text;
        if (!/^\s*(?:[[{`]|$)/.test(waiting.text)) giveUp();
        return;
      case 'mark':
        if (waiting?.open.block === event.block) waiting.rest.push(event);
        else tell(event);
        return;
      case 'close':
        return close(event);
      case 'finish':
        giveUp();
        if (called && event.finish.reason === 'stop')
          tell({ ...event, finish: { ...event.finish, reason: 'tool-calls' } });
        else tell(event);
        return;
      case 'thinking':
      case 'args':
      case 'start':
      case 'usage':
      case 'ping':
      case 'error':
        return tell(event);
    }
  };
}

interface Call {
  name: string;
  args: string;
}

/** The calls that a text is; undefined when it is anything else. */
function readCalls(text: string, tools: ReadonlySet<string>): Call[] | undefined {
  const parsed = readJson(withoutFence(text.trim()));
  if (parsed === undefined) return undefined;
  const calls = (Array.isArray(parsed) ? parsed : [parsed]).map((one) => readCall(one, tools));
  const found = calls.filter((one) => one !== undefined);
  return found.length > 0 && found.length === calls.length ? found : undefined;
}

/** Models also write OpenAI's own form, with the call under `function` and the arguments as text. */
function readCall(value: Json, tools: ReadonlySet<string>): Call | undefined {
  if (!isObject(value)) return undefined;
  const call = isObject(value.function) ? value.function : value;
  const { name, arguments: args = value.parameters ?? {} } = call;
  if (typeof name !== 'string' || !tools.has(name)) return undefined;
  return { name, args: typeof args === 'string' ? args : JSON.stringify(args) };
}

/** Models put JSON between code fences even where they are told not to. */
function withoutFence(text: string): string {
  if (!text.startsWith('```') || !text.endsWith('```') || text.length < 6) return text;
  const inside = text.slice(3, -3);
  const brace = inside.search(/[[{]/);
  return brace < 0 ? inside : inside.slice(brace);
}
