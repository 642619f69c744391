import { expect, test } from 'vitest';
import type { ClientId } from '../../src/dialects/index.ts';
import { clients } from '../../src/dialects/index.ts';
import { type HubRequest, type JsonObject, ProxyError } from '../../src/hub/index.ts';
import { providers as rows } from '../../src/providers/index.ts';
import { type Call, plan } from '../../src/translate/index.ts';
import { members } from '../../src/wire/index.ts';
import { deployment, sse } from '../translate/desk.ts';
import { at, decodeStream, dialects, fixedGiven } from './codecs.ts';
import { describeRecorded, recordings } from './fixtures.ts';
import { readStream } from './read-reply.ts';
import { quirks } from './recorded-expected.ts';

const folders: [string, ClientId][] = [
  ['openai-chat', 'openai-chat'],
  ['azure-openai', 'openai-chat'],
  ['mistral', 'openai-chat'],
  ['openai-compatible', 'openai-chat'],
  ['anthropic-messages', 'anthropic-messages'],
];
const streams = folders.flatMap(([folder, dialect]) =>
  recordings(folder)
    .filter(({ meta }) => meta.stream && meta.status < 400)
    .flatMap(({ name, body, meta }) => {
      const set = quirks[name] ?? rows[meta.provider]?.quirks ?? {};
      return dialects.map((client) => ({ name, body, client, dialect, quirks: set }));
    }),
);

function callOf(client: ClientId): Call {
  const body: JsonObject = {
    model: 'asked-model',
    max_tokens: 100,
    messages: [{ role: 'user', content: 'hi' }],
    stream: true,
    ...(client === 'openai-chat' ? { stream_options: { include_usage: true } } : {}),
  };
  const dialect = clients[client];
  let decoded: HubRequest | undefined;
  const call: Call = {
    id: 'call-1',
    ...at('asked-model', true),
    client: dialect,
    body: members(Buffer.from(JSON.stringify(body))),
    given: fixedGiven(),
    limits: { maxEvent: 1 << 24, maxReply: 1 << 24 },
    clean: (error) => error,
    parsed: () => body,
    request: () => {
      decoded ??= dialect.client.decodeRequest(body, call);
      return decoded;
    },
  };
  return call;
}

/** What the client gets of a reply that comes in these chunks; an error before the first byte is thrown. */
function relay(
  client: ClientId,
  dialect: ClientId,
  set: object,
  chunks: readonly Buffer[],
  cause?: ProxyError,
): string {
  const outgoing = plan(callOf(client), deployment({ dialect, quirks: set }));
  const reply = outgoing.reply(sse);
  if (reply instanceof Error) throw reply;
  if (reply.kind !== 'relay') throw new Error('no stream');
  let out = '';
  for (const chunk of chunks) out += reply.push(chunk).toString();
  return out + reply.end(cause).toString();
}

function errorsIn(text: string): number {
  return (text.match(/^data: ?\{"(?:type":"error"|error":)/gm) ?? []).length;
}

describeRecorded('recordings through relays', () => {
  test.each(streams)('$name to $client, byte by byte', ({ body, client, dialect, quirks: set }) => {
    const whole = relay(client, dialect, set, [body]);
    const cut = relay(
      client,
      dialect,
      set,
      [...body.toString('latin1')].map((one) => Buffer.from(one, 'latin1')),
    );
    expect(cut).toBe(whole);
    expect(errorsIn(whole)).toBe(0);
  });

  /** Several choices finish apart; that is the decoders' own suite. */
  const single = streams.filter(({ name }) => !name.includes('n-many'));
  const causes = [undefined, new ProxyError('connection', 'the provider closed the connection')];
  test.each(single)('$name to $client, stopped anywhere', ({ body, client, dialect, quirks: set }) => {
    for (let n = 0; n < 30; n++) {
      const stopped = body.subarray(0, 1 + ((n * 7919 + 104_729) % (body.length - 1)));
      const events = decodeStream(dialect, [stopped], set);
      const finished = events.some(({ type }) => type === 'finish');
      for (const cause of causes) {
        let told: string | undefined;
        try {
          told = relay(client, dialect, set, [stopped], cause);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ProxyError);
        }
        const seen =
          told === undefined
            ? { errors: 1, finish: 'none' }
            : { errors: errorsIn(told), finish: readFinish(client, told) };
        // Where the end is the finish, only a broken connection tells that it came early.
        if ('noFinish' in set && cause === undefined) continue;
        const mayFinish = finished && !('noFinish' in set);
        expect({ place: stopped.length, cause: cause?.kind, ...seen, finish: seen.finish !== 'none' }).toEqual({
          place: stopped.length,
          cause: cause?.kind,
          errors: mayFinish ? 0 : 1,
          finish: mayFinish,
        });
      }
    }
  });
});

/** An unfinished stream may hold half a call: its finish is looked up without joining arguments. */
function readFinish(client: ClientId, text: string): string {
  if (client === 'openai-chat') return /"finish_reason": ?"(\w+)"/.exec(text)?.[1] ?? 'none';
  const reason = /"type":"message_delta","delta":\{[^}]*"stop_reason":"(\w+)"/.exec(text)?.[1];
  return reason === undefined ? 'none' : reason;
}

test('the finish of a whole stream is found', () => {
  const text =
    'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"id":"a","model":"m"}\n\ndata: [DONE]\n\n';
  expect(readFinish('openai-chat', text)).toBe(readStream('openai-chat', text).finish);
});
