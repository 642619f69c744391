/**
 * Anthropic's Messages API, spoken with clients and with providers. Pure: it touches its arguments only, and knows no
 * other dialect. The parts carry the names that they have in every dialect; the others belong to this one:
 * `carried` (cache marks and own fields), `proof` (other makers' signatures), `reasoning`, `usage`, `finish`, `ids`.
 */
import type { ClientSide, Dialect, ProviderSide } from '../dialect.ts';
import { self } from './carried.ts';
import { countClient, countProvider } from './count.ts';
import { encodeRequest, requires } from './encode-request.ts';
import { decodeError, encodeError } from './error.ts';
import { also, losses, params, words } from './params.ts';
import type { AnthropicQuirks } from './quirks.ts';
import { check, decodeRequest, unsaid } from './request.ts';
import { decodeResponse, encodeResponse, glance } from './response.ts';
import { decodeStream } from './stream-decode.ts';
import { encodeStream } from './stream-encode.ts';
import { tap } from './tap.ts';
import { forwards, returns, target } from './target.ts';

const client: ClientSide = {
  check,
  decodeRequest,
  unsaid,
  encodeResponse,
  encodeStream,
  encodeError,
  glance,
  tap,
  count: countClient,
};

const provider: ProviderSide<AnthropicQuirks> = {
  framings: ['sse'],
  lacks: ['custom-tools', 'namespaces'],
  toolNames: /^[a-zA-Z0-9_-]{1,128}$/,
  searches: { beside: true, filters: ['allowed', 'blocked'] },
  quirks: {
    adaptiveThinking: {
      side: 'request',
      // Bodies of clients of this dialect pass as they wrote them: they know their model.
      probe: [],
      doc: 'takes `thinking: {type: "adaptive"}` and `output_config.effort` instead of token budgets',
    },
    budgetThinking: { side: 'request', probe: ['"adaptive"'], doc: 'adaptive thinking is sent as a budget of tokens' },
    withoutEffort: { side: 'request', probe: ['"effort"'], doc: '`output_config.effort` is left out' },
    systemFirst: {
      side: 'request',
      probe: ['"role":"system"', '"role": "system"'],
      doc: 'system messages between turns are sent as reminders in the turn of the user',
    },
    inlineMedia: {
      side: 'request',
      probe: ['"url"'],
      doc: 'what lies behind links is fetched and sent inside the request',
    },
    withoutXhigh: { side: 'request', probe: [], doc: 'the effort xhigh is sent as high' },
  },
  forwards,
  returns,
  target,
  encodeRequest,
  requires,
  decodeResponse,
  decodeStream,
  decodeError,
  count: countProvider,
  // The API fetches https links only.
  inlines: (_media, url, quirks) => quirks.inlineMedia === true || /^http:/i.test(url),
};

export const anthropicMessages: Dialect<AnthropicQuirks> & {
  client: ClientSide;
  provider: ProviderSide<AnthropicQuirks>;
} = { id: self, title: 'Anthropic Messages', params, also, words, losses, client, provider };
