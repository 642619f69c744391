import { ConfigError, type Environment, resolveConfig } from '../config/index.ts';
import type { Config } from '../hub/index.ts';
import { createProxy } from '../server/index.ts';
import { banner, readyUrl } from './banner.ts';
import type { CliFlags } from './flags.ts';
import { explainListenError } from './listen-error.ts';
import { createLog } from './log.ts';
import { untilStopped } from './stop.ts';
import type { Terminal } from './terminal.ts';

/** Serves until a signal asks to stop; resolves with the exit code. Throws ConfigError and Failure. */
export async function serve(flags: CliFlags, env: Environment, terminal: Terminal): Promise<number> {
  const { config, notes, warnings } = resolveConfig(flags, env);
  if (config.deployments.length === 0) throw new ConfigError(whichModel);
  for (const warning of warnings) terminal.say('warn', warning);
  if (flags.skip_server_startup) return 0;
  const { json = false, quiet = false, detailed_debug: bodies = false, debug = bodies } = flags;
  const log = createLog(terminal, { json, quiet, debug: debug || bodies, bodies });
  const proxy = createProxy(config, log);
  const stopped = untilStopped(
    () => proxy.close(),
    { drainMs: config.drainMs, underNpm: env['npm_execpath'] !== undefined },
    (signal) => {
      if (!quiet)
        terminal.say('info', `${signal}: stopping, running answers may finish for ${config.drainMs / 1000} s`);
    },
  );
  const { url, loaded } = await listen(proxy, config);
  announce(url, config, { json, quiet }, notes, terminal);
  const code = await Promise.race([stopped, loaded.then(() => stopped)]);
  log.flush();
  const summary = log.summary();
  if (summary !== undefined && !quiet) terminal.say('info', summary);
  return code;
}

const whichModel = `which model? start with --model <provider>/<model>, such as:
  modelport --model openai/gpt-4o-mini
  modelport --model anthropic/claude-haiku-4-5
  modelport --model ollama/llama3.2`;

async function listen(
  proxy: ReturnType<typeof createProxy>,
  config: Config,
): Promise<{ url: string; loaded: Promise<void> }> {
  try {
    const { port, loaded } = await proxy.listen();
    return { url: readyUrl(config, port), loaded };
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
