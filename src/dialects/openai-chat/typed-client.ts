import type {
  At,
  EmbeddingRequest,
  EmbeddingResponse,
  HubRequest,
  HubResponse,
  Json,
  JsonObject,
} from '../../hub/index.ts';
import { asNumber, isObject, optional } from '../../wire/index.ts';
import type { ClientSide, EmbeddingClient, Given } from '../dialect.ts';
import { asInvalidRequest } from './check.ts';
import { embeddingClient } from './embeddings.ts';
import { encodeResponse } from './encode-response.ts';
import { decodeRequest } from './request.ts';
import { ChatStreamEncoder } from './stream-encode.ts';

/**
 * Mistral's SDKs ask on OpenAI's paths, with words of their own, and check each answer against Mistral's types
 * (https://docs.mistral.ai/api): a call comes whole, its name in every piece; thoughts are parts of the content; vectors
 * have an id.
 */
export function typedClient(client: ClientSide): ClientSide {
  const { glance: _vectorsNeedAnId, ...vectors } = embeddingClient;
  const embeddings: EmbeddingClient = {
    ...vectors,
    encodeResponse: (reply: EmbeddingResponse, request: EmbeddingRequest, given: Given) => ({
      id: given.id('embd-'),
      ...embeddingClient.encodeResponse(reply, request, given),
    }),
  };
  return {
    ...client,
    apart: true,
    decodeRequest: decodeTyped,
    encodeResponse: encodeTyped,
    encodeStream: (request, given) =>
      new ChatStreamEncoder(request, given, { wholeCalls: true, thoughtParts: wantsThoughts(request) }),
    embeddings,
  };
}

/** Whoever asked for no thoughts reads the content as a text. */
function wantsThoughts({ params, unknown }: HubRequest): boolean {
  const { effort } = params.reasoning ?? {};
  return (effort !== undefined && effort !== 'none') || unknown['prompt_mode'] === 'reasoning';
}

/** Values that ask for nothing, which other providers would refuse to hear of. */
const silent: Readonly<Record<string, readonly Json[]>> = {
  safe_prompt: [false, null],
  prompt_mode: [null],
  guardrails: [null],
};

function decodeTyped(body: JsonObject, at: At): HubRequest {
  const { random_seed, messages, ...rest } = body;
  const seed = asInvalidRequest(() => optional(asNumber, random_seed, 'random_seed'));
  const said = Object.entries(rest).filter(([word, value]) => !silent[word]?.some((one) => one === value));
  return decodeRequest(
    {
      ...Object.fromEntries(said),
      ...(messages === undefined ? {} : { messages: Array.isArray(messages) ? messages.map(plainMessage) : messages }),
      ...(seed === undefined || typeof rest['seed'] === 'number' ? {} : { seed }),
    },
    at,
  );
}

/** Without what these clients always write, and what only their own provider's schema lists. */
function plainMessage(message: Json): Json {
  if (!isObject(message)) return message;
  const { prefix, name, ...rest } = message;
  return {
    ...rest,
    ...(prefix === undefined || prefix === false || prefix === null ? {} : { prefix }),
    ...(name === undefined || message['role'] === 'tool' ? {} : { name }),
  };
}

function encodeTyped(response: HubResponse, request: HubRequest, given: Given): JsonObject {
  const { usage, ...reply } = encodeResponse(response, request, given);
  // The types have no answer without its usage.
  const counted = usage ?? { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
  if (!wantsThoughts(request) || !Array.isArray(reply['choices'])) return { ...reply, usage: counted };
  return { ...reply, choices: reply['choices'].map(withThoughts), usage: counted };
}

function withThoughts(choice: Json): Json {
  if (!isObject(choice) || !isObject(choice['message'])) return choice;
  const { reasoning_content: text, thinking_blocks: blocks, content, ...rest } = choice['message'];
  // A proof on a text stands among the blocks without the thoughts.
  const proven = Array.isArray(blocks) ? blocks : [];
  const told = typeof text !== 'string' || proven.some((block) => isObject(block) && block['thinking'] === text);
  const thoughts = told ? proven : [{ thinking: text }, ...proven];
  const parts = thoughts.flatMap((block) => (isObject(block) ? thoughtPart(block) : []));
  if (parts.length === 0) return choice;
  const texts = typeof content === 'string' ? [{ type: 'text', text: content }] : [];
  return { ...choice, message: { ...rest, content: [...parts, ...texts] } };
}

/** Thoughts that nobody may read have no part here. */
function thoughtPart({ thinking, signature }: JsonObject): JsonObject[] {
  if (typeof thinking !== 'string') return [];
  const text = thinking === '' ? [] : [{ type: 'text', text: thinking }];
  return [{ type: 'thinking', thinking: text, ...(signature === undefined ? {} : { signature }), closed: true }];
}
