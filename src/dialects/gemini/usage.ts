import type { JsonObject, Usage } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { listIn, numberIn, self, textIn } from './own.ts';

/**
 * Tokens as this API reports them: thoughts beside the answer, what tools brought into the prompt beside the prompt. Where
 * the total leaves no room for the thoughts, they are already counted in the answer.
 */
export function readUsage(raw: JsonObject): Usage {
  const prompt = (numberIn(raw, 'promptTokenCount') ?? 0) + (numberIn(raw, 'toolUsePromptTokenCount') ?? 0);
  const thoughts = numberIn(raw, 'thoughtsTokenCount');
  const answer = numberIn(raw, 'candidatesTokenCount') ?? numberIn(raw, 'responseTokenCount') ?? 0;
  const total = numberIn(raw, 'totalTokenCount');
  const within = thoughts !== undefined && thoughts > 0 && total === prompt + answer;
  const cached = numberIn(raw, 'cachedContentTokenCount');
  const audioIn = tokensOf(raw, 'promptTokensDetails', 'AUDIO');
  const audioOut = tokensOf(raw, 'candidatesTokensDetails', 'AUDIO');
  return {
    input: prompt,
    output: within ? answer : answer + (thoughts ?? 0),
    ...(cached === undefined ? {} : { cacheRead: cached }),
    ...(thoughts === undefined ? {} : { reasoning: thoughts }),
    ...(audioIn === undefined ? {} : { audioIn }),
    ...(audioOut === undefined ? {} : { audioOut }),
    raw: { by: self, value: raw },
  };
}

/** Whether a record counts anything; the first frames of Vertex AI only name the traffic's type. */
export function counts(raw: JsonObject): boolean {
  return ['promptTokenCount', 'candidatesTokenCount', 'totalTokenCount'].some(
    (name) => numberIn(raw, name) !== undefined,
  );
}

function tokensOf(raw: JsonObject, list: string, modality: string): number | undefined {
  const found = listIn(raw, list).find((one) => isObject(one) && textIn(one, 'modality') === modality);
  return isObject(found) ? numberIn(found, 'tokenCount') : undefined;
}

/** For clients; this API's own record as it came. */
export function writeUsage(usage: Usage): JsonObject {
  if (usage.raw?.by === self) return usage.raw.value;
  const { input, output, cacheRead, reasoning, audioIn } = usage;
  const thoughts = Math.min(reasoning ?? 0, output);
  return {
    promptTokenCount: input,
    candidatesTokenCount: output - thoughts,
    ...(thoughts === 0 ? {} : { thoughtsTokenCount: thoughts }),
    totalTokenCount: input + output,
    ...(cacheRead === undefined ? {} : { cachedContentTokenCount: cacheRead }),
    ...(audioIn === undefined || audioIn > input ? {} : { promptTokensDetails: details(input - audioIn, audioIn) }),
  };
}

function details(text: number, audio: number): JsonObject[] {
  return [
    { modality: 'TEXT', tokenCount: text },
    { modality: 'AUDIO', tokenCount: audio },
  ];
}
