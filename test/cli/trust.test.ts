import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { certificate } from '../upstream/certificate.ts';
import { emptyFolder, endAll, type Running, serveOn } from './spawn.ts';

const folder = emptyFolder();
const file = join(folder, 'ca.pem');
const env = { OPENAI_API_KEY: 'sk-test' };
const reply = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
};
let provider: Server;
let base: string;

beforeAll(async () => {
  const pair = certificate();
  writeFileSync(file, pair.cert);
  provider = createServer(pair, (req, res) => {
    req.resume().on('end', () => {
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify(req.url?.endsWith('/files') === true ? { object: 'list', data: [] } : reply));
    });
  });
  provider.on('upgrade', (_req, socket) => {
    socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
  });
  await new Promise<void>((listens) => provider.listen(0, '127.0.0.1', listens));
  base = `https://localhost:${(provider.address() as AddressInfo).port}/v1`;
});
afterAll(() => {
  endAll();
  provider.closeAllConnections();
  provider.close();
});

async function post(url: string, model: string): Promise<{ status: number; text: string }> {
  const messages = [{ role: 'user', content: 'hi' }];
  const headers = { 'content-type': 'application/json' };
  const got = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ model, messages }),
  });
  return { status: got.status, text: await got.text() };
}

/** What comes of every way to a provider: a call, what is forwarded, a mount, a WebSocket. */
async function ways({ url }: { url: string }): Promise<Record<string, number>> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/realtime?model=m`);
  const realtime = await new Promise<number>((told) => {
    socket.on('unexpected-response', (_, { statusCode }) => told(statusCode ?? 0));
    socket.on('error', () => told(-1));
  });
  const [files, mount] = await Promise.all(['/v1/files', '/openai/v1/files'].map((path) => fetch(url + path)));
  return { chat: (await post(url, 'm')).status, files: files?.status ?? 0, mount: mount?.status ?? 0, realtime };
}

describe('ssl_verify of one model', () => {
  let proxy: Running & { url: string };
  beforeAll(async () => {
    const entry = (name: string, more: string) =>
      `  - {model_name: ${name}, litellm_params: {model: openai/m, api_base: "${base}"${more}}}\n`;
    const config = join(folder, 'config.yaml');
    const rows = [entry('strict', ''), entry('loose', ', ssl_verify: false'), entry('own', `, ssl_verify: ${file}`)];
    writeFileSync(config, `model_list:\n${rows.join('')}router_settings: {num_retries: 0}\n`);
    proxy = await serveOn(['--config', config], { env });
  });

  it.each(['loose', 'own'])('%s: is reached', async (model) => {
    expect(await post(proxy.url, model)).toMatchObject({ status: 200, text: expect.stringContaining('Hello!') });
  });

  it('another model at the same host is as strict as ever', async () => {
    const { status, text } = await post(proxy.url, 'strict');
    expect(status).toBe(502);
    expect(text).toMatch(/certificate of https:\/\/localhost:\d+ was not accepted .*NODE_EXTRA_CA_CERTS.*ssl_verify/);
  });
});

it('a file of authorities that is not there is told, with its place', async () => {
  const config = join(folder, 'bad.yaml');
  writeFileSync(config, 'model_list:\n  - {model_name: a, litellm_params: {model: openai/m, ssl_verify: /no/where}}\n');
  const run = serveOn(['--config', config], { env });
  await expect(run).rejects.toThrow(/bad\.yaml:2:\d+: .*ssl_verify.*\/no\/where cannot be read \(ENOENT\)/);
});

describe('SSL_CERT_FILE', () => {
  const argv = () => ['--model', 'openai/m', '--api_base', base];

  it('adds authorities to every way to a provider', async () => {
    const proxy = await serveOn(argv(), { env: { ...env, SSL_CERT_FILE: file } });
    expect(await ways(proxy)).toEqual({ chat: 200, files: 200, mount: 200, realtime: 403 });
  });

  it('without it the provider is not believed', async () => {
    expect(await ways(await serveOn(argv(), { env }))).toEqual({ chat: 502, files: 502, mount: 502, realtime: 502 });
  });

  it('is left aside, with a line, when it is not there', async () => {
    const proxy = await serveOn(argv(), { env: { ...env, SSL_CERT_FILE: '/no/where' } });
    await proxy.says(/SSL_CERT_FILE is not used: \/no\/where cannot be read \(ENOENT\)/);
  });
});
