import { expect, test } from 'vitest';
import { Directory } from '../../src/server/directory.ts';

const all = new Directory(
  [
    ['GET', '/', 'root'],
    ['POST', '/v1/responses/compact', 'compact'],
    ['GET', '/v1/responses/:id', 'one'],
    ['DELETE', '/v1/responses/:id', 'gone'],
    ['GET', '/v1/responses/:id/input_items', 'items'],
    ['POST', '/engines/*model/chat/completions', 'chat'],
    ['POST', '/engines/*model/completions', 'text'],
    ['POST', '/v1/models/*model\\:generateContent', 'generate'],
    ['GET', '/v1/models/*id', 'model'],
    ['GET', '/openapi.json', 'api'],
  ].map(([method = '', path = '', to = '']) => ({ method, path, to })),
);

test.each<[string, string, string | undefined, Record<string, string>]>([
  ['GET', '/', 'root', {}],
  ['POST', '/v1/responses/compact', 'compact', {}],
  ['GET', '/v1/responses/compact', undefined, {}],
  ['GET', '/v1/responses/resp_1', 'one', { id: 'resp_1' }],
  ['GET', '/v1/responses/resp_1/', 'one', { id: 'resp_1' }],
  ['DELETE', '/v1/responses/a%2Fb', 'gone', { id: 'a/b' }],
  ['GET', '/v1/responses/a/input_items', 'items', { id: 'a' }],
  ['POST', '/engines/openai/gpt-4o/chat/completions', 'chat', { model: 'openai/gpt-4o' }],
  ['POST', '/engines/a%20b/completions', 'text', { model: 'a b' }],
  ['POST', '/v1/models/models/gemini:x:generateContent', 'generate', { model: 'models/gemini:x' }],
  ['GET', '/v1/models/gemini:generateContent', undefined, { model: 'gemini' }],
  ['GET', '/v1/models/a/b/', 'model', { id: 'a/b' }],
  ['GET', '/openapi.json', 'api', {}],
])('%s %s leads to %s', (method, path, to, params) => {
  const found = all.find(path);
  expect(found?.by.get(method)).toBe(to);
  expect(found?.params).toEqual(params);
});

test.each([
  '/v1/responses',
  '/V1/responses/a',
  '/openapiXjson',
  '/v1/models',
  '/v1/models/',
  '/engines/completions',

  '',
])('%s leads nowhere', (path) => expect(all.find(path)).toBeUndefined());

test('a broken percent-encoding is said', () => {
  expect(() => all.find('/v1/responses/%zz')).toThrow(URIError);
});
