/**
 * Replicate's predictions, spoken with providers. Pure: it touches its arguments only, and knows no other dialect. A
 * prediction that is not made yet is asked for again (`follow`), so streamed calls are answered when it is whole.
 */
import type { Dialect, ProviderSide } from '../dialect.ts';
import { encodeRequest } from './encode-request.ts';
import { decodeError } from './error.ts';
import { losses, params, self, words } from './params.ts';
import type { ReplicateQuirks } from './quirks.ts';
import { decodeResponse } from './response.ts';
import { decodeStream } from './stream-decode.ts';
import { follow, target } from './target.ts';

const provider: ProviderSide<ReplicateQuirks> = {
  framings: ['sse'],
  lacks: ['tools', 'custom-tools', 'namespaces'],
  toolNames: /^.+$/s,
  quirks: { newTokens: { side: 'request', doc: "the length of the answer is the model's `max_new_tokens`" } },
  forwards: [],
  returns: ['retry-after'],
  target,
  encodeRequest,
  decodeResponse,
  decodeStream,
  decodeError,
  follow,
};

export const replicate: Dialect<ReplicateQuirks> & { provider: ProviderSide<ReplicateQuirks> } = {
  id: self,
  title: 'Replicate predictions',
  params,
  words,
  losses,
  provider,
};
