import { constants } from 'node:os';
import { isatty } from 'node:tty';
import spawn from 'cross-spawn';
import { knownAgent } from './agents.ts';
import { Failure } from './failure.ts';
import { onOrphaned } from './stop.ts';

/** A program to run in this terminal. */
interface Program {
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
}

/**
 * Runs a program to its end; resolves with its exit code, or 128 and the number of the signal that ended it, as shells
 * do. This process ends by no signal before: SIGTERM and SIGHUP are passed on, SIGINT and SIGQUIT where no terminal
 * sends them to the program itself. Throws Failure: 127 not found, 126 not executable.
 */
export function runToEnd({ command, args, env }: Program): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: 'inherit' });
    const pass = (signal: NodeJS.Signals) => child.kill(signal);
    const terminal = [0, 1, 2].some((stream) => isatty(stream));
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, pass);
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, terminal ? () => undefined : pass);
    if (env['npm_execpath'] !== undefined) onOrphaned(() => pass('SIGTERM'));
    child.on('error', (error) => {
      if (child.pid === undefined) reject(explain(command, error));
    });
    child.on('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

function explain(command: string, error: Error): Failure {
  const code = 'code' in error ? String(error.code) : '';
  const install = knownAgent(command)?.install;
  if (code === 'ENOENT')
    return new Failure(
      `${command}: command not found${install === undefined ? '' : `; this installs it: ${install}`}`,
      127,
    );
  return new Failure(`${command} cannot be run: ${error.message}`, code === 'EACCES' ? 126 : 1);
}
