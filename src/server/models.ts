import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Deployment, type JsonObject, ProxyError } from '../hub/index.ts';
import { knownAs } from '../router/index.ts';
import { answerJson } from './admin.ts';
import { formOf } from './form.ts';
import { googleModel, googleModels } from './google-models.ts';
import type { House } from './house.ts';
import { factsOf, type ModelFacts } from './model-facts.ts';
import { everyName } from './names.ts';
import { speaksGoogle } from './refusal.ts';

/** A name that clients may use, and what it stands for. */
export interface Listed {
  name: string;
  to: Deployment;
  facts: ModelFacts;
}

const startedAt = Date.now();

/** `GET /v1/models`: Google's and Anthropic's lists for callers that show by path or headers whose they are, else OpenAI's. */
export async function listModels(house: House, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(req.url ?? '/', 'http://localhost');
  const all = await listed(house, searchParams);
  if (speaksGoogle(pathname, req.headers)) answerJson(res, 200, googleModels(all, searchParams));
  else if (req.headers['anthropic-version'] !== undefined) answerJson(res, 200, anthropicPage(all, searchParams));
  else answerJson(res, 200, { object: 'list', data: all.map((one) => ({ ...openAIModel(one), ...typeFor(req) })) });
}

/** `GET /v1/models/{id}`: a listed name, the part of it after the provider, or an alias. Rejects with not-found. */
export async function showModel(house: House, id: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const to = knownAs(house.config, id);
  if (to === undefined) {
    throw new ProxyError('not-found', `The model '${id}' does not exist`, { code: 'model_not_found', param: 'model' });
  }
  const one = { name: id, to, facts: await factsOf(house.ledger, to) };
  if (speaksGoogle((req.url ?? '/').split('?', 1)[0] ?? '/', req.headers)) answerJson(res, 200, googleModel(one));
  else if (req.headers['anthropic-version'] !== undefined) answerJson(res, 200, anthropicModel(one));
  else answerJson(res, 200, { ...openAIModel(one), ...typeFor(req) });
}

async function listed(house: House, query: URLSearchParams): Promise<Listed[]> {
  const names = await everyName(house, query);
  return Promise.all(names.map(async ([name, to]) => ({ name, to, facts: await factsOf(house.ledger, to) })));
}

/** Beside OpenAI's four members those that clients of other servers look for (CONVENTIONS.md B). */
function openAIModel({ name, to, facts }: Listed): JsonObject {
  const { window, longest } = facts;
  return {
    id: name,
    object: 'model',
    created: Math.floor(startedAt / 1000),
    owned_by: to.provider.id,
    ...(window === undefined
      ? {}
      : {
          context_length: window,
          context_window: window,
          max_model_len: window,
          max_context_length: window,
          max_input_tokens: window,
        }),
    ...(longest === undefined ? {} : { max_output_tokens: longest }),
    capabilities: {
      completion_chat: !facts.embeds,
      embeddings: facts.embeds,
      function_calling: facts.tools,
      structured_outputs: facts.schemas,
      reasoning: facts.thinks,
      vision: facts.sees,
    },
  };
}

/** Mistral's SDKs tell kinds of models apart by it, and do not show what has none. */
function typeFor({ headers }: IncomingMessage): JsonObject {
  return formOf('openai-chat', headers) === 'typed' ? { type: 'base' } : {};
}

function anthropicModel({ name, facts }: Listed): JsonObject {
  return {
    type: 'model',
    id: name,
    display_name: name,
    created_at: new Date(startedAt).toISOString(),
    max_input_tokens: facts.window ?? null,
    max_tokens: facts.longest ?? null,
  };
}

/** https://docs.anthropic.com/en/api/models-list: up to `limit` models behind `after_id` or before `before_id`. */
function anthropicPage(all: readonly Listed[], query: URLSearchParams): JsonObject {
  const limit = Math.min(Math.max(1, Math.floor(Number(query.get('limit') ?? 20)) || 20), 1000);
  const place = (word: string): number => all.findIndex(({ name }) => name === query.get(word));
  const before = place('before_id');
  const from = before < 0 ? place('after_id') + 1 : Math.max(0, before - limit);
  const until = before < 0 ? from + limit : before;
  const page = all.slice(from, until);
  return {
    data: page.map(anthropicModel),
    has_more: before < 0 ? until < all.length : from > 0,
    first_id: page[0]?.name ?? null,
    last_id: page.at(-1)?.name ?? null,
  };
}
