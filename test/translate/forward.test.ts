import { describe, expect, test } from 'vitest';
import { type ForwardedOperation, ProxyError, specialise } from '../../src/hub/index.ts';
import { providers } from '../../src/providers/index.ts';
import { endpointOf, forwardBody, forwardTarget, idsWithin, socketPath, usageOf } from '../../src/translate/index.ts';
import { watchingRelay } from '../../src/translate/watching.ts';
import { members } from '../../src/wire/index.ts';
import { deployment } from '../server/world.ts';

const none = new URLSearchParams();

function at(id: string, model: string, base: string) {
  const provider = providers[id];
  if (provider === undefined) throw new Error(`no provider ${id}`);
  const places = { apiVersion: '2025-04-01-preview' };
  return deployment(base, { provider, ...specialise(provider, model, base, places) });
}

const openai = 'https://api.openai.com/v1';
const azure = 'https://mine.openai.azure.com';

test.each<[string, string, string, ForwardedOperation, string | undefined]>([
  ['openai', 'gpt-4o', openai, 'files', '/files/x?limit=2'],
  // Rules for models do not count: the account has what it has.
  ['openai', 'o3-pro', openai, 'batches', '/batches/x?limit=2'],
  ['openai', 'gpt-3.5-turbo-instruct', openai, 'fine-tuning', '/fine_tuning/x?limit=2'],
  ['azure', 'gpt-5-codex', azure, 'threads', '/openai/threads/x?api-version=2025-04-01-preview&limit=2'],
  ['azure', 'my-gpt', azure, 'vector-stores', '/openai/vector_stores/x?api-version=2025-04-01-preview&limit=2'],
  ['azure', 'my-gpt', azure, 'containers', undefined],
  ['azure', 'my-gpt', `${azure}/openai/v1`, 'containers', '/containers/x?limit=2'],
  ['azure', 'o3-pro', `${azure}/openai/v1`, 'vector-stores', '/vector_stores/x?limit=2'],
  ['groq', 'llama', 'https://api.groq.com/openai/v1', 'batches', '/batches/x?limit=2'],
  ['groq', 'llama', 'https://api.groq.com/openai/v1', 'assistants', undefined],
  ['mistral', 'm', 'https://api.mistral.ai/v1', 'files', '/files/x?limit=2'],
  ['mistral', 'm', 'https://api.mistral.ai/v1', 'batches', undefined],
  ['litellm_proxy', 'm', 'http://localhost:4001', 'evals', '/evals/x?limit=2'],
  ['anthropic', 'claude', 'https://api.anthropic.com', 'files', undefined],
  ['mock', 'm', 'mock:', 'files', undefined],
])('%s %s at %s: %s', (id, model, base, operation, path) => {
  const to = at(id, model, base);
  const query = new URLSearchParams('limit=2&model=m&api-version=1&key=k&api_base=e&custom_llm_provider=x&timeout=1');
  const asked = { operation, method: 'GET', below: '/x', query, headers: { accept: 'a/b', cookie: 'c' } };
  if (path === undefined) {
    expect(endpointOf(to, operation)).toBeUndefined();
    expect(() => forwardTarget(asked, to)).toThrow(ProxyError);
  } else {
    expect(forwardTarget(asked, to)).toEqual({ method: 'GET', path, headers: { accept: 'a/b' } });
  }
});

test.each([
  ['openai', openai, 'gpt-realtime', '/realtime?model=gpt-realtime&intent=transcription'],
  ['openai', openai, undefined, '/realtime?intent=transcription'],
  [
    'azure',
    azure,
    'speaks/é',
    '/openai/realtime?api-version=2025-04-01-preview&deployment=speaks%2F%C3%A9&intent=transcription',
  ],
  ['azure', `${azure}/openai/v1`, 'speaks', '/realtime?model=speaks&intent=transcription'],
])('the WebSocket of %s at %s', (id, base, model, path) => {
  const query = new URLSearchParams('intent=transcription&model=x&deployment=y&api-version=1');
  expect(socketPath(at(id, 'm', base), model, query)).toBe(path);
});

test.each(['..', '%2e%2e', '%252e', 'a%2fb', 'a%5cb', 'a?b', 'a%23', 'a b', 'a%00', 'é', '...'])(
  '%s is no id',
  (id) => {
    const asked = { operation: 'files', method: 'GET', below: `/${id}`, query: none, headers: {} } as const;
    expect(() => forwardTarget(asked, at('openai', 'm', openai))).toThrow(/id of anything/);
  },
);

describe('bodies', () => {
  const named = (text: string) =>
    forwardBody(members(Buffer.from(text)), (name) => (name === 'mine' ? 'gpt-4o' : name));

  test.each([
    ['nothing to change keeps its bytes', '{ "model" : "gpt-4o",\n"a": 1.0 }', '{ "model" : "gpt-4o",\n"a": 1.0 }'],
    ['the name at the top', '{"model":"mine","a":1.0}', '{"model":"gpt-4o","a":1.0}'],
    ['a model that is none', '{"model":null,"session":7}', '{"model":null,"session":7}'],
    [
      'names inside',
      '{"session":{"model":"mine","audio":{"input":{"transcription":{"model":"whisper-1"}}}}}',
      '{"session":{"model":"gpt-4o","audio":{"input":{"transcription":{"model":"whisper-1"}}}}}',
    ],
    ['metadata is the client’s', '{"metadata":{"model":"mine"}}', '{"metadata":{"model":"mine"}}'],
    [
      'what speaks to the proxy',
      '{"api_key":"k","a":1,"custom_llm_provider":"x","timeout":3,"aws_region":"r"}',
      '{"a":1}',
    ],
    ['a name like a prototype', '{"__proto__":{"model":"mine"},"a":1}', '{"__proto__":{"model":"mine"},"a":1}'],
  ])('%s', (_, text, sent) => {
    expect(named(text).bytes.toString()).toBe(sent);
  });

  test('what is left out and might be believed to be obeyed is named; hosts are refused', () => {
    expect(named('{"headers":{},"litellm_params":{},"ttl":1}').dropped).toEqual(['headers', 'litellm_params']);
    for (const word of ['api_base', 'base_url', 'user_config']) expect(() => named(`{"${word}":1}`)).toThrow(word);
  });

  test('ids wherever they stand, but for metadata', () => {
    const body = {
      id: 'a',
      input_file_id: 'b',
      file_ids: ['c', 'd'],
      tool_resources: { file_search: { vector_store_ids: ['e'] } },
      data: [{ id: 'f', name: 'no' }],
      training_file: 'g',
      metadata: { id: 'no', file_id: 'no' },
      ids: 7,
    };
    expect(idsWithin(body)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    expect(idsWithin(JSON.parse(`${'{"a":'.repeat(100_000)}{"id":"x"}${'}'.repeat(100_000)}`))).toEqual([]);
    expect(idsWithin(Array.from({ length: 5000 }, (_, n) => ({ id: `${n}` }))).length).toBe(2000);
  });

  test('usage in both spellings', () => {
    expect(usageOf({ prompt_tokens: 1, completion_tokens: 2 })).toEqual({ input: 1, output: 2 });
    expect(usageOf({ input_tokens: 3, output_tokens: 4, total_tokens: 7 })).toEqual({ input: 3, output: 4 });
    for (const value of [null, undefined, 'x', {}, { prompt_tokens: '1', completion_tokens: 2 }]) {
      expect(usageOf(value)).toBeUndefined();
    }
  });
});

describe('a watched stream', () => {
  const text =
    ': hello\n\nevent: thread.run.created\r\ndata: {"id":"run_1"}\r\n\r\nevent: thread.message.delta\ndata: {"id":"é"}\n\nevent: done\ndata: [DONE]\n\n';
  const relayOf = (closes = true) => {
    const seen: unknown[] = [];
    const watching = { maxEvent: 1000, now: () => 1, closes, redact: (one: string) => one.replace('secret', '****') };
    const tell = (error: ProxyError): string => `event: error\ndata: ${error.kind}\n\n`;
    return { seen, relay: watchingRelay({ ...watching, tell, see: (event) => seen.push(event) }) };
  };
  const run = (bytes: Buffer, cuts: readonly number[] = [], cause?: ProxyError, closes = true): string => {
    const { relay } = relayOf(closes);
    let out = '';
    let from = 0;
    for (const cut of [...cuts, bytes.length]) {
      out += relay.push(bytes.subarray(from, cut)).toString();
      from = cut;
    }
    return out + relay.end(cause).toString();
  };

  test('passes as it is, wherever it was cut, and is read but for pieces of text', () => {
    const bytes = Buffer.from(text);
    for (let cut = 0; cut <= bytes.length; cut++) expect(run(bytes, [cut])).toBe(text);
    const { seen, relay } = relayOf();
    relay.push(bytes);
    expect(seen).toEqual([{ id: 'run_1' }]);
  });

  test('stopped anywhere it is whole frames and one error, unless it was over', () => {
    const bytes = Buffer.from(text);
    const cause = new ProxyError('connection', 'gone');
    for (let length = 12; length < bytes.length; length++) {
      const out = run(bytes.subarray(0, length), [], cause);
      const [frames = '', error] = out.split('event: error\n');
      expect(text.replaceAll('\r', '').startsWith(frames.replaceAll('\r', '').trimEnd())).toBe(true);
      expect(error === undefined ? 'over' : error).toMatch(/^over$|^data: connection\n\n$/);
    }
    expect(run(bytes.subarray(0, 60))).toContain('data: bad-upstream-reply');
    expect(run(Buffer.from('data: {}\n\n'), [], undefined, false)).toBe('data: {}\n\n');
  });

  test('an error before anything was handed out is thrown; one that is told is the end, without our secrets', () => {
    const { relay } = relayOf();
    expect(() => relay.end(new ProxyError('connection', 'gone'))).toThrow('gone');
    expect(run(Buffer.from('event: error\ndata: {"error":{"message":"secret"}}\n\n'))).toBe(
      'event: error\ndata: {"error":{"message":"****"}}\n\n',
    );
    const long = Buffer.from(`data: {"a":1}\n\ndata: ${'x'.repeat(2000)}`);
    expect(run(long, [15])).toBe('data: {"a":1}\n\nevent: error\ndata: bad-upstream-reply\n\n');
  });
});
