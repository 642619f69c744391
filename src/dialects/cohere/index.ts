/**
 * Cohere's v2 chat and embed, spoken with providers. Pure: it touches its arguments only, and knows no other dialect. The
 * parts carry the names that they have in every dialect; `line` puts what overlaps in a stream into legal order.
 */
import type { Dialect, ProviderSide } from '../dialect.ts';
import { embeddings } from './embeddings.ts';
import { encodeRequest } from './encode-request.ts';
import { decodeError } from './error.ts';
import { losses, params, self, words } from './params.ts';
import type { CohereQuirks } from './quirks.ts';
import { decodeResponse } from './response.ts';
import { decodeStream } from './stream-decode.ts';
import { returns, target } from './target.ts';

const provider: ProviderSide<CohereQuirks> = {
  framings: ['sse'],
  lacks: ['custom-tools', 'namespaces'],
  toolNames: /^[A-Za-z_][A-Za-z0-9_]{0,63}$/,
  quirks: { thinks: { side: 'request', doc: 'takes its thoughts of earlier turns back' } },
  forwards: [],
  returns,
  target,
  encodeRequest,
  decodeResponse,
  decodeStream,
  decodeError,
  embeddings,
};

export const cohere: Dialect<CohereQuirks> & { provider: ProviderSide<CohereQuirks> } = {
  id: self,
  title: 'Cohere v2',
  params,
  words,
  losses,
  provider,
};
