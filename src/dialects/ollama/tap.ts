import type { Facts, JsonObject, ProxyError } from '../../hub/index.ts';
import { FieldError, isObject, members, readJson, restamp, splice } from '../../wire/index.ts';
import type { Asked, Tap } from '../dialect.ts';
import { cutShort, errorWithin, unusable, writeErrorLine } from './error.ts';
import { readSaid } from './response.ts';
import { readUsage } from './usage.ts';

/** What a passed plain reply says. Throws the error that it tells instead of an answer, else bad-upstream-reply. */
export function glance(body: JsonObject): Facts {
  const failed = errorWithin(body);
  if (failed !== undefined) throw failed;
  if (!isAnswer(body)) throw unusable('it has neither a message nor a response');
  const facts: Facts = {};
  read(body, facts);
  return facts;
}

/** Watches the lines of a passed stream. */
export function tap({ model }: Asked): Tap {
  const facts: Facts = {};
  let closed = false;
  const look = (text: string): JsonObject | undefined => {
    const line = readJson(text);
    if (!isObject(line)) throw unusable('a line of its stream is no JSON object');
    const failed = errorWithin(line);
    if (failed !== undefined) throw failed;
    if (saysSomething(line)) watching.begun = true;
    if (line['done'] === true) read(line, facts);
    else facts.model ??= textOf(line['model']) ?? '';
    return line;
  };
  const watching: Tap = {
    begun: false,
    facts,
    see(frame) {
      // Behind the last line nothing is owed.
      if (closed || facts.finish !== undefined) return undefined;
      const text = frame.toString('utf8').trim();
      if (text === '' || text === '[DONE]') return undefined;
      if (!watching.begun || mayTell(text)) look(text);
      return model === undefined || facts.model === undefined ? frame : stamped(frame, facts.model, model);
    },
    // The lines are short, and each may hold the model's name: they are looked at one by one.
    skim: (_chunk, from) => from,
    over(cause?: ProxyError) {
      if (closed) return '';
      closed = true;
      return facts.finish === undefined ? writeErrorLine(cause ?? cutShort()) : '';
    },
  };
  return watching;
}

/** Most lines hold a piece of text only, and are not parsed; quotes inside a text would be escaped. */
function mayTell(text: string): boolean {
  if (!text.startsWith('{') || !text.endsWith('}') || !text.includes('"done":false')) return true;
  return text.includes('"error"') || text.includes('"tool_calls"');
}

function saysSomething(line: JsonObject): boolean {
  const { message, response, thinking } = line;
  const said = isObject(message) ? [message['content'], message['thinking'], message['tool_calls']] : [];
  return line['done'] === true || [...said, response, thinking].some((one) => one !== undefined && one !== '');
}

function stamped(frame: Buffer, was: string, model: string): Buffer {
  if (was === model || was === '') return frame;
  try {
    const changed = restamp(frame, 'model', was, model);
    if (changed !== undefined) return changed;
    const line = members(frame);
    return line.has('model') ? splice(line, { set: { model } }) : frame;
  } catch (thrown) {
    if (thrown instanceof FieldError) throw unusable('a line of its stream is no JSON object');
    throw thrown;
  }
}

function isAnswer(body: JsonObject): boolean {
  return readSaid(body, { id: (prefix) => prefix, now: () => 0 }) !== undefined;
}

function read(body: JsonObject, facts: Facts): void {
  const usage = readUsage(body);
  facts.model ??= textOf(body['model']) ?? '';
  facts.finish = textOf(body['done_reason']) ?? 'stop';
  if (usage !== undefined) facts.usage = usage;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
