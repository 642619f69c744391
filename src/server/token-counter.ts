import type { IncomingMessage, ServerResponse } from 'node:http';
import { clients } from '../dialects/index.ts';
import { type JsonObject, ProxyError } from '../hub/index.ts';
import { attempt } from '../router/index.ts';
import { failure } from '../translate/index.ts';
import { isObject, type Members, members, readJson } from '../wire/index.ts';
import { answerJson } from './admin.ts';
import { readBody } from './body.ts';
import { callOf } from './call.ts';
import { count, estimate } from './count.ts';
import type { House } from './house.ts';
import { refuse } from './refusal.ts';

const chat = clients['openai-chat'];

/** Chat's form of a request, and a bare number as the answer. */
const counting: typeof chat = {
  ...chat,
  client: {
    ...chat.client,
    count: { check: chat.client.check, encodeResponse: (tokens) => ({ total_tokens: tokens }) },
  },
};

/**
 * `POST /utils/token_counter` (LITELLM.md 7): `{model, messages}` or `{model, prompt}`. An estimate, unless the provider's
 * own counter is asked for with `?call_endpoint=true`. Never rejects.
 */
export async function tokenCounter(house: House, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const life = house.calls.begin(res);
  try {
    const asked = members(await readBody(req, res, house.config.maxBody, life));
    const body = asChat(asked);
    counting.client.check(body);
    const url = req.url ?? '/';
    const call = callOf(
      { id: '', operation: 'count-tokens', headers: {}, url },
      counting,
      body,
      house.config,
      (error) => error,
    );
    const calls = call.query.get('call_endpoint')?.toLowerCase() === 'true';
    const trial = { operation: call.operation, model: call.model, config: house.config, means: house.means };
    const {
      value: answer,
      deployment,
      over,
    } = await attempt(trial, (to) => (calls ? count(house, call, to, { life }) : estimate(call)));
    over();
    const counted = answer.kind === 'whole' ? readJson(String(answer.body)) : undefined;
    if (!isObject(counted)) throw new ProxyError('internal', 'the count cannot be read');
    answerJson(res, 200, {
      ...counted,
      request_model: call.model,
      model_used: deployment.model,
      tokenizer_type: answer.estimated === true ? 'estimate' : `${deployment.provider.id}_api`,
    });
  } catch (thrown) {
    refuse(house, req, res, failure(thrown), chat.client);
  }
}

/** What the count is of, as a chat request; the rest of the body has no say. */
function asChat(asked: Members): Members {
  const { model, messages, prompt, tools } = pick(asked);
  if (model === undefined) throw missing('model');
  const said = messages ?? (prompt === undefined ? undefined : [{ role: 'user', content: joined(prompt) }]);
  if (said === undefined) throw missing('messages');
  const body: JsonObject = { model, messages: said, drop_params: true };
  if (tools !== undefined) body['tools'] = tools;
  return members(Buffer.from(JSON.stringify(body)));
}

function pick(asked: Members): JsonObject {
  const names = ['model', 'messages', 'prompt', 'tools'];
  const values = names.flatMap((name) => {
    const value = asked.has(name) ? asked.get(name) : undefined;
    return value === undefined || value === null ? [] : [[name, value] as const];
  });
  return Object.fromEntries(values);
}

function joined(prompt: JsonObject[string]): string {
  if (typeof prompt === 'string') return prompt;
  if (Array.isArray(prompt) && prompt.every((one) => typeof one === 'string')) return prompt.join('\n');
  throw new ProxyError('invalid-request', "'prompt' must be a string or an array of strings", { param: 'prompt' });
}

function missing(param: string): ProxyError {
  return new ProxyError('invalid-request', `Missing required parameter: '${param}'.`, { param });
}
