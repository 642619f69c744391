/**
 * OpenAI's Responses API, spoken with clients and with providers. Pure: it touches its arguments only, and knows no other dialect. The
 * parts carry the names that they have in every dialect; `items` are the pieces of an answer, `stream-line` puts those of a
 * stream in order, `own` is what only this dialect understands.
 */
import type { At, Target } from '../../hub/index.ts';
import type { ClientSide, Dialect, ProviderSide } from '../dialect.ts';
import { encodeOpenAIError } from '../openai-error.ts';
import { decodeError } from '../openai-refusal.ts';
import { check } from './check.ts';
import { askSummary, writeCompaction } from './compaction.ts';
import { countClient, countProvider } from './count.ts';
import { encodeRequest } from './encode-request.ts';
import { self } from './own.ts';
import { losses, params, stays, words } from './params.ts';
import { type OpenAIResponsesQuirks, quirkDocs } from './quirks.ts';
import { decodeRequest, unsaid } from './request.ts';
import { decodeResponse } from './response.ts';
import { retell } from './retell.ts';
import { ResponsesStreamDecoder } from './stream-decode.ts';
import { encodeResponse, ResponsesStreamEncoder } from './stream-encode.ts';
import { glance, ResponsesTap } from './tap.ts';

const client: ClientSide = {
  check,
  decodeRequest,
  unsaid,
  encodeResponse,
  encodeStream: (request, given) => new ResponsesStreamEncoder(request, given),
  retell,
  compaction: { ask: askSummary, write: writeCompaction },
  encodeError: encodeOpenAIError,
  glance,
  tap: (asked, given) => new ResponsesTap(asked, given),
  count: countClient,
};

const provider: ProviderSide<OpenAIResponsesQuirks> = {
  framings: ['sse'],
  lacks: [],
  toolNames: /^[a-zA-Z0-9_-]{1,64}$/,
  limits: ['auto', 'any'],
  searches: { beside: true, filters: ['allowed'] },
  quirks: quirkDocs,
  forwards: [],
  returns: [],
  target,
  encodeRequest,
  decodeResponse,
  decodeStream: (given) => new ResponsesStreamDecoder(given),
  decodeError,
  count: countProvider,
};

export const openaiResponses: Dialect<OpenAIResponsesQuirks> & {
  client: ClientSide;
  provider: ProviderSide<OpenAIResponsesQuirks>;
} = {
  id: self,
  title: 'OpenAI Responses',
  params,
  words,
  stays,
  losses,
  client,
  provider,
};

function target(at: At): Target {
  return {
    method: 'POST',
    path: at.operation === 'count-tokens' ? '/responses/input_tokens' : '/responses',
    headers: { 'content-type': 'application/json', accept: at.stream ? 'text/event-stream' : 'application/json' },
  };
}
