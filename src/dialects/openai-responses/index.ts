/**
 * OpenAI's Responses API, spoken with providers. Pure: it touches its arguments only, and knows no other dialect. The
 * parts carry the names that they have in every dialect; `items` are the pieces of an answer, `stream-line` puts those of a
 * stream in order, `own` is what only this dialect understands.
 */
import type { At, Target } from '../../hub/index.ts';
import type { Dialect, ProviderSide } from '../dialect.ts';
import { decodeError } from '../openai-refusal.ts';
import { encodeRequest } from './encode-request.ts';
import { self } from './own.ts';
import { losses, params, words } from './params.ts';
import { type OpenAIResponsesQuirks, quirkDocs } from './quirks.ts';
import { decodeResponse } from './response.ts';
import { ResponsesStreamDecoder } from './stream-decode.ts';

const provider: ProviderSide<OpenAIResponsesQuirks> = {
  framings: ['sse'],
  lacks: [],
  toolNames: /^[a-zA-Z0-9_-]{1,64}$/,
  quirks: quirkDocs,
  forwards: [],
  returns: [],
  target,
  encodeRequest,
  decodeResponse,
  decodeStream: (given) => new ResponsesStreamDecoder(given),
  decodeError,
};

export const openaiResponses: Dialect<OpenAIResponsesQuirks> & { provider: ProviderSide<OpenAIResponsesQuirks> } = {
  id: self,
  title: 'OpenAI Responses',
  params,
  words,
  losses,
  provider,
};

function target(at: At): Target {
  return {
    method: 'POST',
    path: '/responses',
    headers: { 'content-type': 'application/json', accept: at.stream ? 'text/event-stream' : 'application/json' },
  };
}
