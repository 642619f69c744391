import { ConfigError, type Environment, firstSet, readEnvironment } from '../config/index.ts';
import { redactor } from '../hub/index.ts';
import { type CommandLine, fillFromEnvironment, helpText, ignoredFlags } from './command-line.ts';
import { Failure } from './failure.ts';
import type { CliFlags } from './flags.ts';
import { readKey } from './stdin-key.ts';
import { openTerminal, type Terminal } from './terminal.ts';

/** Runs what was asked for; resolves with the exit code, all output written. */
export async function run(line: CommandLine, version: string): Promise<number> {
  const { env, note, warning } = readEnvironment({ envFile: !line.flags().no_env_file });
  const terminal = openTerminal(env, line.flags().json ?? false);
  if (warning !== undefined) terminal.say('warn', warning);
  const code = await guarded(line, env, terminal, version, note);
  await terminal.flush();
  return code;
}

async function guarded(
  line: CommandLine,
  env: Environment,
  terminal: Terminal,
  version: string,
  note: string | undefined,
): Promise<number> {
  try {
    const lookup = (names: readonly string[]) => firstSet(env, names);
    const sources = fillFromEnvironment(line, lookup);
    for (const ignored of ignoredFlags(line, lookup)) terminal.say('warn', ignored);
    const flags = withDebug(line.flags(), env);
    if (flags.debug) for (const text of [...(note ? [note] : []), ...sources]) terminal.say('debug', text);
    return await dispatch(line, await withKey(flags, terminal), env, terminal, version);
  } catch (thrown) {
    return complain(thrown, line.flags(), terminal);
  }
}

async function dispatch(
  { command, words }: CommandLine,
  flags: CliFlags,
  env: Environment,
  terminal: Terminal,
  version: string,
): Promise<number> {
  if (command === 'providers') return (await import('./providers.ts')).listProviders(flags, terminal);
  if (command === 'test' || flags.test) return (await import('./test.ts')).test(words, flags, env, terminal);
  if (flags.health) return (await import('./health.ts')).health(flags, env, terminal);
  const { serve } = await import('./serve.ts');
  if (flags.model !== undefined) return serve(flags, env, terminal);
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    terminal.log(`${helpText(version)}\nerror: which model? start with --model <provider>/<model>\n`);
    return 2;
  }
  const found = await (await import('./detect.ts')).detect(env, terminal);
  if (found === undefined) return 2;
  const base = found.apiBase === undefined ? {} : { api_base: found.apiBase };
  return serve({ ...flags, model: found.model, ...base }, env, terminal);
}

/** LITELLM_LOG=DEBUG is LiteLLM's other way to say --debug. */
function withDebug(flags: CliFlags, env: Environment): CliFlags {
  const asked = flags.detailed_debug || firstSet(env, ['LITELLM_LOG'])?.value.toUpperCase() === 'DEBUG';
  return asked ? { ...flags, debug: true } : flags;
}

async function withKey(flags: CliFlags, terminal: Terminal): Promise<CliFlags> {
  if (flags.api_key === undefined) return flags;
  if (flags.api_key === '-') return { ...flags, api_key: await readKey(terminal) };
  terminal.say('warn', '--api_key can be seen in the list of processes: the environment, .env or `--api_key -` cannot');
  return flags;
}

function complain(thrown: unknown, flags: CliFlags, terminal: Terminal): number {
  if (thrown instanceof Failure || thrown instanceof ConfigError) {
    terminal.say('error', thrown.message);
    return thrown.exitCode;
  }
  const text = thrown instanceof Error ? (flags.detailed_debug && thrown.stack) || thrown.message : String(thrown);
  terminal.say('error', `unexpected: ${redactor([])(text)}`);
  return 1;
}
