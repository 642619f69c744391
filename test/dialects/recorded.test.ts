import { afterAll, expect, test } from 'vitest';
import type { ClientId } from '../../src/dialects/index.ts';
import { clients, providers } from '../../src/dialects/index.ts';
import type { HubEvent } from '../../src/hub/index.ts';
import { providers as rows } from '../../src/providers/index.ts';
import {
  asText,
  decodeReply,
  decodeStream,
  dialects,
  encodeReply,
  encodeStream,
  fixedGiven,
  plainRequest,
} from './codecs.ts';
import { describeRecorded, type Recording, recordings } from './fixtures.ts';
import { findIllegal } from './legal.ts';
import { readRecording, readUrls } from './read-recording.ts';
import { type ReplyFacts, readReply, readStream } from './read-reply.ts';
import { errorTable, exceptions, quirks } from './recorded-expected.ts';
import { createScore } from './score.ts';
import { expectedFailures, validate } from './validators.ts';

const folders: Record<string, ClientId> = {
  'openai-chat': 'openai-chat',
  'openai-compatible': 'openai-chat',
  mistral: 'openai-chat',
  'azure-openai': 'openai-chat',
  'anthropic-messages': 'anthropic-messages',
};
const kinds = {
  'openai-chat': ['openai', 'chat.response', 'chat.stream'],
  'anthropic-messages': ['anthropic', 'response', 'stream'],
} as const;

/** Recordings that rightly fail, says the validators' own list. */
const knownBroken = new Set(expectedFailures());
const all = Object.keys(folders)
  .flatMap(recordings)
  .filter(({ meta }) => meta.operation === 'chat' || meta.operation === 'messages');
const replies = all.filter(({ meta }) => meta.status < 400 && !knownBroken.has(meta.source?.path ?? ''));
const streams = all.filter(({ meta }) => meta.stream && meta.status < 400);
const errors = all.filter(({ meta }) => meta.status >= 400);
const score = createScore();

function dialectOf(recording: Recording): ClientId {
  return folders[recording.dialect] ?? 'openai-chat';
}

function quirksOf(recording: Recording): object {
  return quirks[recording.name] ?? rows[recording.meta.provider]?.quirks ?? {};
}

function events(recording: Recording, chunks: readonly Buffer[]): HubEvent[] {
  return decodeStream(dialectOf(recording), chunks, quirksOf(recording));
}

test.each(exceptions)('$why: a declared loss, or the recording itself', ({ loss }) => {
  if (loss !== undefined) expect(providers[loss.of].losses.some(({ what }) => loss.says.test(what))).toBe(true);
});

describeRecorded('recorded replies', () => {
  afterAll(() => console.log(score.table()));

  test.each(replies.flatMap((recording) => dialects.map((client) => ({ name: recording.name, client, recording }))))(
    '$name for $client',
    ({ recording, client }) => {
      const dialect = dialectOf(recording);
      const [vendor, whole, stream] = kinds[client];
      const request = plainRequest(client, recording.meta.stream);
      let facts: ReplyFacts;
      let body: unknown;
      if (recording.meta.stream) {
        const told = events(recording, [recording.body]);
        expect(findIllegal(told)).toEqual([]);
        const text = encodeStream(client, request, told);
        body = text;
        facts = readStream(client, text);
      } else {
        const json = encodeReply(
          client,
          request,
          decodeReply(dialect, JSON.parse(recording.body.toString()), quirksOf(recording)),
        );
        body = json;
        facts = readReply(client, json);
      }
      const source = readRecording(recording, dialect);
      const verdict = validate(vendor, body, recording.meta.stream ? stream : whole, { beta: true });
      const urls = readUrls(typeof body === 'string' ? body : JSON.stringify(body));
      const differences = score.compare(
        recording.dialect,
        client,
        { ...source, invalid: [] },
        { ...facts, urls, invalid: verdict.errors },
      );
      for (const { of, aspect, client: to } of exceptions) {
        if (to === client && of.test(recording.name)) delete differences[aspect];
      }
      expect(differences).toEqual({});
    },
  );

  test.each(streams)('$name, cut anywhere', (recording) => {
    const { body, meta } = recording;
    const whole = asText(events(recording, [body]));
    const pairs = [...(meta.split_inside_multibyte_at ?? []), ...somewhere(body.length, 20)];
    const cuts = [
      ...pairs.map((place) => cut(body, [place])),
      cut(body, afterFrames(body)),
      cut(body, every(body.length)),
    ];
    for (const chunks of cuts) expect(asText(events(recording, chunks))).toBe(whole);
  });

  test.each(streams)('$name, stopped anywhere, has one error or was finished', (recording) => {
    for (const place of somewhere(recording.body.length, 30)) {
      const told = events(recording, [recording.body.subarray(0, place)]);
      expect(findIllegal(told)).toEqual([]);
      expect(told.some((event) => event.type === 'finish') || told.at(-1)?.type === 'error').toBe(true);
    }
  });

  test.each(errors)('$name', (recording) => {
    const { meta, body, name } = recording;
    const side = providers[dialectOf(recording)].provider;
    const error = side.decodeError(meta.status, meta.response_headers, body.toString());
    const [kind, code, words] = errorTable[name] ?? [];
    expect({ kind: error.kind, status: error.status }).toEqual({ kind, status: meta.status });
    expect(error.message).toContain(words);
    if (code !== undefined) expect(error.facts.code).toBe(code);
    for (const client of dialects) {
      const encoded = clients[client].client.encodeError(error, fixedGiven());
      const verdict = validate(kinds[client][0], encoded.body, 'error');
      const seen = {
        status: encoded.status,
        valid: verdict.errors,
        told: JSON.stringify(encoded.body).includes(words ?? ''),
      };
      const wanted = { status: meta.status, valid: [], told: true };
      const differences = score.compare(recording.dialect, client, { errors: wanted }, { errors: seen });
      expect(differences).toEqual({});
    }
  });
});

function cut(body: Buffer, places: readonly number[]): Buffer[] {
  const edges = [0, ...places, body.length];
  return edges.slice(1).map((edge, n) => body.subarray(edges[n], edge));
}

function every(length: number): number[] {
  return Array.from({ length: length - 1 }, (_, n) => n + 1);
}

function afterFrames(body: Buffer): number[] {
  return [...body.toString('latin1').matchAll(/(?:\r\n\r\n|\n\n)/g)].map((found) => found.index + found[0].length);
}

/** Places spread over a length by a fixed rule: the same in every run. */
function somewhere(length: number, count: number): number[] {
  return Array.from({ length: count }, (_, n) => 1 + ((n * 7919 + 104_729) % Math.max(1, length - 1)));
}
