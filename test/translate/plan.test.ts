import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProxyError, seal } from '../../src/hub/index.ts';
import { failure, plan } from '../../src/translate/index.ts';
import { FieldError } from '../../src/wire/index.ts';
import { callOf, deployment, hello, json, sent, sse } from './desk.ts';

const openai = deployment({});
const anthropic = deployment({ dialect: 'anthropic-messages', fill: { maxTokens: 64 } });

describe('bytes that pass', () => {
  test.each([
    [
      'everything but the model',
      '{ "model" : "x", "messages": [ {"role":"user","content":"h\\u0069"} ],\n "foo":1.50 }',
      '{ "model" : "m-1", "messages": [ {"role":"user","content":"h\\u0069"} ],\n "foo":1.50 }',
    ],
    [
      'a second model cannot dodge',
      '{"model":"a","messages":[{"role":"user","content":"x"}],"model":"b"}',
      '{"messages":[{"role":"user","content":"x"}],"model":"m-1"}',
    ],
    [
      'a missing model',
      '{"messages":[{"role":"user","content":"x"}]}',
      '{"messages":[{"role":"user","content":"x"}],"model":"m-1"}',
    ],
    [
      'a byte order mark',
      '\uFEFF{"model":"x","messages":[{"role":"user","content":"x"}]}',
      '{"model":"m-1","messages":[{"role":"user","content":"x"}]}',
    ],
    [
      'steering words',
      '{"model":"x","drop_params":true,"messages":[{"role":"user","content":"x"}],"tags":["a"]}',
      '{"model":"m-1","messages":[{"role":"user","content":"x"}]}',
    ],
  ])('%s', (_, body, expected) => {
    expect(plan(callOf('openai-chat', body), openai).body.toString()).toBe(expected);
  });

  test('nothing changes when the model is the same', () => {
    const body = '{"model":"m-1","messages":[{"role":"user","content":"x"}], "temperature":0.70}';
    expect(plan(callOf('openai-chat', body), openai).body.toString()).toBe(body);
    const messages =
      '{"model":"m-1","max_tokens":5,"messages":[{"role":"user","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}]}],"brand_new":[1.0]}';
    expect(plan(callOf('anthropic-messages', messages), anthropic).body.toString()).toBe(messages);
  });

  test('whatever the messages hold, their bytes stay', () => {
    fc.assert(
      fc.property(fc.json(), fc.string(), (content, text) => {
        const messages = `[{"role":"user","content":${JSON.stringify(text)},"x":${content}}]`;
        const body = `{"messages":${messages},"model":"other"}`;
        expect(plan(callOf('openai-chat', body), openai).body.toString()).toBe(
          `{"messages":${messages},"model":"m-1"}`,
        );
      }),
    );
  });
});

describe('bytes that do not pass', () => {
  const spaced = (content: string) =>
    `{"model":"x",  "messages":[{"role":"user","content":${JSON.stringify(content)}}]}`;
  const quirky = deployment({ quirks: { developerAsSystem: true } });
  test.each([
    ['a plain one', spaced('hi'), openai, true],
    ['a seal', spaced(seal({ by: 'anthropic-messages', value: 'v' })), openai, false],
    ['a mark of thought', spaced('call_1__thought__x'), openai, false],
    ['a quirk with work to do', '{"model":"x",  "messages":[{"role":"developer","content":"hi"}]}', quirky, false],
    ['a quirk without', spaced('hi'), quirky, true],
    [
      'a schema that must be said otherwise',
      '{"model":"x",  "response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"object"}}},"messages":[{"role":"user","content":"x"}]}',
      deployment({ lacks: ['schema-output'] }),
      false,
    ],
    [
      'tools in the prompt',
      '{"model":"x",  "messages":[{"role":"user","content":"x"},{"role":"tool","tool_call_id":"a","content":"x"}]}',
      deployment({ lacks: ['tools'] }, { toolsInPrompt: true }),
      false,
    ],
  ])('%s', (_, body, to, pass) => {
    expect(plan(callOf('openai-chat', body), to).body.includes('  ')).toBe(pass);
  });

  test('seals never pass, wherever they lie', () => {
    const part = fc.constantFrom('', 'x', '"', 'é', '😀');
    fc.assert(
      fc.property(part, part, fc.constantFrom('eyJtb2RlbHBvcnQi', '__thought__'), (before, after, mark) => {
        const body = spaced(`${before}${mark}${after}`);
        expect(plan(callOf('openai-chat', body), openai).body.includes('  ')).toBe(false);
      }),
    );
  });
});

describe('where a call goes', () => {
  test.each([
    ['its own dialect', 'openai-chat', openai, '/chat/completions'],
    ["the provider's dialect", 'openai-chat', anthropic, '/v1/messages'],
    [
      'a dialect that is spoken too',
      'anthropic-messages',
      deployment({ also: ['anthropic-messages'] }),
      '/v1/messages',
    ],
    [
      'a path of its own',
      'openai-chat',
      deployment({ paths: { chat: '/run/{model}/chat' } }, { model: 'a/b c' }),
      '/run/a%2Fb%20c/chat',
    ],
  ] as const)('%s', (_, client, to, path) => {
    const call = callOf(client, { model: 'x', messages: hello, max_tokens: 5 });
    expect(plan(call, to).target).toMatchObject({ method: 'POST', path });
  });

  test('beta marks are joined', () => {
    const headers = { 'anthropic-beta': 'a-1,files-api-2025-04-14' };
    const file = { type: 'document', source: { type: 'file', file_id: 'f' } };
    const messages = [{ role: 'user', content: [file, { type: 'text', text: 'eyJtb2RlbHBvcnQi' }] }];
    const call = callOf('anthropic-messages', { model: 'x', max_tokens: 5, messages }, { headers });
    expect(plan(call, anthropic).target.headers['anthropic-beta']).toBe('a-1,files-api-2025-04-14');
  });

  test('the request is not changed', () => {
    const call = callOf('openai-chat', {
      model: 'x',
      messages: hello,
      temperature: 2,
      tools: [],
      seed: 1,
      drop_params: true,
      foo: 1,
    });
    const before = structuredClone(call.request());
    plan(
      call,
      deployment(
        { dialect: 'anthropic-messages', strict: true, clamp: { temperature: [0, 1] } },
        { toolsInPrompt: true, forced: { topP: 0.1 } },
      ),
    );
    expect(call.request()).toEqual(before);
  });
});

describe('what a reply is', () => {
  const kinds = (
    client: 'openai-chat' | 'anthropic-messages',
    stream: boolean,
    head: { status: number; headers: object },
  ) => {
    const call = callOf(client, { model: 'x', messages: hello, max_tokens: 5, ...(stream ? { stream } : {}) });
    const reply = plan(call, openai).reply({ status: head.status, headers: { ...head.headers } });
    return reply instanceof ProxyError ? `${reply.kind} ${reply.status}` : `${reply.kind} ${reply.type}`;
  };
  test.each([
    ['a stream', true, sse, 'relay text/event-stream; charset=utf-8'],
    ['a stream to a plain call', false, sse, 'relay application/json'],
    ['an object', false, json, 'whole application/json'],
    ['an object to a streamed call', true, json, 'whole text/event-stream; charset=utf-8'],
    [
      'problem+json',
      false,
      { status: 200, headers: { 'content-type': 'application/problem+json' } },
      'whole application/json',
    ],
    ['no type', false, { status: 200, headers: {} }, 'whole application/json'],
    ['no type, streamed', true, { status: 200, headers: {} }, 'relay text/event-stream; charset=utf-8'],
    ['HTML', false, { status: 200, headers: { 'content-type': 'text/html' } }, 'bad-upstream-reply 502'],
    ['text', true, { status: 200, headers: { 'content-type': 'text/plain' } }, 'bad-upstream-reply 502'],
    ['a redirect', false, { status: 302, headers: { location: 'x' } }, 'bad-upstream-reply 502'],
  ] as const)('%s', (_, stream, head, expected) => {
    expect(kinds('openai-chat', stream, head)).toBe(expected);
    expect(kinds('anthropic-messages', stream, head)).toBe(expected);
  });

  test.each([
    [400, { error: { message: 'no' } }, 'invalid-request', 400],
    [401, { error: { message: 'no' } }, 'authentication', 401],
    [413, { error: { message: 'big' } }, 'invalid-request', 413],
    [422, { error: { message: 'no' } }, 'invalid-request', 422],
    [429, { error: { message: 'slow' } }, 'rate-limit', 429],
    [529, { error: { message: 'busy' } }, 'overloaded', 529],
    [302, {}, 'bad-upstream-reply', 502],
    [700, {}, 'bad-upstream-reply', 502],
  ])('a refusal with %i', (status, body, kind, expected) => {
    const call = callOf('openai-chat', { model: 'x', messages: hello });
    const error = plan(call, openai).refused(status, {}, JSON.stringify(body));
    expect(error).toMatchObject({ kind, status: expected, facts: { provider: 'acme', model: 'm-1' } });
  });
});

describe('failures', () => {
  test.each([
    ['a field', new FieldError('a.b', 'must be a string'), 'invalid-request', 'a.b'],
    ['the body', new FieldError('', 'is no object'), 'invalid-request', undefined],
    ['its own', new ProxyError('timeout', 'x', { param: 'p' }), 'timeout', 'p'],
    ['anything', new TypeError('x'), 'internal', undefined],
  ])('%s', (_, thrown, kind, param) => {
    expect(failure(thrown)).toMatchObject({ kind });
    expect(failure(thrown).facts.param).toBe(param);
  });

  test('a body that is no request is 400', () => {
    const call = callOf('openai-chat', { model: 'x', messages: [{ role: 'user', content: 5 }], temperature: 'hot' });
    expect(() => plan(call, anthropic)).toThrowError(/temperature|content/);
  });

  test('any value in any field is an answer or a 4xx', () => {
    const words = [
      'stream_options',
      'tools',
      'response_format',
      'metadata',
      'user',
      'stop',
      'thinking',
      'reasoning_effort',
      'extra_body',
      'tags',
      'max_tokens',
      'store',
      'n',
    ];
    const tried = [
      openai,
      anthropic,
      deployment(
        {
          lacks: ['tools', 'schema-output'],
          clamp: { temperature: [0, 1] },
          refuses: ['stop', { param: 'n', unless: [1] }],
        },
        { toolsInPrompt: true, dropParams: true },
      ),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...words),
        fc.jsonValue(),
        fc.constantFrom(...tried),
        fc.boolean(),
        (word, value, to, stream) => {
          const call = callOf('openai-chat', { model: 'x', messages: hello, stream, [word]: value });
          try {
            expect(typeof sent(plan(call, to))).toBe('object');
          } catch (thrown) {
            expect(failure(thrown).status).toBe(400);
          }
        },
      ),
      { numRuns: 1500 },
    );
  });
});
