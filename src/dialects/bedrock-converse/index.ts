/**
 * Amazon Bedrock's Converse API, spoken with providers; nobody's clients speak it. Pure: it touches its arguments only,
 * and knows no other dialect. The parts carry the names that they have in every dialect; the others belong to this one:
 * `media` (formats and names of files), `pairs` (calls and their results), `ids`, `citation`, `reasoning`.
 */
import { decodeAwsError } from '../aws-error.ts';
import type { Dialect, ProviderSide } from '../dialect.ts';
import { self } from './carried.ts';
import { count } from './count.ts';
import { embeddings } from './embeddings.ts';
import { encodeRequest } from './encode-request.ts';
import { inlines } from './media.ts';
import { losses, nests, params, words } from './params.ts';
import type { BedrockQuirks } from './quirks.ts';
import { decodeResponse } from './response.ts';
import { decodeStream } from './stream-decode.ts';
import { forwards, returns, target } from './target.ts';

const provider: ProviderSide<BedrockQuirks> = {
  framings: ['eventstream'],
  lacks: ['custom-tools', 'namespaces'],
  toolNames: /^[a-zA-Z0-9_-]{1,64}$/,
  quirks: {
    claude: { side: 'request', doc: "takes Anthropic's words in `additionalModelRequestFields`" },
    adaptiveThinking: { side: 'request', doc: 'takes adaptive thinking with an effort instead of token budgets' },
    withoutXhigh: { side: 'request', doc: 'the effort xhigh is sent as high' },
    efforts: { side: 'request', doc: 'the word for an effort in `additionalModelRequestFields`' },
    topK: { side: 'request', doc: 'where `top_k` goes in `additionalModelRequestFields`' },
    caches: { side: 'request', doc: 'cache points are left out, everywhere or behind tools' },
    cacheTtl: { side: 'request', doc: 'cache points may say how long they last' },
    toolChoices: { side: 'request', doc: 'a stronger choice of tools is sent as the strongest that is known' },
    plainSchemas: { side: 'request', doc: 'schemas of tools are cut down to type, properties and required' },
    strictTools: { side: 'request', doc: 'tools may be strict' },
    searchTool: { side: 'request', doc: 'a search of the web is a tool of the service' },
    embeddings: { side: 'both', doc: 'the form of models that make vectors' },
    instead: { side: 'request', doc: 'calls are refused with this line' },
  },
  forwards,
  returns,
  target,
  encodeRequest,
  nests,
  decodeResponse,
  decodeStream,
  decodeError: decodeAwsError,
  inlines,
  embeddings,
  count,
};

export const bedrockConverse: Dialect<BedrockQuirks> & { provider: ProviderSide<BedrockQuirks> } = {
  id: self,
  title: 'Amazon Bedrock Converse',
  params,
  words,
  losses,
  provider,
};
