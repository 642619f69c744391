import type { Block, Choice, HubResponse, JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import type { Given } from '../dialect.ts';
import { placed, readCitations } from './citation.ts';
import { decodeInnerError, received, unusable } from './error.ts';
import { readBlocked, readFinish } from './finish.ts';
import { readLogprobs } from './logprobs.ts';
import { keep, listIn, numberIn, objectIn, textIn } from './own.ts';
import { readPart } from './read-part.ts';
import { counts, readUsage } from './usage.ts';

const known = [
  'candidates',
  'usageMetadata',
  'usage_metadata',
  'modelVersion',
  'model_version',
  'responseId',
  'response_id',
  'createTime',
  'create_time',
];
const knownOfCandidate = ['content', 'finishReason', 'finish_reason', 'index', 'logprobsResult', 'logprobs_result'];

/** A whole reply. Throws bad-upstream-reply for what is none, and the provider's error where it is one. */
export function decodeResponse(body: JsonObject, given: Given): HubResponse {
  const usage = objectIn(body, 'usageMetadata');
  return {
    ...readHead(body, given),
    choices: received(() => readChoices(body, given)),
    ...(usage !== undefined && counts(usage) ? { usage: readUsage(usage) } : {}),
    ...keep(body, known),
  };
}

export function readHead(body: JsonObject, given: Given): { id: string; model: string; created: number } {
  const time = Date.parse(textIn(body, 'createTime') ?? '');
  return {
    id: textIn(body, 'responseId') ?? given.id('gen-'),
    model: (textIn(body, 'modelVersion') ?? '').replace(/^models\//, ''),
    created: Math.floor((Number.isFinite(time) ? time : given.now()) / 1000),
  };
}

function readChoices(body: JsonObject, given: Given): Choice[] {
  if (isObject(body['error'])) throw decodeInnerError(body['error']);
  const candidates = listIn(body, 'candidates').filter(isObject);
  if (candidates.length > 0) return candidates.map((candidate, place) => readCandidate(candidate, place, given));
  const blocked = blockReason(body);
  if (blocked !== undefined) return [{ index: 0, blocks: [], finish: readBlocked(blocked) }];
  throw unusable('it has no candidates');
}

export function blockReason(body: JsonObject): string | number | undefined {
  const feedback = objectIn(body, 'promptFeedback');
  return feedback === undefined ? undefined : (textIn(feedback, 'blockReason') ?? numberIn(feedback, 'blockReason'));
}

function readCandidate(candidate: JsonObject, place: number, given: Given): Choice {
  const blocks = partsOf(candidate).flatMap((part): Block[] => {
    const block = readPart(part, given);
    return block === undefined ? [] : [block];
  });
  cite(blocks, candidate);
  const called = blocks.some(({ type }) => type === 'tool-call');
  return {
    index: numberIn(candidate, 'index') ?? place,
    blocks,
    finish: readFinish(candidate['finishReason'] ?? candidate['finish_reason'], called) ?? { reason: 'other' },
    ...readLogprobs(candidate),
    ...extraOf(candidate),
  };
}

/** What a candidate says beside its content. */
export function extraOf(candidate: JsonObject): ReturnType<typeof keep> {
  return keep(candidate, knownOfCandidate);
}

export function partsOf(candidate: JsonObject): JsonObject[] {
  const content = objectIn(candidate, 'content');
  return content === undefined ? [] : listIn(content, 'parts').filter(isObject);
}

/** Each citation on the text where its words stand; places count from the beginning of a text or of all texts. */
function cite(blocks: Block[], candidate: JsonObject): void {
  const found = readCitations(candidate);
  if (found.length === 0) return;
  const texts = blocks.filter((block) => block.type === 'text');
  if (texts.length === 0) {
    const holder: Block & { type: 'text' } = { type: 'text', text: '' };
    blocks.push(holder);
    texts.push(holder);
  }
  for (const one of found) {
    const there = texts.map((block) => ({ block, citation: placed(one, block.text) }));
    const best = there.find(({ citation }) => citation.start !== undefined) ?? there.at(-1);
    if (best !== undefined) best.block.citations = [...(best.block.citations ?? []), best.citation];
  }
}
