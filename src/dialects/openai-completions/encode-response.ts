import type { Block, Choice, Finish, HubRequest, HubResponse, JsonObject, Usage } from '../../hub/index.ts';
import type { Given } from '../dialect.ts';
import { echoOf } from './asked-prompt.ts';
import { self } from './encode-request.ts';
import { LegacyLogprobs } from './logprobs.ts';

/** The reply's id passes where its maker speaks this dialect; the model is the client's own word for it. */
export function encodeResponse(response: HubResponse, request: HubRequest, given: Given): JsonObject {
  const echo = echoOf(request);
  return {
    ...writeHead(response, request, given),
    choices: response.choices.map((choice) => encodeChoice(choice, echo(choice.index))),
    ...(response.usage === undefined ? {} : { usage: writeUsage(response.usage) }),
  };
}

/** What a whole answer and every chunk of a stream begin with. */
export function writeHead(
  { id, created, extra }: Pick<HubResponse, 'id' | 'created' | 'extra'>,
  request: HubRequest,
  given: Given,
): JsonObject {
  const own = extra?.[self];
  return {
    ...own,
    id: own !== undefined && id !== '' ? id : given.id('cmpl-'),
    object: 'text_completion',
    created: created > 0 ? created : Math.floor(given.now() / 1000),
    model: request.model,
  };
}

function encodeChoice({ blocks, index, logprobs, finish }: Choice, echo: string): JsonObject {
  return {
    text: echo + blocks.map(textOf).join(''),
    index,
    logprobs: new LegacyLogprobs(echo.length).write(logprobs) ?? null,
    finish_reason: writeFinish(finish),
  };
}

function textOf(block: Block): string {
  return block.type === 'text' || block.type === 'refusal' ? block.text : '';
}

export function writeFinish({ reason }: Finish): string {
  switch (reason) {
    case 'length':
      return 'length';
    case 'content-filter':
    case 'refusal':
      return 'content_filter';
    case 'stop':
    case 'tool-calls':
    case 'pause':
    case 'other':
      return 'stop';
  }
}

export function writeUsage({ input, output, cacheRead, reasoning, raw }: Usage): JsonObject {
  return {
    ...(raw?.by === self ? raw.value : {}),
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    ...(cacheRead === undefined ? {} : { prompt_tokens_details: { cached_tokens: cacheRead } }),
    ...(reasoning === undefined ? {} : { completion_tokens_details: { reasoning_tokens: reasoning } }),
  };
}
