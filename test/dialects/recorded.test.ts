import { afterAll, expect, test } from 'vitest';
import { clients, providers } from '../../src/dialects/index.ts';
import type { HubEvent } from '../../src/hub/index.ts';
import {
  asText,
  decodeReply,
  decodeStream,
  dialects,
  encodeReply,
  encodeStream,
  fixedGiven,
  plainRequest,
  providerIds,
  type WrittenId,
} from './codecs.ts';
import { describeRecorded, type Recording } from './fixtures.ts';
import { findIllegal } from './legal.ts';
import { readRaw } from './oracles.ts';
import { readUrls } from './read-recording.ts';
import { type ReplyFacts, readReply, readStream } from './read-reply.ts';
import { errorTable, exceptions } from './recorded-expected.ts';
import { createScore } from './score.ts';
import { expectedFailures, validate } from './validators.ts';
import { everyRecording, kindOf, kindsOfRecordings, type Walked, walked } from './walks.ts';

const kinds = {
  'openai-chat': ['openai', 'chat.response', 'chat.stream'],
  'anthropic-messages': ['anthropic', 'response', 'stream'],
} as const;

/** Recordings that rightly fail, says the validators' own list. */
const knownBroken = new Set(expectedFailures());
const answers = walked('answer');
const errors = walked('error');
const replies = answers.filter(({ recording: { meta } }) => !knownBroken.has(meta.source?.path ?? ''));
const streams = answers.filter(({ recording: { meta } }) => meta.stream);
const score = createScore();

function events({ recording, dialect, quirks }: Walked, chunks: readonly Buffer[]): HubEvent[] {
  return decodeStream(dialect, chunks, quirks, recording.framing);
}

test.each(exceptions)('$why: a declared loss, or the recording itself', ({ loss }) => {
  if (loss !== undefined) expect(providers[loss.of].losses.some(({ what }) => loss.says.test(what))).toBe(true);
});

test.each(providerIds)('the dialect %s stands in its own place', (dialect) => {
  expect(providers[dialect].id).toBe(dialect);
});

describeRecorded('every recording', () => {
  test('is walked, or named with a reason', () => {
    expect(everyRecording.filter((one) => kindOf(one) === undefined).map(({ name }) => name)).toEqual([]);
  });

  test('of each kind that is listed is there', () => {
    const seen = new Set(everyRecording.map(kindOf));
    expect(kindsOfRecordings.filter((kind) => !seen.has(kind))).toEqual([]);
  });

  test('of an error is walked as one, and has a line in the table', () => {
    const failed = everyRecording.filter(({ meta }) => meta.status >= 400);
    expect(failed.map(({ name }) => name).sort()).toEqual(
      walked('error')
        .map(({ name }) => name)
        .sort(),
    );
    expect(Object.keys(errorTable).sort()).toEqual(failed.map(({ name }) => name).sort());
  });

  test('that an exception names is there', () => {
    const names = answers.flatMap(({ name }) => dialects.map((client) => ({ name, client })));
    const unused = exceptions.filter(
      ({ of, client }) => !names.some((one) => one.client === client && of.test(one.name)),
    );
    expect(unused.map(({ why }) => why)).toEqual([]);
  });
});

describeRecorded('recorded replies', () => {
  afterAll(() => console.log(`${score.table()}\n\nWhat is not 100 %:\n${named().join('\n')}`));

  const pairs = replies.flatMap((one) => dialects.map((client) => ({ ...one, client })));
  test.each(pairs)('$name for $client', ({ client, ...one }) => {
    const { recording, dialect, name } = one;
    const { body, facts } = recording.meta.stream ? tellStream(client, one) : tellReply(client, one);
    const kind = kinds[client][recording.meta.stream ? 2 : 1];
    const verdict = validate(kinds[client][0], body, kind, { beta: true });
    const urls = readUrls(typeof body === 'string' ? body : JSON.stringify(body));
    const differences = score.compare(
      `${dialect} (${recording.dialect})`,
      client,
      { ...readRaw(recording, dialect), invalid: [] },
      { ...facts, urls, invalid: verdict.errors },
    );
    for (const { of, aspect, client: to } of exceptions) {
      if (to === client && of.test(name)) delete differences[aspect];
    }
    expect(differences).toEqual({});
  });

  test.each(streams)('$name, cut anywhere', (one) => {
    const { body, meta } = one.recording;
    const whole = asText(events(one, [body]));
    const pairs = [...(meta.split_inside_multibyte_at ?? []), ...somewhere(body.length, 20)];
    const cuts = [
      ...pairs.map((place) => cut(body, [place])),
      cut(body, afterFrames(one.recording)),
      cut(body, every(body.length)),
    ];
    for (const chunks of cuts) expect(asText(events(one, chunks))).toBe(whole);
  });

  test.each(streams)('$name, stopped anywhere, has one error or was finished', (one) => {
    for (const place of somewhere(one.recording.body.length, 30)) {
      const told = events(one, [one.recording.body.subarray(0, place)]);
      expect(findIllegal(told)).toEqual([]);
      expect(told.some((event) => event.type === 'finish') || told.at(-1)?.type === 'error').toBe(true);
    }
  });

  test.each(errors)('$name', ({ recording, dialect, name }) => {
    const { meta, body } = recording;
    const error = providers[dialect].provider.decodeError(meta.status, meta.response_headers, body.toString());
    const [kind, code, words, status = meta.status] = errorTable[name] ?? [];
    expect({ kind: error.kind, status: error.status, code: error.facts.code }).toEqual({ kind, status, code });
    expect(error.message).toContain(words);
    for (const client of dialects) {
      const encoded = clients[client].client.encodeError(error, fixedGiven());
      const verdict = validate(kinds[client][0], encoded.body, 'error');
      const told = JSON.stringify(encoded.body).includes(JSON.stringify(words ?? '').slice(1, -1));
      const seen = { status: encoded.status, valid: verdict.errors, told };
      const wanted = { status, valid: [], told: true };
      const row = `${dialect} (${recording.dialect})`;
      expect(score.compare(row, client, { errors: wanted }, { errors: seen })).toEqual({});
    }
  });
});

function named(): string[] {
  return exceptions.map(({ client, of, aspect, why, loss }) => {
    const reason = loss === undefined ? 'the recording itself' : `a loss of ${loss.of}`;
    return `  ${aspect} for ${client}: ${why} (${reason}; ${of.source})`;
  });
}

interface Told {
  body: unknown;
  facts: ReplyFacts;
}

function tellStream(client: WrittenId, one: Walked): Told {
  const told = events(one, [one.recording.body]);
  expect(findIllegal(told)).toEqual([]);
  const body = encodeStream(client, plainRequest(client, true), told);
  return { body, facts: readStream(client, body) };
}

function tellReply(client: WrittenId, { recording, dialect, quirks }: Walked): Told {
  const reply = decodeReply(dialect, JSON.parse(recording.body.toString()), quirks);
  const body = encodeReply(client, plainRequest(client, false), reply);
  return { body, facts: readReply(client, body) };
}

function cut(body: Buffer, places: readonly number[]): Buffer[] {
  const edges = [0, ...places, body.length];
  return edges.slice(1).map((edge, n) => body.subarray(edges[n], edge));
}

function every(length: number): number[] {
  return Array.from({ length: length - 1 }, (_, n) => n + 1);
}

function afterFrames({ body, framing }: Recording): number[] {
  if (framing === 'eventstream') {
    const ends = [];
    for (let at = 0; at < body.length; at += body.readUInt32BE(at)) ends.push(at + body.readUInt32BE(at));
    return ends;
  }
  const ends = framing === 'ndjson' ? /\n/g : /\r\n\r\n|\n\n/g;
  return [...body.toString('latin1').matchAll(ends)].map((found) => found.index + found[0].length);
}

/** Places spread over a length by a fixed rule: the same in every run. */
function somewhere(length: number, count: number): number[] {
  return Array.from({ length: count }, (_, n) => 1 + ((n * 7919 + 104_729) % Math.max(1, length - 1)));
}
