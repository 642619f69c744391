import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { clients } from '../dialects/index.ts';
import { type Config, type Deployment, type JsonObject, ProxyError } from '../hub/index.ts';
import { knownAs } from '../router/index.ts';
import { failure } from '../translate/index.ts';
import { members } from '../wire/index.ts';
import { callOf } from './call.ts';
import { either } from './either.ts';
import { embed } from './embed.ts';
import { type House, redacted } from './house.ts';
import { refusePages } from './origin.ts';

const keptMs = 60_000;
const probeMs = 60_000;
/** Names of patterns come from clients. */
const mostKept = 1000;
/** Probes under way at the same time. */
const mostAtOnce = 10;

interface Probed {
  at: number;
  config: Config;
  result: Promise<JsonObject>;
}

/**
 * `GET /health`: tests every deployment with a tiny call, with `?model=` those of one name (or id). Results are kept for a
 * minute, so that polling does not spend.
 */
export function healthCheck(house: House): (req: IncomingMessage) => Promise<JsonObject> {
  const kept = new Map<string, Probed>();
  const tested = (to: Deployment): Promise<JsonObject> => {
    const { config } = house;
    const known = kept.get(to.id);
    if (known !== undefined && Date.now() - known.at < keptMs && known.config === config) return known.result;
    const result = probe(house, to);
    if (kept.size >= mostKept) kept.clear();
    kept.set(to.id, { at: Date.now(), config, result });
    return result;
  };
  return (req) => {
    const { config } = house;
    if (config.masterKey === undefined) refusePages(req);
    for (const [id, { config: of }] of kept) if (of !== config) kept.delete(id);
    const asked = new URL(req.url ?? '/', 'http://localhost').searchParams.get('model');
    return examine(asked === null ? config.deployments : calledSo(config, asked), tested);
  };
}

/** Throws not-found. */
function calledSo(config: Config, name: string): readonly Deployment[] {
  const group = config.aliases[name] ?? name;
  const named = config.deployments.filter((to) => to.group === group || to.id === name);
  if (named.length > 0) return named;
  const one = knownAs(config, name);
  if (one !== undefined) return [one];
  throw new ProxyError('not-found', `The model '${name}' does not exist`, { code: 'model_not_found', param: 'model' });
}

async function examine(
  deployments: readonly Deployment[],
  tested: (to: Deployment) => Promise<JsonObject>,
): Promise<JsonObject> {
  // A pattern is no model that could be asked.
  const waiting = deployments.filter(({ wild }) => wild === undefined);
  const results = new Map<Deployment, JsonObject>();
  const order = [...waiting];
  const work = async (): Promise<void> => {
    for (let to = waiting.shift(); to !== undefined; to = waiting.shift()) results.set(to, await tested(to));
  };
  await Promise.all(Array.from({ length: mostAtOnce }, work));
  const all = order.flatMap((to): JsonObject[] => {
    const result = results.get(to);
    return result === undefined ? [] : [result];
  });
  const healthy = all.filter((one) => one['error'] === undefined);
  const ill = all.filter((one) => one['error'] !== undefined);
  return {
    healthy_endpoints: healthy,
    unhealthy_endpoints: ill,
    healthy_count: healthy.length,
    unhealthy_count: ill.length,
  };
}

/** What is neither chat nor vectors costs too much to be tried. */
const probed: ReadonlySet<unknown> = new Set([undefined, 'chat', 'completion', 'responses', 'embedding']);

async function probe(house: House, to: Deployment): Promise<JsonObject> {
  const shown = { model: to.group, model_id: to.id, provider: to.provider.id, api_base: to.origin };
  if (to.makes !== undefined || !probed.has(to.info?.['mode'])) return { ...shown, skipped: true };
  const operation = to.embeds === true ? 'embeddings' : 'chat';
  const asked = { id: randomUUID(), operation, headers: {}, url: '/health' } as const;
  const body = members(Buffer.from(JSON.stringify({ model: to.group, ...questions[operation] })));
  try {
    const call = callOf(asked, clients['openai-chat'], body, house.config, (error) => error);
    await (operation === 'chat' ? either : embed)(house, call, to, { timeoutMs: probeMs });
    return shown;
  } catch (thrown) {
    return { ...shown, error: redacted(failure(thrown), house.redact).message };
  }
}

const text = 'test from modelport';
const questions = {
  chat: { messages: [{ role: 'user', content: text }], max_tokens: 16, drop_params: true },
  embeddings: { input: [text] },
} as const;
