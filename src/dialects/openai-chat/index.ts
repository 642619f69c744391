/**
 * OpenAI's chat completions, and the many servers that speak them nearly: both halves. May import hub and wire only; what
 * servers do differently is read leniently here or is a quirk, never a provider's name.
 */
import type { At, Target } from '../../hub/index.ts';
import type { ClientSide, Dialect, ProviderSide } from '../dialect.ts';
import { encodeOpenAIError } from '../openai-error.ts';
import { decodeError } from '../openai-refusal.ts';
import { check } from './check.ts';
import { embeddingClient, embeddingProvider } from './embeddings.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { glance } from './glance.ts';
import { losses, paths, words } from './params.ts';
import { type OpenAIChatQuirks, quirkDocs } from './quirks.ts';
import { decodeRequest } from './request.ts';
import { decodeResponse } from './response.ts';
import { ChatStreamDecoder } from './stream-decode.ts';
import { ChatStreamEncoder } from './stream-encode.ts';
import { ChatTap } from './tap.ts';
import { typedClient } from './typed-client.ts';

export type { OpenAIChatQuirks } from './quirks.ts';

const client: ClientSide = {
  check,
  decodeRequest,
  encodeResponse,
  encodeStream: (request, given) => new ChatStreamEncoder(request, given),
  encodeError: encodeOpenAIError,
  glance,
  tap: (asked) => new ChatTap(asked),
  embeddings: embeddingClient,
};

const provider: ProviderSide<OpenAIChatQuirks> = {
  framings: ['sse'],
  lacks: ['custom-tools', 'namespaces'],
  toolNames: /^[a-zA-Z0-9_-]{1,64}$/,
  quirks: quirkDocs,
  streamUsage: { path: 'stream_options.include_usage', value: true },
  forwards: [],
  returns: [],
  target,
  encodeRequest,
  decodeResponse,
  decodeStream: (given, quirks) => new ChatStreamDecoder(given, quirks),
  decodeError,
  embeddings: embeddingProvider,
};

export const openaiChat: Dialect<OpenAIChatQuirks> & {
  client: ClientSide;
  provider: ProviderSide<OpenAIChatQuirks>;
} = { id: 'openai-chat', title: 'OpenAI chat completions', params: paths, words, losses, client, provider };

/** The same API as Mistral's SDKs ask for it. */
export const openaiChatTyped: Dialect<OpenAIChatQuirks> & { client: ClientSide } = {
  ...openaiChat,
  also: { seed: ['random_seed'] },
  client: typedClient(client),
};

function target(at: At): Target {
  return {
    method: 'POST',
    path: at.operation === 'embeddings' ? '/embeddings' : '/chat/completions',
    headers: { 'content-type': 'application/json', accept: at.stream ? 'text/event-stream' : 'application/json' },
  };
}
