import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  chat,
  chunk,
  completion,
  configOf,
  deployment,
  type FakeProvider,
  json,
  raw,
  sse,
  startProvider,
  startProxy,
  until,
  type World,
} from './world.ts';

const masterKey = 'sk-master-0123456789';
let provider: FakeProvider;
let world: World;
let session: ClientHttp2Session;

beforeAll(async () => {
  provider = await startProvider();
  world = await startProxy(
    configOf({ deployments: [deployment(`${provider.origin}/v1`)], maxBody: 2 ** 20, masterKey }),
  );
  session = connect(world.url);
});
afterAll(async () => {
  session.destroy();
  await world.close();
  await provider.close();
});
beforeEach(() => {
  provider.aborted = 0;
  provider.seen.length = 0;
  provider.answer = (_, res) => json(res, 200, completion);
});

interface Told {
  headers: IncomingHttpHeaders;
  text: string;
  code: number;
}

function ask(path: string, body: unknown, headers: Record<string, string> = {}, over = session): Promise<Told> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const key = { authorization: `Bearer ${masterKey}` };
    const stream = over.request(
      { ':method': method, ':path': path, ...key, ...headers },
      { endStream: body === undefined },
    );
    let told: IncomingHttpHeaders = {};
    let text = '';
    stream.on('response', (found) => {
      told = found;
    });
    stream.on('data', (bytes: Buffer) => {
      text += bytes.toString();
    });
    stream.on('error', reject);
    stream.on('close', () => resolve({ headers: told, text, code: stream.rstCode }));
    if (body !== undefined) stream.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
}

it('is understood from clients that do not ask first', async () => {
  const reply = await ask('/v1/chat/completions', chat);
  expect(reply.headers).toMatchObject({ ':status': 200, 'content-type': 'application/json' });
  expect(JSON.parse(reply.text).choices[0].message.content).toBe('Hello');
  expect(reply.headers['connection']).toBeUndefined();
  const [first, second, third] = await Promise.all([
    ask('/v1/models', undefined),
    ask('/v1/chat/completions', chat),
    ask('/nothing', undefined),
  ]);
  expect([first, second, third].map(({ headers }) => headers[':status'])).toEqual([200, 200, 404]);
});

it('meets the same guard', async () => {
  const statuses = [
    await ask('/v1/models', undefined, { authorization: 'Bearer wrong' }),
    await ask('/v1/../x', undefined),
    await ask('/v1/models', undefined, { origin: 'https://evil.example' }),
    await ask('/v1/chat/completions', 'x'.repeat(2 ** 20 + 1)),
  ].map(({ headers }) => headers[':status']);
  expect(statuses).toEqual([401, 400, 403, 413]);
  expect(provider.seen).toEqual([]);
});

it('streams, and tells what broke', async () => {
  provider.answer = (_, res) => {
    res.writeHead(200, sse).write(chunk({ content: 'Hel' }));
    setTimeout(() => res.end(`${chunk({ content: 'lo' })}${chunk({}, 'stop')}data: [DONE]\n\n`), 20);
  };
  const whole = await ask('/v1/chat/completions', { ...chat, stream: true });
  expect(whole.text).toMatch(/Hel[\s\S]*lo[\s\S]*\[DONE\]/);
  provider.answer = (_, res) => {
    res.writeHead(200, sse).write(chunk({ content: 'Hel' }));
    setTimeout(() => res.destroy(), 20);
  };
  expect((await ask('/v1/chat/completions', { ...chat, stream: true })).text).toMatch(/"error"/);
});

it('a file that breaks off is not ended as if it were whole', async () => {
  provider.answer = (_, res) => {
    res.writeHead(200, { 'content-type': 'application/octet-stream' }).write('half');
    setTimeout(() => res.destroy(), 20);
  };
  await expect(ask('/v1/files/file-1/content', undefined)).rejects.toThrow('INTERNAL_ERROR');
});

it('a stream that is given up ends the work', async () => {
  provider.answer = () => {};
  const stream = session.request({
    ':method': 'POST',
    ':path': '/v1/chat/completions',
    authorization: `Bearer ${masterKey}`,
  });
  stream.on('error', () => {});
  stream.end(JSON.stringify(chat));
  await until(() => provider.seen.length === 1);
  stream.close(8);
  expect(await until(() => provider.aborted === 1)).toBeLessThan(1000);
});

it('bytes that only begin so are no request', async () => {
  for (const rest of ['XX\r\n\r\n', 'SM\r\n\r\nnonsense that is no frame of any kind']) {
    const reply = await raw(world.port, `PRI * HTTP/2.0\r\n\r\n${rest}`, 1500);
    expect(reply).not.toMatch(/^HTTP\/1.1 [235]/);
  }
  expect((await ask('/v1/models', undefined)).headers[':status']).toBe(200);
});

it('an idle session does not hold up the end', async () => {
  const other = await startProxy(configOf({ drainMs: 5000 }));
  const held = connect(other.url);
  held.on('error', () => {});
  expect((await ask('/v1/models', undefined, {}, held)).headers[':status']).toBe(200);
  const begun = Date.now();
  await other.close();
  expect(Date.now() - begun).toBeLessThan(4000);
  held.destroy();
});
