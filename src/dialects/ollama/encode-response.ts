import type { Block, HubRequest, HubResponse, JsonObject } from '../../hub/index.ts';
import type { Given } from '../dialect.ts';
import type { Thought } from '../sealed-thoughts.ts';
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
  return {
    model: request.model,
    created_at: timestamp(given),
    ...writeSaid(form, {
      text: join(blocks, ['text', 'refusal']),
      thinking: join(blocks, ['thinking']),
      calls: writeCalls(blocks, given),
      images: blocks.flatMap((block) => (block.type === 'media' ? writePicture(block) : [])),
    }),
    ...writeLogprobs(choice?.logprobs),
    done: true,
    done_reason: writeReason(choice?.finish ?? { reason: 'other' }),
    ...choice?.extra?.[self],
    ...writeUsage(response.usage, given),
  };
}

function writeCalls(blocks: readonly Block[], given: Given): JsonObject[] {
  const thoughts: Thought[] = [];
  const calls: JsonObject[] = [];
  for (const block of blocks) {
    if (block.type === 'thinking') thoughts.push(block);
    else if (block.type === 'tool-call') calls.push(writeCall(block, calls.length, thoughts.splice(0), given));
  }
  return calls;
}

function join(blocks: readonly Block[], types: readonly Block['type'][]): string {
  return blocks.map((block) => ('text' in block && types.includes(block.type) ? block.text : '')).join('');
}
