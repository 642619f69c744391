// Processes of the bench: started, watched, and ended with it.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const hasCpu = existsSync('/proc/self/stat');
const ticksPerSecond = 100;

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

function keep(child) {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** A script of this folder that prints its port as JSON. */
export async function startServer(name, ...args) {
  const child = keep(spawn(process.execPath, [here(name), ...args], { stdio: ['ignore', 'pipe', 'inherit'] }));
  const [line] = await once(child.stdout, 'data');
  return { child, origin: `http://127.0.0.1:${JSON.parse(String(line)).port}` };
}

/** A program that says `Proxy running on` when it listens. Rejects with its output if it ends instead. */
export async function startProxy(args, port, env = {}) {
  const child = keep(
    spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  let output = '';
  await new Promise((resolve, reject) => {
    const hear = (bytes) => {
      output = (output + bytes).slice(-4_000);
      if (output.includes('Proxy running on')) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}:\n${output}`)));
  });
  return { child, origin: `http://127.0.0.1:${port}` };
}

export function startLoad() {
  const child = keep(fork(here('load.mjs')));
  return async (job) => {
    child.send(job);
    const [result] = await once(child, 'message');
    if (result.failed > 0)
      throw new Error(`${result.failed} of ${job.count} calls to ${job.path} failed: ${result.failure}`);
    return result;
  };
}

export async function stop({ child }) {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Milliseconds that a program takes to run and end. */
export async function timeRun(args) {
  const started = performance.now();
  const child = keep(spawn(process.execPath, args, { cwd: root, stdio: 'ignore' }));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
  return performance.now() - started;
}

/**
 * Seconds of CPU that the process has used, all its threads; 0 where there is no /proc. The scheduler counts in
 * nanoseconds where the kernel keeps its figures, `stat` (utime + stime) in steps of 10 ms.
 */
export function cpuOf({ child }) {
  if (!hasCpu) return 0;
  const nanoseconds = readdirSync(`/proc/${child.pid}/task`).map((thread) => readSchedule(child.pid, thread));
  const total = nanoseconds.reduce((sum, one) => sum + one, 0);
  if (total > 0) return total / 1e9;
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

function readSchedule(pid, thread) {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]);
  } catch {
    return 0;
  }
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
