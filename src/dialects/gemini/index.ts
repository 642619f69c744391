/**
 * Google's generateContent, spoken with clients, and with providers: AI Studio and Vertex AI. Pure: it touches its
 * arguments only, and knows no other dialect. The parts carry the names that they have in every dialect; the others belong
 * to this one: `own` (fields and their two spellings), `generation-config`, `open-api-schema` and back `json-schema`,
 * `read-part`, `stream-choice`, `partial-args`, `stream-form` (events or one array), `proof` (other makers' signatures).
 */
import type { ClientSide, Dialect, ProviderSide } from '../dialect.ts';
import { count, countClient } from './count.ts';
import { batchClient, singleClient } from './embedding-client.ts';
import { embeddings } from './embeddings.ts';
import { encodeError } from './encode-error.ts';
import { inlines } from './encode-media.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { decodeError } from './error.ts';
import { glance } from './glance.ts';
import { joinReplies } from './join.ts';
import { self } from './own.ts';
import { also, losses, params, stays, words } from './params.ts';
import type { GeminiQuirks } from './quirks.ts';
import { check, decodeRequest, unsaid } from './request.ts';
import { decodeResponse } from './response.ts';
import { decodeStream } from './stream-decode.ts';
import { encodeStream } from './stream-encode.ts';
import { asksEvents } from './stream-form.ts';
import { tap } from './tap.ts';
import { forwards, returns, target } from './target.ts';

const client: ClientSide = {
  check,
  decodeRequest,
  unsaid,
  encodeResponse,
  encodeStream: (request, given, at) => encodeStream(request, given, at?.query),
  takesFrames: ({ query }) => asksEvents(query),
  encodeError,
  glance,
  tap,
  embeddings: batchClient,
  count: countClient,
};

const provider: ProviderSide<GeminiQuirks> = {
  framings: ['sse'],
  lacks: ['custom-tools', 'namespaces'],
  toolNames: /^[a-zA-Z_][a-zA-Z0-9_.-]{0,63}$/,
  // Beside AUTO names are refused, and VALIDATED, which takes them, is not known by every model.
  limits: ['any'],
  // Models before Gemini 3 refuse it beside functions.
  searches: { beside: false, filters: [] },
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

export const gemini: Dialect<GeminiQuirks> & { client: ClientSide; provider: ProviderSide<GeminiQuirks> } = {
  id: self,
  title: 'Google Gemini',
  params,
  also,
  stays,
  words,
  losses,
  client,
  provider,
};

/** The same API asked for one vector: `:embedContent`. */
export const geminiSingle: Dialect<GeminiQuirks> & { client: ClientSide } = {
  ...gemini,
  client: { ...client, embeddings: singleClient },
};
