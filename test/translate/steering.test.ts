import { describe, expect, test } from 'vitest';
import { ProxyError } from '../../src/hub/index.ts';
import { plan, steer } from '../../src/translate/index.ts';
import { members } from '../../src/wire/index.ts';
import { callOf, deployment, hello } from './desk.ts';

const read = (body: object) => steer(members(Buffer.from(JSON.stringify(body))));

describe('steering words', () => {
  test.each([
    ['drop_params', { drop_params: true }, { dropParams: true }],
    ['drop_params as text', { drop_params: 'true' }, { dropParams: true }],
    ['drop_params null', { drop_params: null }, { dropParams: false }],
    ['no word', {}, { dropParams: false, alsoDrop: [], allowed: [], extraBody: {}, tags: [] }],
    ['one word for a list', { additional_drop_params: 'seed' }, { alsoDrop: ['seed'] }],
    ['metadata as text', { metadata: 'hello world' }, { metadata: { value: 'hello world' } }],
    ['metadata as JSON text', { metadata: '{"a":1}' }, { metadata: { a: 1 } }],
    ['metadata of another type', { metadata: [1] }, { metadata: { value: [1] } }],
    ['tags in metadata', { tags: ['a'], metadata: { tags: ['b', 'a'] } }, { tags: ['a', 'b'] }],
    ['seconds', { timeout: 1.5 }, { timeoutMs: 1500 }],
    ['seconds as text', { request_timeout: '2' }, { timeoutMs: 2000 }],
    ['a key', { api_key: 'sk-x' }, { apiKey: 'sk-x' }],
    ['a mock', { mock_response: 'hi' }, { mockResponse: 'hi' }],
    ['extra_body', { extra_body: { a: 1, model: 'x', api_key: 'k' } }, { extraBody: { a: 1 } }],
  ])('%s', (_, body, expected) => {
    expect(read(body)).toMatchObject(expected);
  });

  test.each([
    ['api_base', { api_base: 'http://evil' }, 'api_base'],
    ['base_url', { base_url: null }, 'base_url'],
    ['user_config', { user_config: {} }, 'user_config'],
    ['api_base in extra_body', { extra_body: { api_base: 'http://evil' } }, 'extra_body.api_base'],
    ['drop_params', { drop_params: 3 }, 'drop_params'],
    ['additional_drop_params', { additional_drop_params: {} }, 'additional_drop_params'],
    ['an element', { allowed_openai_params: ['a', 1] }, 'allowed_openai_params[1]'],
    ['extra_body', { extra_body: 'x' }, 'extra_body'],
    ['timeout', { timeout: 'soon' }, 'timeout'],
    ['timeout 0', { timeout: 0 }, 'timeout'],
    ['api_key', { api_key: {} }, 'api_key'],
    ['tags', { tags: 5 }, 'tags'],
  ])('refuses %s', (_, body, param) => {
    for (const client of ['openai-chat', 'anthropic-messages'] as const) {
      const call = callOf(client, { model: 'm', messages: hello, max_tokens: 1, ...body });
      expect(() => plan(call, deployment({}))).toThrowError(ProxyError);
      expect(() => plan(call, deployment({}))).toThrowError(new RegExp(`^'${param.replace(/[[\]]/g, '\\$&')}' `));
    }
  });

  test('a name with an escape is the same name', () => {
    const body = '{"model":"m","messages":[{"role":"user","content":"x"}],"api\\u005fbase":"http://evil"}';
    expect(() => plan(callOf('openai-chat', body), deployment({}))).toThrowError(/^'api_base' /);
  });
});
