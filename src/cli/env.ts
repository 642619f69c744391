import { type Environment, firstSet } from '../config/index.ts';
import { agents, allVariables, knownAgent, type Place, placeholderKey, type Setup } from './agents.ts';
import { firstModel } from './ask.ts';
import { Failure } from './failure.ts';
import type { CliFlags } from './flags.ts';
import { type Reached, running } from './reach.ts';
import { identifyServer } from './running-proxy.ts';
import { shellOf, shells } from './shells.ts';
import type { Terminal } from './terminal.ts';

const waitMs = 2000;

/**
 * `modelport env [agent]`: the variables that lead programs to the proxy of --base_url or of this machine, as commands of
 * a shell on stdout. It need not run yet. Throws ConfigError and Failure.
 */
export async function printVariables(
  words: readonly string[],
  flags: CliFlags,
  env: Environment,
  terminal: Terminal,
): Promise<number> {
  const shell = shellOf(flags.shell, env);
  const proxy = running(flags, env);
  const answers = (await identifyServer(proxy.url, waitMs)) !== undefined;
  if (!answers) terminal.say('warn', `no proxy answers on ${proxy.url} yet`);
  const key = firstSet(env, ['LITELLM_MASTER_KEY'])?.value ?? placeholderKey;
  const model = flags.model ?? (answers ? await modelOf(proxy) : undefined) ?? 'any';
  const { variables, args } = setup(words, { url: proxy.url, key, model });
  const rows = Object.entries(variables);
  if (flags.json) {
    const unset = rows.flatMap(([name, value]) => (value === undefined ? [name] : []));
    terminal.print(JSON.stringify({ url: proxy.url, variables: Object.fromEntries(rows), unset, args }));
    return 0;
  }
  for (const [name, value] of rows) terminal.print(value === undefined ? shell.unset(name) : shell.set(name, value));
  const quoted = args.map((arg) => (/^[\w./:@=-]+$/.test(arg) ? arg : `'${arg}'`)).join(' ');
  if (args.length > 0) terminal.print(shell.remark(`then: ${words[0]} ${quoted}`));
  return 0;
}

function setup([agent, ...more]: readonly string[], place: Place): Setup {
  if (more.length > 0) throw new Failure(`env takes one agent, not '${more[0]}' as well`, 2);
  if (agent === undefined) return { variables: allVariables(place), args: [] };
  const known = knownAgent(agent);
  if (known !== undefined) return known.setup(place);
  const hint = Object.hasOwn(shells, agent) ? `: for a shell write --shell ${agent}` : '';
  throw new Failure(`'${agent}' is none of the agents ${Object.keys(agents).join(', ')}${hint}`, 2);
}

/** Undefined where the proxy does not say: any name will do. */
async function modelOf(proxy: Reached): Promise<string | undefined> {
  try {
    return await firstModel(proxy, waitMs);
  } catch (thrown) {
    if (thrown instanceof Failure) return undefined;
    throw thrown;
  }
}
