import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const bin = resolve(import.meta.dirname, '../../bin/modelport.js');

export interface Run {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
}

/** A running modelport: its output so far, and how it ends. */
export interface Running {
  child: ChildProcess;
  run: Run;
  ended: Promise<Run>;
  /** Resolves when stderr or stdout matches; rejects when the process ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
}

export interface Options {
  env?: Record<string, string>;
  cwd?: string;
  input?: string;
  /** Another copy of the command. */
  bin?: string;
}

const running = new Set<ChildProcess>();

/** Starts bin/modelport.js in an empty folder with an empty environment. */
export function start(argv: readonly string[], { env = {}, cwd, input, bin: command = bin }: Options = {}): Running {
  const child = spawn(process.execPath, [command, ...argv], {
    cwd: cwd ?? emptyFolder(),
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: 'pipe',
  });
  running.add(child);
  const run: Run = { code: null, signal: null, out: '', err: '' };
  const watchers = new Set<() => void>();
  const hear = (part: 'out' | 'err') => (chunk: Buffer) => {
    run[part] += chunk.toString();
    for (const watch of watchers) watch();
  };
  child.stdout.on('data', hear('out'));
  child.stderr.on('data', hear('err'));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
  const ended = new Promise<Run>((done) => {
    child.on('close', (code, signal) => {
      running.delete(child);
      done(Object.assign(run, { code, signal }));
      for (const watch of watchers) watch();
    });
  });
  const says = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((found, failed) => {
      const watch = () => {
        const match = pattern.exec(`${run.err}\n${run.out}`);
        if (match !== null) found(match);
        else if (run.code !== null || run.signal !== null) failed(new Error(`ended without ${pattern}: ${run.err}`));
        else return;
        watchers.delete(watch);
      };
      watchers.add(watch);
      watch();
    });
  return { child, run, ended, says };
}

export function once(argv: readonly string[], options?: Options): Promise<Run> {
  return start(argv, options).ended;
}

/** A server on a free port, with its URL as it is told once it listens. */
export async function serveOn(
  argv: readonly string[],
  options?: Options,
): Promise<Running & { url: string; port: string }> {
  const proxy = start(['--port', '0', ...argv], options);
  const [, url = '', port = ''] = await proxy.says(/running on (https?:\/\/\S+?:(\d+))/);
  return { ...proxy, url, port };
}

/** Ends what a failed test left running. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

export function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'modelport-cli-'));
}

export interface Upstream {
  url: string;
  /** Header blocks of the requests so far. */
  seen: IncomingMessage['headers'][];
  close(): void;
}

/** A provider of our own that answers by a function. */
export async function upstream(answer: (body: string, res: ServerResponse) => void): Promise<Upstream> {
  const seen: IncomingMessage['headers'][] = [];
  const server = createServer((req, res) => {
    seen.push(req.headers);
    let body = '';
    req.on('data', (chunk) => {
      body += String(chunk);
    });
    req.on('end', () => answer(body, res));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, seen, close };
}

export function json(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 };

/** What an OpenAI-like provider says, as a stream where one was asked for. */
export function sayHello(body: string, res: ServerResponse, text = 'Hello!'): void {
  const { stream, model } = JSON.parse(body) as { stream?: boolean; model: string };
  const head = { id: 'chatcmpl-1', created: 1, model };
  if (!stream) {
    const message = { role: 'assistant', content: text };
    json(res, 200, {
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: 'stop' }],
      usage,
    });
    return;
  }
  const chunks = [
    { choices: [{ index: 0, delta: { role: 'assistant', content: text }, finish_reason: null }] },
    { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    { choices: [], usage },
  ];
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const chunk of chunks)
    res.write(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...chunk })}\n\n`);
  res.end('data: [DONE]\n\n');
}

/** Its processes, on Linux. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === String(pid);
      } catch {
        return false;
      }
    })
    .map(Number);
}
