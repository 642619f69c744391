import { type Deployment, type Headers, type HubRequest, ProxyError, sealPrefix, thoughtMark } from '../hub/index.ts';
import { type Edits, edit, type Framing, isObject, type Members, readJson, splice } from '../wire/index.ts';
import { adapt } from './adapt.ts';
import { addMissing, addUnknown, withAdditions } from './additions.ts';
import { amend } from './amend.ts';
import type { Call, Outgoing } from './call.ts';
import { type Fetched, inlineMedia } from './links.ts';
import { lostWords } from './lost.ts';
import { passingRelay } from './passing.ts';
import { judge, type Ruling } from './policy.ts';
import { type Probe, probe } from './probe.ts';
import { blame, type Reading } from './reading.ts';
import { collectingRelay, translatingRelay } from './relay.ts';
import { passingReply, streamedReply, translatedReply } from './reply.ts';
import { speakerFor } from './speaker.ts';
import { type Speaker, type Table, tableOf } from './table.ts';

/**
 * Makes a call ready for one deployment; of several dialects that a provider speaks the client's own is taken. `fetched`:
 * what lay behind the links (linksToFetch). Throws invalid-request and unsupported-params.
 */
export function plan(call: Call, to: Deployment, fetched?: ReadonlyMap<string, Fetched>): Outgoing {
  try {
    return made(call, to, fetched);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    throw new ProxyError('invalid-request', 'the body is nested too deeply', { cause: thrown });
  }
}

function made(asked: Call, to: Deployment, fetched: ReadonlyMap<string, Fetched> | undefined): Outgoing {
  const call = to.adds === undefined ? asked : withAdditions(asked, to);
  const speaker = speakerFor(call, to);
  const table = tableOf(to, speaker);
  const same = speaker.id === call.client.id;
  const ruling = judge(call, to, table, same);
  const alike = same && call.client.client.apart !== true;
  const shaped = alike && passes(call.body, ruling, table) ? undefined : shape(call, to, table, ruling, fetched);
  const stream = call.stream && !ruling.hub.drop.has('stream');
  const target = targetOf(call, to, speaker, stream);
  demand(target, shaped?.headers);
  const reading = readingOf(call, to, table, shaped, ruling.asksUsage);
  const passing = alike && !table.looseReply && shaped?.adapted.changed !== true;
  return {
    target,
    body: shaped?.body ?? splice(call.body, passEdits(call, to, table, ruling)),
    dropped: shaped === undefined ? ruling.dropped : joined(ruling.dropped, shaped.lost),
    stream,
    reply: (head) => replyTo(head, reading, passing, stream),
    refused: (status, headers, body) => refusal(status, headers, body, reading),
    ...followed(speaker),
  };
}

function passEdits(call: Call, to: Deployment, table: Table, ruling: Ruling): Edits {
  const edits = ruling.pass();
  return to.adds === undefined ? edits : addMissing(edits, call, to, table);
}

/** A reply that is no JSON object is no job: what it is its reader says. */
function followed({ provider }: Speaker): Pick<Outgoing, 'next'> {
  if (provider.follow === undefined) return {};
  return {
    next: (bytes) => {
      const body = readJson(bytes.toString('utf8'));
      return isObject(body) ? provider.follow?.(body) : undefined;
    },
  };
}

/**
 * DESIGN.md: what holds a seal is decoded, or the conversation breaks when its model changes. An empty signature is the
 * mark of reasoning that came without a proof, which a maker of proofs refuses.
 */
const seals = [sealPrefix, thoughtMark, '"signature":""', '"signature": ""'].map(probe);
/** Traces of tools in a conversation, for providers that know none. */
const toolTraces = ['tool', 'function'].map(probe);

/** Whether a body of the provider's own dialect goes up as bytes. */
export function passes(body: Members, { decode, kept }: Ruling, table: Table): boolean {
  const holds = (search: Probe): boolean => search(body);
  if (decode || table.probes === undefined || table.probes.some(holds)) return false;
  if (table.lacks.has('schema-output') && kept.has('output')) return false;
  if (table.promptTools && toolTraces.some(holds)) return false;
  return !seals.some(holds);
}

function joined(dropped: readonly string[], lost: readonly string[]): readonly string[] {
  return lost.length === 0 ? dropped : [...new Set([...dropped, ...lost])];
}

interface Shaped {
  body: Buffer;
  headers: Record<string, string>;
  adapted: ReturnType<typeof adapt>;
  /** Tools of the client's vendor that this one has not. */
  lost: readonly string[];
}

function shape(
  call: Call,
  to: Deployment,
  table: Table,
  ruling: Ruling,
  fetched: ReadonlyMap<string, Fetched> | undefined,
): Shaped {
  const side = table.speaker.provider;
  const asked = fetched === undefined ? call.request() : inlineMedia(call.request(), fetched);
  const told = amend(asked, ruling, to.model, table);
  const amended = to.adds === undefined ? told : addUnknown(told, call, to, table);
  const adapted = adapt(amended, table, call.given);
  const encoded = side.encodeRequest(adapted.request, table.quirks);
  const lost = lostWords(call, amended, adapted.request, encoded, table);
  const body = edit(encoded, ruling.shaped());
  return { body: Buffer.from(JSON.stringify(body)), headers: side.requires?.(body) ?? {}, adapted, lost };
}

/** Where the call goes: the row's own path for it, else the dialect's. */
export function targetOf(call: Call, to: Deployment, speaker: Speaker, stream: boolean): Outgoing['target'] {
  const { operation, query, headers } = call;
  const target = speaker.provider.target({ operation, model: to.model, stream, query, headers });
  const own = speaker.id === to.row.dialect ? to.row.paths?.[operation] : undefined;
  if (own === undefined) return target;
  const path = typeof own === 'string' ? own : own[stream ? 1 : 0];
  return { ...target, path: path.replaceAll('{model}', () => segment(to.model)) };
}

/** A name as a part of a path, where a version stands behind a plain @. */
function segment(name: string): string {
  return encodeURIComponent(name).replaceAll('%40', '@');
}

/** Adds the headers that a body needs to those that the client wished for. */
export function demand(target: Outgoing['target'], headers: Record<string, string> = {}): void {
  for (const name in headers) target.headers[name] = joinList(target.headers[name], headers[name] ?? '');
}

/** Lists of header values (`anthropic-beta`), each value once. */
function joinList(one: string | undefined, other: string): string {
  const values = `${one ?? ''},${other}`.split(',').map((value) => value.trim());
  return [...new Set(values.filter((value) => value !== ''))].join(',');
}

function readingOf(call: Call, to: Deployment, table: Table, shaped: Shaped | undefined, asksUsage: boolean): Reading {
  const side = table.speaker.provider;
  const model = call.model === '' ? to.group : call.model;
  let asked: HubRequest | undefined;
  return {
    call,
    to,
    side,
    model,
    quirks: table.quirks,
    same: table.speaker.id === call.client.id,
    withholdUsage: !asksUsage,
    asked: () => {
      asked ??= { ...call.request(), model };
      return asked;
    },
    adapted: shaped?.adapted.changed === true,
    undo: (emit) => shaped?.adapted.undo(emit) ?? emit,
  };
}

function replyTo(
  { status, headers }: { status: number; headers: Headers },
  reading: Reading,
  passing: boolean,
  streamed: boolean,
): ReturnType<Outgoing['reply']> {
  if (status < 200 || status > 299) return blame(unusable(`it has the status ${status}`), reading);
  const { stream } = reading.call;
  const form = formOf(headers, streamed ? reading.side.framings[0] : undefined);
  switch (form) {
    case 'sse':
    case 'ndjson':
    case 'eventstream':
      if (!stream) return collectingRelay(reading, form);
      return passing && form === reading.side.framings[0] && takesFrames(reading)
        ? passingRelay(reading)
        : translatingRelay(reading, form);
    case 'json':
      if (stream) return streamedReply(reading);
      return passing ? passingReply(reading) : translatedReply(reading);
    case 'other':
      return blame(unusable(`its content-type is ${JSON.stringify(typeOf(headers))}`), reading);
  }
}

function takesFrames({ call }: Reading): boolean {
  return call.client.client.takesFrames?.(call) ?? true;
}

/** What a reply is, whatever was asked; a server that does not say is believed to do as it was told (`asked`: to stream so). */
function formOf(headers: Headers, asked: Framing | undefined): Framing | 'json' | 'other' {
  const type = typeOf(headers);
  if (type === '') return asked ?? 'json';
  const framing = framings.get(type);
  if (framing !== undefined) return framing;
  return type === 'application/json' || type.endsWith('+json') ? 'json' : 'other';
}

const framings: ReadonlyMap<string, Framing> = new Map([
  ['text/event-stream', 'sse'],
  ['application/x-ndjson', 'ndjson'],
  ['application/ndjson', 'ndjson'],
  ['application/jsonl', 'ndjson'],
  ['application/vnd.amazon.eventstream', 'eventstream'],
]);

function typeOf(headers: Headers): string {
  const value = headers['content-type'];
  const type = Array.isArray(value) ? value[0] : value;
  return type?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** DECISIONS.md 30: a provider's own status from 400 to 599 passes, anything else is no usable answer. */
function refusal(status: number, headers: Headers, body: string, reading: Reading): ProxyError {
  if (status < 400 || status > 599) return blame(unusable(`it has the status ${status}`), reading);
  return blame(reading.side.decodeError(status, headers, body), reading);
}

function unusable(problem: string): ProxyError {
  return new ProxyError('bad-upstream-reply', `the provider's reply is unusable: ${problem}`);
}
