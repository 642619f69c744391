import type { Block, HubRequest, HubResponse, JsonObject } from '../../hub/index.ts';
import type { Given } from '../dialect.ts';
import {
  type Form,
  timestamp,
  writeCall,
  writeLogprobs,
  writePicture,
  writeReason,
  writeSaid,
  writeUsage,
} from './lines.ts';
import { self } from './params.ts';

/** A whole answer, under the model name that the client wrote. Choices but the first have no place. */
export function encodeResponse(form: Form, response: HubResponse, request: HubRequest, given: Given): JsonObject {
  const choice = response.choices.find(({ index }) => index === 0) ?? response.choices[0];
  const blocks = choice?.blocks ?? [];
  const calls = blocks.filter((block) => block.type === 'tool-call');
  return {
    model: request.model,
    created_at: timestamp(given),
    ...writeSaid(form, {
      text: join(blocks, ['text', 'refusal']),
      thinking: join(blocks, ['thinking']),
      calls: calls.map((call, index) => writeCall(call, index, given)),
      images: blocks.flatMap((block) => (block.type === 'media' ? writePicture(block) : [])),
    }),
    ...writeLogprobs(choice?.logprobs),
    done: true,
    done_reason: writeReason(choice?.finish ?? { reason: 'other' }),
    ...choice?.extra?.[self],
    ...writeUsage(response.usage, given),
  };
}

function join(blocks: readonly Block[], types: readonly Block['type'][]): string {
  return blocks.map((block) => ('text' in block && types.includes(block.type) ? block.text : '')).join('');
}
