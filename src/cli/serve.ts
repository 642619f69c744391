import { ConfigError, type Environment, type Loaded, loadConfig } from '../config/index.ts';
import type { Config } from '../hub/index.ts';
import { createProxy } from '../server/index.ts';
import { banner, readyUrl } from './banner.ts';
import type { CliFlags } from './flags.ts';
import { explainListenError } from './listen-error.ts';
import { createLog } from './log.ts';
import { unreadable, workerVariable } from './messages.ts';
import { ignoredLine, keepReloading } from './reloading.ts';
import { untilStopped } from './stop.ts';
import type { Terminal } from './terminal.ts';

/** Serves until a signal asks to stop; resolves with the exit code. Throws ConfigError and Failure. */
export async function serve(flags: CliFlags, env: Environment, terminal: Terminal): Promise<number> {
  const shell = { ...env };
  const isWorker = env[workerVariable] !== undefined;
  const loaded = await prepare(flags, shell, terminal).catch((thrown: unknown) => {
    if (isWorker && thrown instanceof ConfigError) return undefined;
    throw thrown;
  });
  if (loaded === undefined) return unreadable;
  const { config, notes } = loaded;
  if (flags.skip_server_startup) return 0;
  const { json = false, quiet = false, detailed_debug: bodies = false, debug = bodies } = flags;
  const telling = { debug: debug || bodies, bodies };
  if (isWorker) {
    return (await import('./worker.ts')).work(config, telling, async () => (await loadConfig(flags, shell)).config);
  }
  const log = createLog(terminal, { json, quiet, ...telling });
  const { num_workers: workers = 1 } = flags;
  const proxy =
    workers > 1
      ? (await import('./team.ts')).createTeam(workers, config, log, flags.api_key)
      : createProxy(config, log);
  const reloading =
    flags.config === undefined
      ? undefined
      : keepReloading(loaded, flags, shell, terminal, (next) => proxy.reload(next));
  const stopped = untilStopped(
    () => {
      reloading?.close();
      return proxy.close();
    },
    { drainMs: config.drainMs, underNpm: env['npm_execpath'] !== undefined, reload: reloading?.again },
    (signal) => {
      if (!quiet)
        terminal.say('info', `${signal}: stopping, running answers may finish for ${config.drainMs / 1000} s`);
    },
  );
  const { url, ready } = await listen(proxy, config);
  announce(url, config, { json, quiet }, notes, terminal);
  const code = await Promise.race([stopped, ready.then(() => stopped)]);
  log.flush();
  const summary = log.summary();
  if (summary !== undefined && !quiet) terminal.say('info', summary);
  return code;
}

/** Reads what is to be served, and says what there is to say about it. */
async function prepare(flags: CliFlags, env: Environment, terminal: Terminal): Promise<Loaded> {
  const loaded = await loadConfig(flags, env);
  const { config, warnings, ignored, variables } = loaded;
  if (config.deployments.length === 0 && flags.config === undefined) throw new ConfigError(whichModel);
  // Libraries that look for credentials themselves read them there.
  Object.assign(process.env, variables);
  if (env[workerVariable] !== undefined) return loaded;
  for (const warning of warnings) terminal.say('warn', warning);
  if (ignored.length > 0) terminal.say('warn', ignoredLine(ignored));
  return loaded;
}

const whichModel = `which model? start with --model <provider>/<model>, such as:
  modelport --model openai/gpt-4o-mini
  modelport --model anthropic/claude-haiku-4-5
  modelport --model ollama/llama3.2`;

async function listen(
  proxy: ReturnType<typeof createProxy>,
  config: Config,
): Promise<{ url: string; ready: Promise<void> }> {
  try {
    const { port, loaded: ready } = await proxy.listen();
    return { url: readyUrl(config, port), ready };
  } catch (thrown) {
    throw await explainListenError(thrown, config);
  }
}

function announce(
  url: string,
  config: Config,
  { json, quiet }: { json: boolean; quiet: boolean },
  notes: readonly string[],
  terminal: Terminal,
): void {
  if (json) terminal.print(JSON.stringify({ event: 'listening', url }));
  terminal.say('info', `${json ? '' : 'INFO: '}Proxy running on ${url}`);
  if (json || quiet) return;
  for (const line of banner(url, config, terminal)) terminal.log(`${line}\n`);
  for (const note of notes) terminal.say('info', `  ${terminal.style.dim('note'.padEnd(8))} ${note}`);
}
