/**
 * OpenAI's first API: a prompt and the text that follows it, spoken with clients and with providers. Pure: it touches its
 * arguments only, and knows no other dialect. `prompt` makes one text of a conversation; `asked-prompt` reads the prompts
 * of a client.
 */
import type { At, Target } from '../../hub/index.ts';
import type { ClientSide, Dialect, ProviderSide } from '../dialect.ts';
import { encodeOpenAIError } from '../openai-error.ts';
import { decodeError } from '../openai-refusal.ts';
import { splitPrompts } from './asked-prompt.ts';
import { encodeRequest, self } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { also, losses, params, stays, words } from './params.ts';
import { check, decodeRequest } from './request.ts';
import { decodeResponse } from './response.ts';
import { CompletionStreamDecoder } from './stream-decode.ts';
import { CompletionStreamEncoder } from './stream-encode.ts';
import { CompletionTap, glance } from './tap.ts';

const client: ClientSide = {
  check,
  decodeRequest,
  splitRequest: splitPrompts,
  encodeResponse,
  encodeStream: (request, given) => new CompletionStreamEncoder(request, given),
  encodeError: encodeOpenAIError,
  glance,
  tap: (asked) => new CompletionTap(asked),
};

const provider: ProviderSide = {
  framings: ['sse'],
  lacks: ['tools', 'custom-tools', 'namespaces'],
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

export const openaiCompletions: Dialect & { client: ClientSide; provider: ProviderSide } = {
  id: self,
  title: 'OpenAI completions',
  params,
  also,
  words,
  stays,
  losses,
  client,
  provider,
};

function target(at: At): Target {
  return {
    method: 'POST',
    path: '/completions',
    headers: { 'content-type': 'application/json', accept: at.stream ? 'text/event-stream' : 'application/json' },
  };
}
