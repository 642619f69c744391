import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { endpoints, placeOf } from '../../src/server/endpoints.ts';

const sdk = resolve(import.meta.dirname, '../../node_modules/openai/resources');
const families = /^\/(?:files|uploads|batches|fine_tuning|assistants|threads|vector_stores|containers|evals)(?:\/|$)/;

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return walk(path);
    return entry.name.endsWith('.mjs') ? [path] : [];
  });
}

/** Every request that OpenAI's SDK can make of these families, as it is written there. */
function requests(): { method: string; path: string }[] {
  const call =
    /_client\.(get|post|delete|getAPIList)\(\s*(?:path\s*`([^`]*)`|'([^']*)'),[^;]*?(method: 'post')?[^;]*;/g;
  return walk(sdk)
    .filter((file) => !/admin|chatkit/.test(file))
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(call)])
    .map(([text, verb = '', written, plain]) => ({
      method: verb === 'getAPIList' ? (/method: 'post'/.test(text) ? 'POST' : 'GET') : verb.toUpperCase(),
      path: (written ?? plain ?? '').replace(/\$\{[^}]*\}/g, 'some-id'),
    }))
    .filter(({ path }) => families.test(path));
}

test('everything that OpenAI’s SDK asks of these families is known', () => {
  const all = requests();
  expect(all.length).toBeGreaterThan(75);
  const unknown = all.filter(({ method, path }) => placeOf(`/v1${path}`)?.methods.includes(method) !== true);
  expect(unknown).toEqual([]);
});

test.each([
  ['/v1/files', { operation: 'files', below: '', ids: [], versioned: false, download: false }],
  ['/files/', { operation: 'files', below: '' }],
  ['/v1/files/file-1/content', { below: '/file-1/content', ids: ['file-1'], download: true }],
  ['/openai/v1/threads/t/runs/r/steps/s', { operation: 'threads', ids: ['t', 'r', 's'], versioned: false }],
  ['/v1/openai/assistants/a%2Eb', { ids: ['a.b'], below: '/a%2Eb' }],
  ['/openai/vector_stores/v/files/f/content', { operation: 'vector-stores', versioned: true, download: false }],
  ['/openai/deployments/my/gpt/batches', { operation: 'batches', model: 'my/gpt', versioned: false }],
  ['/groq/v1/files/f', { operation: 'files', provider: 'groq', ids: ['f'] }],
  ['/azure/v1/batches/b/cancel', { operation: 'batches', provider: 'azure', below: '/b/cancel' }],
])('%s', (path, place) => {
  expect(placeOf(path)).toMatchObject(place);
});

test.each([
  '/v1/file',
  '/v1/files//content',
  '/v1/files/a/b',
  '/v2/files',
  '/v1/threads/a/b/c',
  '/openai/deployments/m/files',
  '/groq/v1/assistants',
  '/v1/models/files',
])('%s is none of them', (path) => {
  expect(placeOf(path)).toBeUndefined();
});

test('lists of routes name each one once', () => {
  expect(new Set(endpoints).size).toBe(endpoints.length);
  expect(endpoints).toContain('POST /v1/threads/{id}/runs/{id}/submit_tool_outputs');
  expect(endpoints).toContain('GET /files/{id}/content');
});
