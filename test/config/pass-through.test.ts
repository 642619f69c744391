import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/index.ts';
import { passThroughRoutes } from '../../src/config/pass-through.ts';

const env = { CO_KEY: 'co-0123456789', HOST: 'example.test' };
const read = (value: unknown) => passThroughRoutes(value, env, 5000);

describe('routes of the user’s own', () => {
  it('are read as the guide writes them', () => {
    const { routes, secrets, warnings } = read([
      {
        path: '/v1/rerank',
        target: 'https://api.cohere.com/v1/rerank',
        headers: {
          Authorization: 'bearer os.environ/CO_KEY',
          'content-type': 'application/json',
          accept: 'application/json',
        },
      },
      {
        path: '/bria/',
        target: 'https://u:pw-0123456@os.environ/HOST/a?token=t-123',
        include_subpath: true,
        auth: false,
        cost_per_request: 0.25,
      },
      { path: '/x', target: 'http://h', auth: true, forward_headers: true, include_subpath: false, guardrails: {} },
    ]);
    expect(routes).toEqual([
      {
        path: '/v1/rerank',
        target: 'https://api.cohere.com/v1/rerank',
        headers: {
          authorization: 'bearer co-0123456789',
          'content-type': 'application/json',
          accept: 'application/json',
        },
        timeoutMs: 5000,
      },
      {
        path: '/bria',
        target: 'https://u:pw-0123456@example.test/a?token=t-123',
        headers: {},
        open: true,
        below: true,
        costPerRequest: 0.25,
        timeoutMs: 5000,
      },
      { path: '/x', target: 'http://h/', headers: {}, forwards: true, timeoutMs: 5000 },
    ]);
    expect(secrets).toEqual(['bearer co-0123456789', 'co-0123456789', 'u', 'pw-0123456', 't-123']);
    expect(warnings).toEqual(['general_settings.pass_through_endpoints[2].guardrails is not known and does nothing']);
  });

  it.each([undefined, null, []])('may be none: %j', (value) => {
    expect(read(value)).toEqual({ routes: [], secrets: [], warnings: [] });
  });

  const fine = { path: '/a', target: 'https://h' };
  it.each<[unknown, RegExp]>([
    ['/a', /must be a list/],
    [[null], /\[0\] must have/],
    [[{ target: 'https://h' }], /\[0\]\.path must begin/],
    [[{ ...fine, path: 'a' }], /path must begin with '\/'/],
    [[{ ...fine, path: '/' }], /path must be a plain path/],
    [[{ ...fine, path: '/a/../b' }], /path must be a plain path/],
    [[{ ...fine, path: '/a//b' }], /path must be a plain path/],
    [[{ ...fine, path: '/a?b' }], /path must begin/],
    [[{ ...fine, path: '/%2e' }], /path must begin/],
    [[{ ...fine, path: '/v1/chat/completions' }], /path of this server/],
    [[{ ...fine, path: '/health' }], /path of this server/],
    [[{ ...fine, path: '/v1', include_subpath: true }], /path of this server/],
    [[fine, fine], /\[1\]\.path \/a is there twice/],
    [[{ path: '/a' }], /target must be an http/],
    [[{ ...fine, target: 'ftp://h' }], /target must be an http/],
    [[{ ...fine, target: 'os.environ/NOT_THERE' }], /target names NOT_THERE, which is not set/],
    [[{ ...fine, headers: ['a'] }], /headers must be names and values/],
    [[{ ...fine, headers: { 'a b': 'x' } }], /'a b' is no name/],
    [[{ ...fine, headers: { a: {} } }], /headers\.a must be a text/],
    [[{ ...fine, headers: { a: 'x\r\nb: y' } }], /headers\.a holds a character/],
    [[{ ...fine, headers: { a: 'os.environ/NOT_THERE' } }], /headers\.a names NOT_THERE/],
    [[{ ...fine, auth: 'yes' }], /auth must be true or false/],
    [[{ ...fine, cost_per_request: -1 }], /cost_per_request must be a number/],
    [
      [
        { ...fine, path: 'a' },
        { ...fine, target: 'h' },
      ],
      /\[0\].*\n.*\[1\]/,
    ],
  ])('%j is refused', (value, complaint) => {
    expect(() => read(value)).toThrow(ConfigError);
    expect(() => read(value)).toThrow(complaint);
  });
});
