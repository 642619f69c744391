import { describe, expect, it } from 'vitest';
import { join } from '../../src/upstream/index.ts';

describe('join', () => {
  it.each([
    ['https://h.example', '/v1/messages', '/v1/messages'],
    ['https://h.example/', '/v1/messages', '/v1/messages'],
    ['https://h.example/v1', '/v1/messages', '/v1/messages'],
    ['https://h.example/v1/', '/v1/messages', '/v1/messages'],
    ['https://h.example/v1', '/chat/completions', '/v1/chat/completions'],
    ['https://h.example/openai/v1', '/chat/completions', '/openai/v1/chat/completions'],
    ['https://h.example/openai/v1', '/v1/chat/completions', '/openai/v1/chat/completions'],
    ['https://h.example/v2/chat', '/v2/chat', '/v2/chat'],
    ['https://h.example/v1?api-version=7', '/chat', '/v1/chat?api-version=7'],
    ['https://h.example/v1?a=1', '/chat?b=2', '/v1/chat?a=1&b=2'],
    ['https://h.example/v1?api-version=7', '/chat?api-version=8&b=2', '/v1/chat?api-version=7&b=2'],
    ['https://h.example/v1?a%3D=1', '/chat?a%3D=2&a=3', '/v1/chat?a%3D=1&a=3'],
    ['https://h.example', '/models/gpt-4o%2Fmini', '/models/gpt-4o%2Fmini'],
    ['https://h.example', '/models/müller', '/models/m%C3%BCller'],
    ['https://h.example', '//evil.example/x', '/evil.example/x'],
  ])('%s and %s', (base, path, joined) => {
    expect(join(base, path)).toEqual({ origin: 'https://h.example', path: joined });
  });

  it('takes user-info out of the base and makes a header of it', () => {
    expect(join('http://us%40er:pa%3Ass@h.example:8080/v1', '/x')).toEqual({
      origin: 'http://h.example:8080',
      path: '/v1/x',
      basic: `Basic ${Buffer.from('us@er:pa:ss').toString('base64')}`,
    });
  });

  it.each(['/../admin', '/v1/%2e%2e/admin', '/v1/%252e%252e/admin', '/v1/..;/admin', '/a/./b', '/a%0d%0ab', '/a\nb'])(
    '%j never leaves the base',
    (path) => {
      expect(() => join('https://h.example/v1', path)).toThrow('cannot be part of a URL');
    },
  );
});
