import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../src/hub/index.ts';
import { providers } from '../../src/providers/index.ts';
import {
  configOf,
  deployment,
  type FakeProvider,
  json,
  mount,
  post,
  raw,
  startProvider,
  startProxy,
  upstreamKey,
  type World,
} from './world.ts';

const masterKey = 'sk-master-0123456789';
let provider: FakeProvider;
const worlds: Record<string, World> = {};

beforeAll(async () => {
  provider = await startProvider();
  const { anthropic, gemini } = providers;
  const mounts = [
    mount('/openai', deployment(`${provider.origin}/v1`)),
    mount('/anthropic', deployment(provider.origin, anthropic && { provider: anthropic, row: anthropic })),
    mount('/gemini', deployment(provider.origin, gemini && { provider: gemini, row: gemini })),
  ];
  const settings: Record<string, Partial<Config>> = {
    plain: {},
    headers: { forwardClientHeaders: true },
    keys: { forwardProviderAuth: true },
    locked: { forwardProviderAuth: true, masterKey, secrets: [masterKey] },
  };
  for (const [name, more] of Object.entries(settings)) worlds[name] = await startProxy(configOf({ mounts, ...more }));
});
afterAll(async () => {
  for (const world of Object.values(worlds)) await world.close();
  await provider.close();
});
beforeEach(() => {
  provider.seen.length = 0;
  provider.answer = (_, res) => json(res, 200, {});
});

async function sent(world: string, path: string, headers: Record<string, string>) {
  const reply = await post(`${worlds[world]?.url}${path}`, {}, headers);
  expect(reply.status).toBe(200);
  const [seen] = provider.seen;
  if (seen === undefined) throw new Error('nothing was sent');
  return seen;
}

const theirs = 'sk-theirs-0123456789';
const always = {
  'content-type': 'application/json',
  accept: 'text/event-stream',
  'accept-language': 'de',
  'user-agent': 'agent/1',
  'idempotency-key': 'i1',
  'anthropic-beta': 'b1',
  'openai-beta': 'b2',
  'x-stainless-lang': 'js',
  'x-goog-upload-protocol': 'resumable',
  'x-amzn-bedrock-trace': 'ENABLED',
};
const never = {
  authorization: `Bearer ${theirs}`,
  'proxy-authorization': theirs,
  cookie: theirs,
  'x-api-key': theirs,
  'api-key': theirs,
  'x-goog-api-key': theirs,
  'x-goog-user-project': theirs,
  'xi-api-key': theirs,
  apikey: theirs,
  token: theirs,
  'private-token': theirs,
  'x-auth-token': theirs,
  'x-access-token': theirs,
  'x-amz-security-token': theirs,
  'x-amz-date': theirs,
  'x-litellm-api-key': theirs,
  'x-litellm-tags': theirs,
  'x-forwarded-for': theirs,
  'x-real-ip': theirs,
  forwarded: theirs,
  via: theirs,
  te: 'trailers',
  'sec-fetch-mode': theirs,
  'openai-organization': theirs,
  'openai-project': theirs,
  'anthropic-api-key': theirs,
  'x-hop': theirs,
  connection: 'x-hop, accept-language-2',
  'accept-encoding': 'gzip',
};
const own = { 'x-own': '1', 'x-request-id': 'r1' };

describe('headers of clients', () => {
  it.each(['plain', 'headers'])('describe the request and carry no credentials: %s', async (world) => {
    const { headers } = await sent(world, '/openai/skills', { ...always, ...never, ...own });
    expect(headers).toMatchObject({ ...always, authorization: `Bearer ${upstreamKey}`, 'accept-encoding': 'identity' });
    expect(JSON.stringify(headers)).not.toContain(theirs);
    expect(headers['te']).toBeUndefined();
    const passed = world === 'headers' ? own : {};
    expect(Object.fromEntries(Object.entries(headers).filter(([name]) => name in own))).toEqual(passed);
  });

  it.each<[string, string, Record<string, string>, Record<string, string | undefined>]>([
    ['plain', '/anthropic/v1/x', { 'x-api-key': theirs }, { 'x-api-key': upstreamKey }],
    ['keys', '/anthropic/v1/x', {}, { 'x-api-key': upstreamKey }],
    ['keys', '/anthropic/v1/x', { 'x-api-key': theirs }, { 'x-api-key': theirs, authorization: undefined }],
    ['keys', '/gemini/v1/x', { 'x-goog-api-key': theirs }, { 'x-goog-api-key': theirs }],
    ['keys', '/openai/skills', { authorization: `Bearer ${theirs}` }, { authorization: `Bearer ${upstreamKey}` }],
    ['keys', '/openai/skills', { 'api-key': theirs }, { 'api-key': theirs, authorization: undefined }],
    [
      'keys',
      '/anthropic/v1/x',
      { authorization: 'Bearer sk-ant-oat01-theirs' },
      { authorization: 'Bearer sk-ant-oat01-theirs', 'x-api-key': undefined },
    ],
    ['locked', '/anthropic/v1/x', { 'x-api-key': masterKey }, { 'x-api-key': upstreamKey }],
    [
      'locked',
      '/anthropic/v1/x',
      { authorization: `Bearer ${masterKey}`, 'x-api-key': theirs },
      { 'x-api-key': theirs, authorization: undefined },
    ],
    [
      'locked',
      '/anthropic/v1/x',
      { 'x-litellm-api-key': masterKey, authorization: 'Bearer sk-ant-oat01-theirs' },
      { authorization: 'Bearer sk-ant-oat01-theirs', 'x-api-key': undefined },
    ],
  ])('a key of their own, %s: %s %j', async (world, path, headers, seen) => {
    const found = await sent(world, path, headers);
    for (const [name, value] of Object.entries(seen)) expect([name, found.headers[name]]).toEqual([name, value]);
    expect(JSON.stringify(found.headers)).not.toContain(masterKey);
  });
});

describe('requests that would lead elsewhere', () => {
  const line = (path: string, more = '') =>
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}Connection: close\r\n\r\n`;

  it.each<[string, string]>([
    ['an absolute target', line('http://evil.example/openai/x')],
    ['another host behind slashes', line('//evil.example/openai/x')],
    ['dots', line('/openai/v1/../../x')],
    ['encoded dots', line('/openai/%2E%2E/x')],
    ['dots twice encoded', line('/openai/%252e%252e/x')],
    ['dots and a parameter', line('/openai/..;/x')],
    ['a backslash', line('/openai\\..\\x')],
    ['an encoded backslash', line('/openai/..%5cx')],
    ['an encoded slash', line('/openai/..%2fx')],
    ['an encoded line break', line('/openai/x%0d%0aHost:%20evil')],
    ['a null', line('/openai/x%00')],
    ['a broken encoding', line('/openai/%zz')],
    ['two hosts', line('/openai/x', 'Host: evil.example\r\n')],
    ['a dot in an ARN', line('/openai/model/arn%3aaws%2f..%2fx/converse')],
  ])('%s', async (_, bytes) => {
    expect(await raw(worlds['plain']?.port ?? 0, bytes)).toMatch(/^HTTP\/1.1 40[04] /);
    expect(provider.seen).toEqual([]);
  });

  it.each([
    ['/openai/@evil.example/x', '/v1/@evil.example/x'],
    ['/openai/http://evil.example', '/v1/http://evil.example'],
    ['/openai/x?url=http://evil.example/..', '/v1/x?url=http://evil.example/..'],
    ['/openai//evil.example/x', '/v1/evil.example/x'],
    ['/openai/x/?a=b', '/v1/x/?a=b'],
    ['/openai/x?key=k&api_key=k&access_token=k&a=b&monkey=1', '/v1/x?a=b&monkey=1'],
  ])('%s stays below the base', async (path, url) => {
    await raw(worlds['plain']?.port ?? 0, line(path, 'X-Forwarded-Host: evil.example\r\nX-Original-Url: /evil\r\n'));
    expect(provider.seen[0]).toMatchObject({ url, headers: { host: provider.origin.slice(7) } });
    expect(JSON.stringify(provider.seen[0]?.headers)).not.toContain('evil');
  });
});

describe('a reply', () => {
  it('that is compressed all the same is handed on as it is', async () => {
    const { gzipSync } = await import('node:zlib');
    const bytes = gzipSync('{"a":1}');
    provider.answer = (_, res) =>
      res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bytes);
    const reply = await post(`${worlds['plain']?.url}/anthropic/v1/messages`);
    expect(reply.headers['content-encoding']).toBe('gzip');
    expect(reply.headers['content-length'] ?? String(bytes.length)).toBe(String(bytes.length));
  });

  it.each([
    ['x-goog-upload-url', '/upload/v1beta/files?upload_id=1', 'through the mount'],
    ['location', '/v1/jobs/1', 'through the mount'],
    ['x-goog-upload-url', 'https://elsewhere.example/x', 'as it is'],
  ])('sends clients on: %s %s %s', async (name, to, how) => {
    const address = to.startsWith('/') ? provider.origin + to : to;
    provider.answer = (_, res) => res.writeHead(201, { [name]: address }).end();
    const reply = await post(`${worlds['plain']?.url}/gemini/upload/v1beta/files`);
    expect(reply.headers[name]).toBe(how === 'as it is' ? to : `${worlds['plain']?.url}/gemini${to}`);
  });

  it('sets nothing for pages', async () => {
    const pages = {
      'set-cookie': 'a=b',
      'strict-transport-security': 'max-age=9',
      'access-control-allow-origin': '*',
      'alt-svc': 'h3=":443"',
    };
    provider.answer = (_, res) => res.writeHead(200, { ...pages, 'x-own': '1' }).end('x');
    const reply = await post(`${worlds['plain']?.url}/openai/skills`);
    expect(reply.headers['x-own']).toBe('1');
    for (const name of Object.keys(pages)) expect(reply.headers[name]).toBeUndefined();
  });
});
