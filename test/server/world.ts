import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type Config, type Deployment, type Entry, type Mount, plainRouting, specialise } from '../../src/hub/index.ts';
import { providers } from '../../src/providers/index.ts';
import { createProxy } from '../../src/server/index.ts';

export const upstreamKey = 'sk-upstream-0123456789abcdef';

/** A provider of a few lines: each test says what it answers. */
export interface FakeProvider {
  origin: string;
  answer: (req: IncomingMessage, res: ServerResponse, body: Buffer) => void;
  seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
  /** Replies that the other side closed before they were complete. */
  aborted: number;
  sockets: Set<Socket>;
  close(): Promise<void>;
}

export async function startProvider(): Promise<FakeProvider> {
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    res.on('close', () => {
      if (!res.writableFinished) provider.aborted++;
    });
    req.on('error', () => {});
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const body = Buffer.concat(chunks);
      provider.seen.push({ method: req.method ?? '', url: req.url ?? '', headers: req.headers, body: body.toString() });
      provider.answer(req, res, body);
    });
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const provider: FakeProvider = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: (_, res) => json(res, 200, completion),
    seen: [],
    aborted: 0,
    sockets,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return provider;
}

export function json(res: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  res.writeHead(status, { 'content-type': 'application/json', ...headers });
  res.end(JSON.stringify(body));
}

export const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1700000000,
  model: 'gpt-4o-2024-08-06',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'Hello', refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 },
};

/** One chunk of an OpenAI stream. */
export function chunk(delta: object, finish: string | null = null): string {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }];
  const body = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1700000000, model: 'gpt-4o', choices };
  return `data: ${JSON.stringify(body)}\n\n`;
}

export const sse = { 'content-type': 'text/event-stream' };

export function deployment(base: string, more: Partial<Deployment> = {}): Deployment {
  const provider = more.provider ?? providers['openai'];
  if (provider === undefined) throw new Error('no such provider');
  return {
    id: 'd1',
    group: 'openai/gpt-4o',
    provider,
    ...specialise(provider, more.model ?? 'gpt-4o', base),
    settings: {},
    key: upstreamKey,
    base,
    origin: /^https?:/.test(base) ? new URL(base).origin : base,
    headers: {},
    defaults: {},
    forced: {},
    dropParams: false,
    alsoDrop: [],
    allowed: [],
    toolsInPrompt: false,
    timeoutMs: 20_000,
    ...more,
  };
}

export function configOf(more: Partial<Config>): Config {
  return {
    deployments: [],
    anyModel: true,
    aliases: {},
    routing: plainRouting,
    clientKeys: false,
    privateMedia: false,
    host: '127.0.0.1',
    port: 0,
    rootPath: '',
    allowedHosts: [],
    allowedOrigins: [],
    drainMs: 1000,
    keepAliveMs: 65_000,
    maxBody: 100 * 2 ** 20,
    maxReply: 64 * 2 ** 20,
    maxEvent: 16 * 2 ** 20,
    secrets: [upstreamKey],
    mounts: [],
    ...more,
  };
}

/** A mount as the configuration makes it, whose base URL is the deployment's. */
export function mount(path: string, to: Deployment): Mount {
  return { paths: [path], provider: to.provider.id, open: (below) => ({ to, path: below }) };
}

export interface World {
  url: string;
  port: number;
  hosts: readonly string[];
  entries: Entry[];
  notes: string[];
  close(): Promise<void>;
}

export async function startProxy(config: Config): Promise<World> {
  const entries: Entry[] = [];
  const notes: string[] = [];
  const proxy = createProxy(config, {
    call: (entry) => void entries.push(entry),
    note: (level, text) => void notes.push(`${level}: ${text}`),
    debug: false,
    bodies: false,
  });
  const { port, hosts, loaded } = await proxy.listen();
  await loaded;
  return { url: `http://127.0.0.1:${port}`, port, hosts, entries, notes, close: () => proxy.close() };
}

export const chat = { model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] };

export interface Reply {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

/** A request by Node's own client, which sends any header. */
export function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { method = options.body === undefined ? 'GET' : 'POST', headers = {}, body } = options;
    const req = request(url, { method, headers, agent: false, path: url.replace(/^https?:\/\/[^/]+/, '') }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (one: Buffer) => chunks.push(one));
      res.on('end', () =>
        resolve({ status: res.statusCode ?? 0, headers: res.headers, text: Buffer.concat(chunks).toString() }),
      );
      res.on('error', reject);
    });
    req.on('error', reject);
    req.end(body);
  });
}

export function post(url: string, body: unknown = chat, headers: Record<string, string> = {}): Promise<Reply> {
  return ask(url, { body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } });
}

/** Raw bytes to a port, and everything that comes back until the socket ends. */
export function raw(port: number, bytes: string | Buffer, waitMs = 3000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    const timer = setTimeout(() => socket.destroy(), waitMs);
    socket.on('data', (one) => {
      text += one.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(text);
    });
  });
}

export async function until(happened: () => boolean, limitMs = 2000): Promise<number> {
  const start = performance.now();
  while (!happened()) {
    if (performance.now() - start > limitMs) throw new Error('it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return performance.now() - start;
}
