import type { Block, Choice, HubRequest, HubResponse, JsonObject } from '../../hub/index.ts';
import type { Given } from '../dialect.ts';
import { sealThoughts, type Thought } from '../sealed-thoughts.ts';
import { type Cited, writeCitations } from './citation.ts';
import { encodeMedia } from './encode-media.ts';
import { argsObject } from './encode-parts.ts';
import { writeFinish } from './finish.ts';
import { writeLogprobs } from './logprobs.ts';
import { kept, self } from './own.ts';
import { travels, writeProof } from './proof.ts';
import { blockReason } from './response.ts';
import { writeUsage } from './usage.ts';

/** The version is the client's own word for the model, as its name is in other forms. */
export function encodeResponse(response: HubResponse, request: HubRequest, given: Given): JsonObject {
  const own = kept(response);
  const candidates = response.choices.map((choice) => encodeCandidate(choice));
  return {
    ...own,
    // A prompt that was refused has no candidates.
    ...(blockReason(own) === undefined ? { candidates } : {}),
    ...(response.usage === undefined ? {} : { usageMetadata: writeUsage(response.usage) }),
    modelVersion: request.model,
    responseId: replyId(response.id, given),
  };
}

/** Ids of this form have none of their own, so that the provider's stays what it is. */
export function replyId(id: string, given: Given): string {
  return id === '' ? given.id('gen-') : id;
}

function encodeCandidate(choice: Choice): JsonObject {
  const parts: JsonObject[] = [];
  const cited: Cited[] = [];
  const thoughts: Thought[] = [];
  for (const block of choice.blocks) {
    const part = writePart(block, thoughts);
    if (part === undefined) continue;
    if (block.type === 'text') cited.push({ part: parts.length, text: block.text, citations: block.citations ?? [] });
    parts.push(part);
  }
  return {
    content: { parts: parts.length === 0 ? [nothing] : parts, role: 'model' },
    ...ending(
      choice,
      cited,
      choice.blocks.some(({ type }) => type === 'refusal'),
    ),
    index: choice.index,
  };
}

/** What Google sends where there is nothing to say; its SDK takes a content without parts for a broken one. */
export const nothing: JsonObject = { text: '' };

/** What stands beside the content of a candidate that is over. */
export function ending(
  { finish, extra, logprobs }: Pick<Choice, 'finish' | 'extra' | 'logprobs'>,
  cited: readonly Cited[],
  refused: boolean,
): JsonObject {
  const own = extra?.[self] ?? {};
  const grounded = own['groundingMetadata'] !== undefined || own['citationMetadata'] !== undefined;
  return {
    finishReason: writeFinish(finish, refused),
    ...(grounded ? {} : writeCitations(cited)),
    ...writeLogprobs(logprobs),
    ...own,
  };
}

/** A whole block as a part. `thoughts`: those of other makers since the last call, which carries them. */
export function writePart(block: Block, thoughts: Thought[]): JsonObject | undefined {
  switch (block.type) {
    case 'text':
    case 'refusal': {
      const part = { text: block.text, ...writeProof(block), ...kept(block) };
      return Object.keys(part).length === 1 && block.text === '' ? undefined : part;
    }
    case 'thinking':
      if (travels(block)) thoughts.push(block);
      return writeThought(block);
    case 'tool-call':
      return writeCall(block, thoughts.splice(0));
    case 'media':
      return { ...encodeMedia(block, {}), ...writeProof(block) };
    case 'opaque':
      return block.dialect === self && isPart(block.value) ? block.value : undefined;
    case 'tool-result':
      return undefined;
  }
}

function isPart(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Google's proof without a thought lies on an empty text; another maker's so is that of a redacted thought. */
function writeThought(block: Thought): JsonObject | undefined {
  const proof = writeProof(block);
  if (block.text === '' && proof.thoughtSignature === undefined) return undefined;
  const plain = block.redacted === true || (block.text === '' && block.signature?.by === self);
  return { text: block.text, ...(plain ? {} : { thought: true }), ...proof, ...kept(block) };
}

function writeCall(block: Block & { type: 'tool-call' }, thoughts: readonly Thought[]): JsonObject {
  const sealed = block.signature === undefined ? sealThoughts(thoughts) : undefined;
  const proof = sealed === undefined ? writeProof(block) : { thoughtSignature: sealed };
  return {
    functionCall: { id: block.id, name: block.name, args: argsObject(block.args) },
    ...proof,
    ...kept(block),
  };
}
