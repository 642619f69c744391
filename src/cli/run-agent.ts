import { type Environment, loadConfig } from '../config/index.ts';
import { type Config, isSecret } from '../hub/index.ts';
import { createProxy, type Sink } from '../server/index.ts';
import { agents, placeholderKey, setupOf } from './agents.ts';
import { runToEnd } from './child.ts';
import type { CommandLine } from './command-line.ts';
import { Failure } from './failure.ts';
import type { CliFlags } from './flags.ts';
import { explainListenError } from './listen-error.ts';
import { createLog } from './log.ts';
import { holdBack, type Terminal } from './terminal.ts';

/** How long the proxy's last writes may take once the agent has ended. */
const graceMs = 1500;

/** An agent's command and its arguments. */
type Typed = readonly [command: string, ...args: string[]];

/** Of the words only the agent may stand before `--`. Throws Failure. */
export function readAgent({ words, behind }: Pick<CommandLine, 'words' | 'behind'>): Typed {
  const [command, ...args] = words;
  if (command === undefined || command === '')
    throw new Failure(`which agent? modelport run <${Object.keys(agents).join('|')}|any command> --model <model>`, 2);
  const stray = args.slice(0, Math.max(0, args.length - behind.length));
  if (stray.length === 0) return [command, ...args];
  const shown = `modelport run ${command} [flags] -- ${stray.join(' ')}`;
  throw new Failure(`what is meant for ${command} stands behind --: ${shown}`, 2);
}

/**
 * `modelport run`: a proxy of its own on a free port of 127.0.0.1, and the agent that knows of it by its environment and
 * arguments alone. Resolves with the agent's exit code. `shell` is the environment without what .env brought. Throws
 * ConfigError and Failure.
 */
export async function runAgent(
  [command, ...args]: Typed,
  flags: CliFlags,
  { env, shell, terminal }: { env: Environment; shell: Environment; terminal: Terminal },
): Promise<number> {
  const { config, warnings } = await loadConfig({ ...flags, host: '127.0.0.1' }, env);
  for (const warning of warnings) terminal.say('warn', warning);
  if (flags.skip_server_startup) return 0;
  const { json = false, quiet = false, detailed_debug: bodies = false, debug = bodies } = flags;
  // The agent owns the terminal: what is to be told waits for its end.
  const held = holdBack(terminal);
  const log = createLog(debug ? terminal : held, { json, quiet: quiet || !debug, debug, bodies });
  const { proxy, url } = await openProxy(config, flags.port ?? 0, log);
  if (debug) terminal.say('debug', `${command} calls ${url}`);
  try {
    const place = { url, key: config.masterKey ?? placeholderKey, model: config.deployments[0]?.group ?? 'any' };
    const setup = setupOf(command, place);
    const own = { ...withoutKeys(shell, config), ...setup.variables, ...unproxied(shell) };
    return await runToEnd({ command, args: [...setup.args, ...args], env: own });
  } finally {
    await Promise.race([proxy.close(), new Promise((resolve) => setTimeout(resolve, graceMs))]);
    log.flush();
    held.release();
    const summary = log.summary();
    if (summary !== undefined && !quiet) terminal.say('info', summary);
  }
}

async function openProxy(
  config: Config,
  port: number,
  sink: Sink,
): Promise<{ proxy: ReturnType<typeof createProxy>; url: string }> {
  const { tls: _, ...plain } = config;
  const own: Config = { ...plain, port, rootPath: '', drainMs: 0 };
  const proxy = createProxy(own, sink);
  try {
    const opened = await proxy.listen();
    await opened.loaded;
    return { proxy, url: `http://127.0.0.1:${opened.port}` };
  } catch (thrown) {
    throw await explainListenError(thrown, own);
  }
}

/** The shell's variables but those that hold the key which the proxy uses, under whatever name. */
function withoutKeys(shell: Environment, { deployments }: Config): Record<string, string | undefined> {
  const keys = deployments.flatMap(({ key }) => (key !== undefined && isSecret(key) ? [key] : []));
  return Object.fromEntries(Object.entries(shell).filter(([, value]) => !keys.includes(value?.trim() ?? '')));
}

/** An outgoing proxy of the shell must not be asked for this machine: its localhost is another one. */
function unproxied(shell: Environment): Record<string, string> {
  if (!Object.keys(shell).some((name) => /^(?:https?|all)_proxy$/i.test(name))) return {};
  const none = [shell['no_proxy'] ?? shell['NO_PROXY'] ?? '', '127.0.0.1,localhost']
    .filter((part) => part !== '')
    .join();
  return { no_proxy: none, NO_PROXY: none };
}
