/**
 * OpenAI's first API: a prompt and the text that follows it, spoken with providers. Pure: it touches its arguments only,
 * and knows no other dialect. `prompt` makes one text of a conversation.
 */
import type { At, Target } from '../../hub/index.ts';
import type { Dialect, ProviderSide } from '../dialect.ts';
import { decodeError } from '../openai-refusal.ts';
import { encodeRequest, self } from './encode-request.ts';
import { losses, params, words } from './params.ts';
import { decodeResponse } from './response.ts';
import { CompletionStreamDecoder } from './stream-decode.ts';

const provider: ProviderSide = {
  framings: ['sse'],
  lacks: ['tools'],
  toolNames: /^/,
  quirks: {},
  streamUsage: { path: 'stream_options.include_usage', value: true },
  forwards: [],
  returns: [],
  target,
  encodeRequest,
  decodeResponse,
  decodeStream: (given) => new CompletionStreamDecoder(given),
  decodeError,
};

export const openaiCompletions: Dialect & { provider: ProviderSide } = {
  id: self,
  title: 'OpenAI completions',
  params,
  words,
  losses,
  provider,
};

function target(at: At): Target {
  return {
    method: 'POST',
    path: '/completions',
    headers: { 'content-type': 'application/json', accept: at.stream ? 'text/event-stream' : 'application/json' },
  };
}
