import { type Environment, modelsWithKeys } from '../config/index.ts';
import { localServers } from '../providers/index.ts';
import { asArray, asObject, asString, type JsonValue } from '../wire/index.ts';
import { oneLine, type Terminal } from './terminal.ts';

interface Found {
  model: string;
  apiBase?: string;
  /** Where it was found, for the list. */
  where: string;
}

/** How long a local server may take to say what it has. */
const waitMs = 300;

/**
 * A start without a model: what the local servers and the keys of this environment offer, told on stderr; the first one
 * is served. Undefined when there is nothing.
 */
export async function detect(env: Environment, terminal: Terminal): Promise<Found | undefined> {
  const local = await Promise.all(localServers.map(firstModelOf));
  const keys = modelsWithKeys(env).map(({ title, model }) => ({ model, where: `key for ${title}` }));
  const found: Found[] = [...local.filter((one) => one !== undefined), ...keys];
  const [first] = found;
  if (first === undefined) {
    terminal.log(`${nothingFound}\n`);
    return undefined;
  }
  for (const one of found) terminal.say('info', `${one === first ? '>' : ' '} --model ${one.model}  (${one.where})`);
  terminal.say('info', `serving ${first.model}; choose another one with --model`);
  return first;
}

const nothingFound = `No provider key in the environment, and no local server answers. Try one of these:
  OPENAI_API_KEY=... modelport --model openai/gpt-4o-mini
  ANTHROPIC_API_KEY=... modelport --model anthropic/claude-haiku-4-5
  ollama serve, then modelport --model ollama/llama3.2`;

type LocalServer = (typeof localServers)[number];

async function firstModelOf({ provider, base, title }: LocalServer): Promise<Found | undefined> {
  try {
    const reply = await fetch(`${base}/models`, { signal: AbortSignal.timeout(waitMs), redirect: 'manual' });
    if (!reply.ok) return undefined;
    const body: JsonValue = JSON.parse(await reply.text());
    const list = asArray(asObject(body, '')['data'], 'data');
    const id = oneLine(asString(asObject(list[0], 'data[0]')['id'], 'data[0].id'));
    return { model: `${provider}/${id}`, apiBase: base, where: `${title} on ${new URL(base).host}` };
  } catch {
    return undefined;
  }
}
