import { type Config, type Deployment, type JsonObject, type MediaKind, mask, ProxyError } from '../hub/index.ts';
import { shownBase } from './headers.ts';
import type { House } from './house.ts';
import { factsOf, type ModelFacts } from './model-facts.ts';
import { namesOf } from './names.ts';

/** `GET /model/info` (LITELLM.md 7): every deployment, its secrets masked. Rejects with not-found. */
export async function modelInfo({ config, ledger }: House, query: URLSearchParams): Promise<JsonObject> {
  const id = query.get('litellm_model_id');
  const named = namedOf(config).filter(([, to]) => id === null || id === to.id);
  if (id !== null && named.length === 0) {
    throw new ProxyError('not-found', `there is no model with the id '${id}'`, { param: 'litellm_model_id' });
  }
  const data = named.map(async ([name, to]) => {
    const facts = await factsOf(ledger, to);
    return {
      model_name: name,
      litellm_params: paramsOf(to),
      model_info: {
        db_model: false,
        key: to.model,
        litellm_provider: to.provider.id,
        ...infoOf(facts),
        ...to.info,
        id: to.id,
      },
    };
  });
  return { data: await Promise.all(data) };
}

/** `GET /model_group/info` (LITELLM.md 7): what clients may call, deployments of one name taken together. */
export async function groupInfo({ config, ledger }: House, query: URLSearchParams): Promise<JsonObject> {
  const only = query.get('model_group');
  const groups = namesOf(config).filter(([name]) => only === null || only === name);
  const data = groups.map(async ([name, to]) => {
    const members = config.deployments.filter(({ group }) => group === to.group);
    const mode = to.info?.['mode'];
    return {
      model_group: name,
      providers: [...new Set(members.map(({ provider }) => provider.id))],
      ...infoOf(await factsOf(ledger, to)),
      ...(typeof mode === 'string' ? { mode } : {}),
      tpm: sumOf(members, 'tpm'),
      rpm: sumOf(members, 'rpm'),
    };
  });
  return { data: await Promise.all(data) };
}

/** null where one of them has no limit. */
function sumOf(members: readonly Deployment[], limit: 'rpm' | 'tpm'): number | null {
  const limits = members.map(({ share }) => share?.[limit]);
  return limits.reduce<number | null>((sum, one) => (sum === null || one === undefined ? null : sum + one), 0);
}

/** Every deployment under its own name and under its aliases. */
function namedOf(config: Config): [string, Deployment][] {
  const own = config.deployments.map((to): [string, Deployment] => [to.group, to]);
  const shown = Object.entries(config.aliases).filter(([alias]) => config.hidden?.includes(alias) !== true);
  const more = shown.flatMap(([alias, group]) =>
    config.deployments.filter((to) => to.group === group).map((to): [string, Deployment] => [alias, to]),
  );
  return [...own, ...more];
}

/** How it was set up: the key masked, the base URL without user and query, of headers nothing. */
function paramsOf(to: Deployment): JsonObject {
  const { dropParams, timeoutMs, key, share = {} } = to;
  const { rpm, tpm, weight, order, tags } = share;
  const limits = Object.entries({ rpm, tpm, weight, order, tags: tags && [...tags] });
  return {
    model: `${to.provider.id}/${to.model}`,
    custom_llm_provider: to.provider.id,
    api_base: shownBase(to),
    ...(key === undefined ? {} : { api_key: mask(key) }),
    ...(dropParams ? { drop_params: true } : {}),
    timeout: timeoutMs / 1000,
    ...Object.fromEntries(limits.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
  };
}

/** In LiteLLM's words. */
const modes: Readonly<Record<MediaKind, string>> = {
  images: 'image_generation',
  speech: 'audio_speech',
  transcription: 'audio_transcription',
  moderations: 'moderation',
  rerank: 'rerank',
};

function modeOf({ makes, embeds }: ModelFacts): string {
  if (makes !== undefined) return modes[makes];
  return embeds ? 'embedding' : 'chat';
}

function infoOf(facts: ModelFacts): JsonObject {
  const { window, longest, input, output, cacheRead, cacheWrite } = facts;
  return {
    mode: modeOf(facts),
    max_tokens: longest ?? null,
    max_input_tokens: window ?? null,
    max_output_tokens: longest ?? null,
    input_cost_per_token: input ?? null,
    output_cost_per_token: output ?? null,
    cache_read_input_token_cost: cacheRead ?? null,
    cache_creation_input_token_cost: cacheWrite ?? null,
    supports_function_calling: facts.tools,
    supports_parallel_function_calling: facts.tools && facts.takes.includes('parallel_tool_calls'),
    supports_vision: facts.sees,
    supports_reasoning: facts.thinks,
    supports_response_schema: facts.schemas,
    supported_openai_params: [...facts.takes],
  };
}
