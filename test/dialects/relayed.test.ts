import { expect, test } from 'vitest';
import { clients } from '../../src/dialects/index.ts';
import { type DialectId, type HubRequest, type JsonObject, ProxyError } from '../../src/hub/index.ts';
import { type Call, plan } from '../../src/translate/index.ts';
import { type Framing, members } from '../../src/wire/index.ts';
import { deployment } from '../translate/desk.ts';
import { at, decodeStream, dialects, fixedGiven, type WrittenId } from './codecs.ts';
import { describeRecorded } from './fixtures.ts';
import { readStream } from './read-reply.ts';
import { walked } from './walks.ts';

const streams = walked('answer')
  .filter(({ recording }) => recording.meta.stream)
  .flatMap((one) => dialects.map((client) => ({ ...one, body: one.recording.body, client })));
const types = {
  sse: 'text/event-stream',
  ndjson: 'application/x-ndjson',
  eventstream: 'application/vnd.amazon.eventstream',
} as const;

function callOf(client: WrittenId): Call {
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

interface Way {
  dialect: DialectId;
  quirks: object;
  framing?: Framing | undefined;
}

/** What the client gets of a reply that comes in these chunks; an error before the first byte is thrown. */
function relay(
  client: WrittenId,
  { dialect, quirks, framing = 'sse' }: Way,
  chunks: readonly Buffer[],
  cause?: ProxyError,
): string {
  const outgoing = plan(callOf(client), deployment({ dialect, quirks }));
  const reply = outgoing.reply({ status: 200, headers: { 'content-type': types[framing] } });
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
  test.each(streams)('$name to $client, byte by byte', ({ body, client, dialect, quirks, recording }) => {
    const way = { dialect, quirks, framing: recording.framing };
    const whole = relay(client, way, [body]);
    const bytes = [...body.toString('latin1')].map((one) => Buffer.from(one, 'latin1'));
    const cut = relay(client, way, bytes);
    expect(cut).toBe(whole);
    expect(errorsIn(whole)).toBe(0);
  });

  /** Several choices finish apart; that is the decoders' own suite. */
  const single = streams.filter(({ name }) => !name.includes('n-many'));
  const causes = [undefined, new ProxyError('connection', 'the provider closed the connection')];
  test.each(single)('$name to $client, stopped anywhere', ({ body, client, dialect, quirks: set, recording }) => {
    const way = { dialect, quirks: set, framing: recording.framing };
    for (let n = 0; n < 30; n++) {
      const stopped = body.subarray(0, 1 + ((n * 7919 + 104_729) % (body.length - 1)));
      const events = decodeStream(dialect, [stopped], set, recording.framing);
      const finished = events.some(({ type }) => type === 'finish');
      for (const cause of causes) {
        let told: string | undefined;
        try {
          told = relay(client, way, [stopped], cause);
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
function readFinish(client: WrittenId, text: string): string {
  if (client === 'openai-chat') return /"finish_reason": ?"(\w+)"/.exec(text)?.[1] ?? 'none';
  const reason = /"type":"message_delta","delta":\{[^}]*"stop_reason":"(\w+)"/.exec(text)?.[1];
  return reason === undefined ? 'none' : reason;
}

test('the finish of a whole stream is found', () => {
  const text =
    'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"id":"a","model":"m"}\n\ndata: [DONE]\n\n';
  expect(readFinish('openai-chat', text)).toBe(readStream('openai-chat', text).finish);
});
