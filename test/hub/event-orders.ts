import fc from 'fast-check';
import { type Block, type Choice, type HubEvent, type HubResponse, ProxyError } from '../../src/hub/index.ts';
import { hubResponses } from './arbitrary.ts';

/** A stream in a legal order, and the response that it tells. */
export interface EventOrder {
  events: HubEvent[];
  tells: HubResponse;
}

/** Dice of the generator: a number below `n`, shrinking to 0. */
type Dice = (n: number) => number;

const failure = new ProxyError('overloaded', 'the provider is overloaded', { provider: 'openai' });
const rolls = fc.array(fc.nat(1_000), { minLength: 40, maxLength: 40 });

/**
 * Every legal order: texts in pieces, choices interleaved, pings anywhere, usage more than once, a signature that
 * replaces the one a block opened with.
 */
export const eventOrders: fc.Arbitrary<EventOrder> = fc
  .tuple(hubResponses, rolls)
  .map(([tells, rolled]) => ({ tells, events: tell(tells, dice(rolled)) }));

/** A legal order that an error ends early. */
export const brokenOrders: fc.Arbitrary<HubEvent[]> = fc
  .tuple(eventOrders, fc.nat(1_000))
  .map(([{ events }, at]) => [...events.slice(0, at % events.length), { type: 'error', error: failure }]);

function dice(rolls: readonly number[]): Dice {
  let at = 0;
  return (n) => (rolls[at++ % rolls.length] ?? 0) % n;
}

function tell(response: HubResponse, roll: Dice): HubEvent[] {
  const { id, model, created, extra, usage } = response;
  const numbers = { next: 0 };
  const queues = response.choices.map((choice) => tellChoice(choice, numbers, roll));
  const events: HubEvent[] = [{ type: 'start', id, model, created, ...(extra === undefined ? {} : { extra }) }];
  // A choice is begun in the order of the list, since that is the order in which a collector meets them.
  for (const queue of queues) events.push(...queue.splice(0, 1));
  while (queues.some((queue) => queue.length > 0)) {
    const waiting = queues.filter((queue) => queue.length > 0);
    const queue = waiting[roll(waiting.length)];
    if (queue !== undefined) events.push(...queue.splice(0, 1 + roll(3)));
    if (roll(8) === 1) events.push({ type: 'ping' });
    if (usage !== undefined && roll(8) === 1) events.push({ type: 'usage', usage: { ...usage, output: 0 } });
  }
  if (usage !== undefined) events.push({ type: 'usage', usage });
  return events;
}

function tellChoice(choice: Choice, numbers: { next: number }, roll: Dice): HubEvent[] {
  const events: HubEvent[] = [];
  const { index, finish, extra, logprobs } = choice;
  for (const block of choice.blocks) events.push(...tellBlock(index, numbers.next++, block, roll));
  if (logprobs !== undefined)
    events.splice(events.length === 0 ? 0 : -1, 0, { type: 'mark', choice: index, block: numbers.next - 1, logprobs });
  events.push({ type: 'finish', choice: index, finish, ...(extra === undefined ? {} : { extra }) });
  return events;
}

function tellBlock(choice: number, block: number, whole: Block, roll: Dice): HubEvent[] {
  const { signature, ...rest } = whole;
  const early = signature !== undefined && roll(3) === 1;
  const bare: Block = early ? { ...rest, signature: { ...signature, value: 'ZWFybGllcg==' } } : rest;
  const events: HubEvent[] = [];
  const say = (type: 'text' | 'thinking' | 'args', text: string): void => {
    for (const piece of pieces(text, roll)) events.push({ type, choice, block, text: piece });
  };
  switch (bare.type) {
    case 'text': {
      const { citations = [], ...head } = bare;
      events.push({ type: 'open', choice, block, head: { ...head, text: '' } });
      say('text', bare.text);
      for (const citation of citations) events.push({ type: 'mark', choice, block, citation });
      break;
    }
    case 'refusal':
    case 'thinking':
      events.push({ type: 'open', choice, block, head: { ...bare, text: '' } });
      say(bare.type === 'thinking' ? 'thinking' : 'text', bare.text);
      break;
    case 'tool-call':
      events.push({ type: 'open', choice, block, head: { ...bare, args: '' } });
      say('args', bare.args);
      break;
    case 'media':
    case 'tool-result':
    case 'opaque':
      events.push({ type: 'open', choice, block, head: bare });
      break;
  }
  if (signature !== undefined) events.push({ type: 'mark', choice, block, signature });
  events.push({ type: 'close', choice, block });
  return events;
}

function pieces(text: string, roll: Dice): string[] {
  const characters = Array.from(text);
  const out: string[] = [];
  while (characters.length > 0) out.push(characters.splice(0, roll(4)).join(''));
  return out;
}
