/**
 * Ollama's own API, spoken with servers: /api/chat, /api/embed and, by a quirk, /api/generate. Pure: it touches its
 * arguments only, and knows no other dialect. The parts carry the names that they have in every dialect; `think-tags`
 * tells thoughts from text where the server does not.
 */
import type { Dialect, ProviderSide } from '../dialect.ts';
import { embeddings } from './embeddings.ts';
import { encodeRequest } from './encode-request.ts';
import { decodeError } from './error.ts';
import { losses, params, self, words } from './params.ts';
import type { OllamaQuirks } from './quirks.ts';
import { decodeResponse } from './response.ts';
import { decodeStream } from './stream-decode.ts';
import { target } from './target.ts';

const provider: ProviderSide<OllamaQuirks> = {
  framings: ['ndjson'],
  lacks: [],
  toolNames: /^.+$/s,
  quirks: {
    generate: { side: 'request', doc: 'is asked by /api/generate: one prompt instead of messages' },
    thinks: { side: 'request', doc: 'takes its thoughts of earlier turns back, and budgets of thinking' },
    levels: { side: 'request', doc: '`think` is low, medium or high' },
    namesTools: { side: 'request', doc: 'results of tools name their tool (`tool_name`)' },
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

export const ollama: Dialect<OllamaQuirks> & { provider: ProviderSide<OllamaQuirks> } = {
  id: self,
  title: 'Ollama',
  params,
  words,
  losses,
  provider,
};
