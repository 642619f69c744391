import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const program = 'redis-server';

/** Whether one can be started here; says so where not. */
export const hasRedis = spawnSync(program, ['--version']).status === 0;
if (!hasRedis) console.warn(`${program} is not installed: tests that need one are skipped`);

/** A real Redis of the test's own, on a free port of the loopback, that keeps nothing on disk. */
export interface RedisServer {
  port: number;
  start(): Promise<void>;
  /** Stops answering; its port stays taken. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

export async function redisServer(password?: string): Promise<RedisServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'modelport-redis-'));
  let child: ChildProcess | undefined;
  const auth = password === undefined ? [] : ['--requirepass', password];
  const server: RedisServer = {
    port,
    async start() {
      const plain = [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--save',
        '',
        '--appendonly',
        'no',
        '--dir',
        folder,
      ];
      child = spawn(program, [...plain, ...auth], { stdio: 'ignore' });
      for (let turn = 0; turn < 200 && !(await listens(port)); turn++) await sleep(20);
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    async stop() {
      if (child === undefined) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      child = undefined;
      await gone;
    },
  };
  process.once('exit', () => {
    child?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  await server.start();
  return server;
}

async function freePort(): Promise<number> {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  taken.close();
  await once(taken, 'close');
  return port;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
