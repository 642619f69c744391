import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/index.ts';
import { ask, configOf, startProxy, type World } from './world.ts';

interface Operation {
  operationId?: string;
  summary: string;
  security?: unknown[];
  requestBody?: { content: Record<string, { example?: unknown }> };
  parameters?: unknown[];
}
interface Description {
  paths: Record<string, Record<string, Operation>>;
  security?: unknown[];
}

const masterKey = 'sk-master-0123456789';
const bearer = { authorization: `Bearer ${masterKey}` };
let open: World;
let locked: World;

beforeAll(async () => {
  const { mounts } = resolveConfig({}, {}).config;
  const target = { target: 'https://u:pw-0123456789@example.test/', headers: { a: 'secret-0123456789' }, timeoutMs: 1 };
  const passThrough = [
    { path: '/mine', ...target },
    { path: '/all/of', ...target, below: true as const },
  ];
  open = await startProxy(configOf({ mounts, passThrough }));
  locked = await startProxy(configOf({ mounts, masterKey, secrets: [masterKey] }));
});
afterAll(async () => {
  await open.close();
  await locked.close();
});

async function description(world: World): Promise<Description> {
  return JSON.parse((await ask(`${world.url}/openapi.json`, { headers: bearer })).text);
}

describe('/openapi.json', () => {
  it('is valid, with a master key and without', async () => {
    for (const world of [open, locked]) {
      const told = await description(world);
      const result = await new Validator().validate(JSON.parse(JSON.stringify(told)));
      expect(result).toMatchObject({ valid: true });
      expect(told.security !== undefined).toBe(world === locked);
    }
  });

  it('names every route, once and with what it does', async () => {
    const { paths } = await description(open);
    const { routes } = JSON.parse((await ask(`${open.url}/routes`)).text);
    const ids: string[] = [];
    for (const { path, methods } of routes as { path: string; methods: string[] }[]) {
      const shown = path.endsWith('/') && path !== '/' ? `${path}{path}` : path;
      const found = Object.entries(paths).find(([one]) => one.replace(/\{(\w+?)\d?\}/g, '{$1}') === shown)?.[1];
      expect([path, found === undefined]).toEqual([path, false]);
      if (found?.['$ref'] !== undefined) continue;
      for (const method of methods) {
        const operation = found?.[method.toLowerCase()];
        expect([path, operation?.summary]).not.toEqual([path, path]);
        ids.push(operation?.operationId ?? '');
      }
    }
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has bodies that can be sent, and no secrets', async () => {
    const told = await description(open);
    const chat = told.paths['/v1/chat/completions']?.['post'];
    expect(chat?.requestBody?.content['application/json']?.example).toMatchObject({ messages: [{ role: 'user' }] });
    expect(Object.keys(told.paths['/v1/audio/transcriptions']?.['post']?.requestBody?.content ?? {})).toEqual([
      'multipart/form-data',
    ]);
    expect(told.paths).toHaveProperty(['/mine']);
    expect(told.paths).toHaveProperty(['/all/of/{path}']);
    expect(told.paths).toHaveProperty(['/groq/{path}']);
    expect(JSON.stringify(told)).not.toMatch(/pw-0123|secret-0123|example\.test/);
  });

  it('needs the key where there is one', async () => {
    for (const path of ['/openapi.json', '/docs', '/redoc']) {
      expect((await ask(locked.url + path)).status).toBe(401);
      expect((await ask(locked.url + path, { headers: bearer })).status).toBe(200);
      expect((await ask(open.url + path, { method: 'POST', body: '' })).status).toBe(405);
    }
  });
});

describe('/docs', () => {
  it('is one page that loads nothing', async () => {
    const page = await ask(`${open.url}/docs`);
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    });
    expect(page.text).not.toMatch(/<script|<link|<img|url\(|@import|https?:\/\/(?!127\.0\.0\.1)/);
    expect(page.text).toContain(`curl ${open.url}/v1/chat/completions`);
    for (const path of ['/v1/messages', '/mine', '/groq/{path}', '/v1/files', '/api/chat']) {
      expect(page.text).toContain(`<code>${path}</code>`);
    }
  });

  it('writes the key’s variable, not the key, and no name that a client made up', async () => {
    const page = await ask(`${locked.url}/docs`, { headers: { ...bearer, host: '<script>alert(1)</script>' } });
    expect(page.text).toContain('$LITELLM_MASTER_KEY');
    expect(page.text).not.toMatch(/sk-master|<script/);
    const other = await ask(`${locked.url}/docs`, { headers: { ...bearer, host: 'evil.example' } });
    expect(other.text).not.toContain('evil.example');
  });

  it('has examples that work', async () => {
    const { text } = await ask(`${open.url}/docs`);
    const said = /curl [^\n]*\/v1\/chat\/completions[\s\S]*?-d '(\{.*?\})'/.exec(text)?.[1] ?? '';
    const body = said.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
    const reply = await ask(`${open.url}/v1/chat/completions`, { body });
    expect(JSON.parse(reply.text).error.message).toMatch(/Invalid model name/);
  });
});
