import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { clients } from '../dialects/index.ts';
import type { Config, Deployment, JsonObject } from '../hub/index.ts';
import { failure } from '../translate/index.ts';
import { members } from '../wire/index.ts';
import { answerJson } from './admin.ts';
import { readBody } from './body.ts';
import type { House } from './house.ts';
import { factsOf, type ModelFacts, windowOf } from './model-facts.ts';
import { namesOf } from './names.ts';
import { servedAs } from './ollama-library.ts';
import { refuse } from './refusal.ts';

/** What Ollama's clients ask beside their chats: which models there are, and what they can do. */

/** Clients ask how old the server is, and use tools, thinking and levels of it only with those that know them. */
const alike = '0.20.0';
const startedAt = new Date().toISOString();
/** Models of a proxy are never unloaded. */
const never = '2318-01-01T00:00:00Z';

/** `GET /api/version`. */
export function ollamaVersion(): JsonObject {
  return { version: alike };
}

/** `GET /api/tags`: every name that clients may use. */
export function listTags(config: Config): JsonObject {
  return { models: namesOf(config).map(([name, to]) => tag(name, to)) };
}

/** `GET /api/ps`: all of them are loaded. */
export async function listLoaded({ config, ledger }: House): Promise<JsonObject> {
  const models = namesOf(config).map(async ([name, to]) => ({
    ...tag(name, to),
    expires_at: never,
    size_vram: 0,
    context_length: (await windowOf(ledger, to)) ?? 0,
  }));
  return { models: await Promise.all(models) };
}

/** `POST /api/show`. Never rejects. */
export async function showTag(house: House, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const life = house.calls.begin(res);
  try {
    const body = members(await readBody(req, res, house.config.maxBody, life));
    const { name, to } = servedAs(house, body);
    answerJson(res, 200, describe(name, to, await factsOf(house.ledger, to)));
  } catch (thrown) {
    refuse(house, req, res, failure(thrown), clients.ollama.client);
  }
}

function tag(name: string, to: Deployment): JsonObject {
  const digest = createHash('sha256').update(to.id).digest('hex');
  return { name, model: name, modified_at: startedAt, size: 0, digest, details: detailsOf(to) };
}

function describe(name: string, to: Deployment, facts: ModelFacts): JsonObject {
  const family = to.provider.id;
  const length = facts.window === undefined ? {} : { [`${family}.context_length`]: facts.window };
  return {
    license: '',
    modelfile: `FROM ${name}\n`,
    parameters: '',
    template: '',
    system: '',
    details: detailsOf(to),
    model_info: { 'general.architecture': family, 'general.basename': to.model, ...length },
    capabilities: capabilitiesOf(facts),
    modified_at: startedAt,
  };
}

/** What is not known of a model that is far away is said by ''. */
function detailsOf({ provider, model }: Deployment): JsonObject {
  return {
    parent_model: '',
    format: '',
    family: provider.id,
    families: [provider.id],
    parameter_size: /(?:^|[^\d.])(\d+(?:\.\d+)?)b(?![a-z])/i.exec(model)?.[1]?.concat('B') ?? '',
    quantization_level: '',
  };
}

function capabilitiesOf({ embeds, tools, sees, thinks }: ModelFacts): string[] {
  if (embeds) return ['embedding'];
  return ['completion', ...(tools ? ['tools'] : []), ...(sees ? ['vision'] : []), ...(thinks ? ['thinking'] : [])];
}
