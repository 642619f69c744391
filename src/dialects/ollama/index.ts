/**
 * Ollama's own API, spoken with clients and with servers. Clients ask in two forms, /api/chat and /api/generate, and for
 * vectors in two more; servers are asked by /api/chat, /api/embed and, by a quirk, /api/generate. Pure: it touches its
 * arguments only, and knows no other dialect. The parts carry the names that they have in every dialect; `prompt` reads
 * /api/generate, `lines` holds what both forms write alike, `idle` answers who asks nothing, `think-tags` tells thoughts
 * from text where the server does not.
 */
import type { ClientSide, Dialect, ProviderSide } from '../dialect.ts';
import { embedClient, oldEmbedClient } from './embedding-client.ts';
import { embeddings } from './embeddings.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { decodeError, encodeError } from './error.ts';
import { idleChat, idlePrompt } from './idle.ts';
import { also, losses, params, self, words } from './params.ts';
import { checkPrompt, decodePrompt } from './prompt.ts';
import type { OllamaQuirks } from './quirks.ts';
import { check, decodeRequest } from './request.ts';
import { decodeResponse } from './response.ts';
import { decodeStream } from './stream-decode.ts';
import { encodeStream } from './stream-encode.ts';
import { glance, tap } from './tap.ts';
import { target } from './target.ts';

const client: ClientSide = {
  check,
  idle: idleChat,
  decodeRequest,
  encodeResponse: (response, request, given) => encodeResponse('chat', response, request, given),
  encodeStream: (request, given) => encodeStream('chat', request, given),
  encodeError,
  glance,
  tap,
  embeddings: embedClient,
};

const promptClient: ClientSide = {
  ...client,
  apart: true,
  check: checkPrompt,
  idle: idlePrompt,
  decodeRequest: decodePrompt,
  encodeResponse: (response, request, given) => encodeResponse('generate', response, request, given),
  encodeStream: (request, given) => encodeStream('generate', request, given),
  embeddings: oldEmbedClient,
};

const provider: ProviderSide<OllamaQuirks> = {
  framings: ['ndjson'],
  lacks: ['custom-tools', 'namespaces'],
  toolNames: /^.+$/s,
  quirks: {
    generate: { side: 'both', doc: 'is asked by /api/generate: one prompt instead of messages' },
    // Clients of this dialect say what they want in its own words.
    thinks: { side: 'request', probe: [], doc: 'takes its thoughts of earlier turns back, and budgets of thinking' },
    levels: { side: 'request', probe: [], doc: '`think` is low, medium or high' },
    namesTools: { side: 'request', probe: [], doc: 'results of tools name their tool (`tool_name`)' },
  },
  forwards: [],
  returns: ['retry-after'],
  target,
  encodeRequest,
  decodeResponse,
  decodeStream,
  decodeError,
  // These servers fetch nothing.
  inlines: ({ media }) => media === 'image' || media === 'file',
  embeddings,
};

export const ollama: Dialect<OllamaQuirks> & { client: ClientSide; provider: ProviderSide<OllamaQuirks> } = {
  id: self,
  title: 'Ollama',
  params,
  also,
  words,
  losses,
  client,
  provider,
};

/** The same API asked in its other forms: /api/generate, and the old one for vectors. */
export const ollamaPrompt: Dialect<OllamaQuirks> & { client: ClientSide } = { ...ollama, client: promptClient };
