/**
 * Google's generateContent, at AI Studio and on Vertex AI, spoken with providers. Pure: it touches its arguments only, and
 * knows no other dialect. The parts carry the names that they have in every dialect; the others belong to this one: `own`
 * (fields and their two spellings), `generation-config`, `open-api-schema`, `read-part`, `stream-choice`, `partial-args`.
 */
import type { Dialect, ProviderSide } from '../dialect.ts';
import { count } from './count.ts';
import { embeddings } from './embeddings.ts';
import { inlines } from './encode-media.ts';
import { encodeRequest } from './encode-request.ts';
import { decodeError } from './error.ts';
import { joinReplies } from './join.ts';
import { self } from './own.ts';
import { losses, params, words } from './params.ts';
import type { GeminiQuirks } from './quirks.ts';
import { decodeResponse } from './response.ts';
import { decodeStream } from './stream-decode.ts';
import { forwards, returns, target } from './target.ts';

const provider: ProviderSide<GeminiQuirks> = {
  framings: ['sse'],
  lacks: [],
  toolNames: /^[a-zA-Z_][a-zA-Z0-9_.-]{0,63}$/,
  quirks: {
    // Bodies of clients of this dialect pass as they wrote them: they know their model.
    budget: { side: 'request', probe: [], doc: 'least tokens of thinking, and whether none is taken' },
    levels: { side: 'request', probe: [], doc: 'thinking is asked for by words instead of tokens' },
    callProofs: {
      side: 'request',
      probe: [],
      doc: 'a first call without a signature gets the dummy that Google names',
    },
    mediaInResults: { side: 'request', probe: [], doc: 'pictures and files stand inside function responses' },
    partResolution: { side: 'request', probe: [], doc: 'pictures say their resolution' },
    openApiSchemas: { side: 'request', probe: [], doc: 'schemas in the OpenAPI form only' },
    withoutCallIds: { side: 'request', probe: [], doc: 'calls and responses have no id' },
    plainCount: { side: 'request', probe: ['"generateContentRequest"'], doc: 'counts what lies at the top of a body' },
    predict: { side: 'request', probe: [], doc: 'embeddings by `:predict`' },
  },
  forwards,
  returns,
  target,
  encodeRequest,
  decodeResponse,
  joinReplies,
  decodeStream,
  decodeError,
  inlines,
  embeddings,
  count,
};

export const gemini: Dialect<GeminiQuirks> & { provider: ProviderSide<GeminiQuirks> } = {
  id: self,
  title: 'Google Gemini',
  params,
  words,
  losses,
  provider,
};
