import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { isatty } from 'node:tty';
import { ConfigError, type Environment, findConfig, firstSet, readEnvironment } from '../config/index.ts';
import { redactor } from '../hub/index.ts';
import { type CommandLine, fillFromEnvironment, helpText, ignoredFlags } from './command-line.ts';
import { Failure } from './failure.ts';
import type { CliFlags } from './flags.ts';
import { keyVariable, workerVariable } from './messages.ts';
import { readKey } from './stdin-key.ts';
import { openTerminal, type Terminal } from './terminal.ts';

/**
 * What an address gets to answer in, where a name has several: Node's 250 ms fail providers that are far away
 * (nodejs/node#54359).
 */
const addressMs = 2500;

/** Runs what was asked for; resolves with the exit code, all output written. */
export async function run(line: CommandLine, version: string): Promise<number> {
  setDefaultAutoSelectFamilyAttemptTimeout(addressMs);
  const shell = { ...process.env };
  const { env, note, warning } = readEnvironment({ envFile: !line.flags().no_env_file });
  const opened = openTerminal(env, line.flags().json ?? false);
  const terminal = env[workerVariable] === undefined ? opened : muted(opened);
  if (warning !== undefined) terminal.say('warn', warning);
  const code = await guarded(line, { env, shell, terminal, version }, note);
  await terminal.flush();
  return code;
}

/** One of several processes that read the same flags: the first one has said what there is to say. */
function muted(terminal: Terminal): Terminal {
  return { ...terminal, say: (level, text) => (level === 'error' ? terminal.say(level, text) : undefined) };
}

/** What every command gets. */
interface Given {
  env: Environment;
  /** The environment without what .env brought. */
  shell: Environment;
  terminal: Terminal;
  version: string;
}

async function guarded(line: CommandLine, given: Given, note: string | undefined): Promise<number> {
  const { env, terminal } = given;
  try {
    const lookup = (names: readonly string[]) => firstSet(env, names);
    const sources = fillFromEnvironment(line, lookup);
    for (const ignored of ignoredFlags(line, lookup)) terminal.say('warn', ignored);
    const flags = withDebug(line.flags(), env);
    if (flags.debug) for (const text of [...(note ? [note] : []), ...sources]) terminal.say('debug', text);
    return await dispatch(line, await withKey(line, flags, given), given);
  } catch (thrown) {
    return complain(thrown, line.flags(), terminal);
  }
}

async function dispatch(line: CommandLine, flags: CliFlags, given: Given): Promise<number> {
  const { command, words } = line;
  const { env, terminal } = given;
  if (command === 'providers') return (await import('./providers.ts')).listProviders(flags, terminal);
  if (command === 'env') return (await import('./env.ts')).printVariables(words, flags, env, terminal);
  if (command === 'test' || flags.test) return (await import('./test.ts')).test(words, flags, env, terminal);
  if (command === 'schema') return (await import('./check.ts')).printSchema(terminal);
  if (command === 'check' || flags.validate_config)
    return (await import('./check.ts')).check(words, flags, env, terminal);
  if (flags.health) return (await import('./health.ts')).health(flags, env, terminal);
  if (command === 'run') return runAgent(line, flags, given);
  const { serve } = await import('./serve.ts');
  const served = await withModel(flags, given);
  return served === undefined ? 2 : serve(served, env, terminal);
}

async function runAgent(line: CommandLine, flags: CliFlags, given: Given): Promise<number> {
  const { readAgent, runAgent: run } = await import('./run-agent.ts');
  const typed = readAgent(line);
  const served = await withModel(flags, given);
  if (served === undefined) return 2;
  // PORT is meant for servers: the proxy of one agent takes a free port.
  const { port, ...others } = served;
  const kept = port !== undefined && line.program.getOptionValueSource('port') === 'cli';
  return run(typed, kept ? { ...others, port } : others, given);
}

/** The flags, with what is found here where no model was asked for; undefined when there is nothing to serve. */
async function withModel(flags: CliFlags, { env, terminal, version }: Given): Promise<CliFlags | undefined> {
  if (flags.model !== undefined || flags.config !== undefined) return flags;
  const lying = findConfig();
  if (lying !== undefined) return { ...flags, config: lying };
  // To look at process.stdin would open it, and it may be an agent's.
  if (!isatty(0) || !isatty(2)) {
    terminal.log(`${helpText(version)}\nerror: which model? start with --model <provider>/<model>\n`);
    return undefined;
  }
  const found = await (await import('./detect.ts')).detect(env, terminal);
  if (found === undefined) return undefined;
  return { ...flags, model: found.model, ...(found.apiBase === undefined ? {} : { api_base: found.apiBase }) };
}

/** LITELLM_LOG=DEBUG is LiteLLM's other way to say --debug. */
function withDebug(flags: CliFlags, env: Environment): CliFlags {
  const asked = flags.detailed_debug || firstSet(env, ['LITELLM_LOG'])?.value.toUpperCase() === 'DEBUG';
  return asked ? { ...flags, debug: true } : flags;
}

async function withKey(line: CommandLine, flags: CliFlags, { env, terminal }: Given): Promise<CliFlags> {
  if (flags.api_key === undefined) return flags;
  const read = env[keyVariable];
  if (read !== undefined) return { ...flags, api_key: read };
  if (flags.api_key === '-' && line.command === 'run')
    throw new Failure("--api_key -: stdin is the agent's; put the key into the environment or .env", 2);
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
