import { effortOfBudget, type HubRequest, type JsonObject, nearestEffort } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { self } from './own.ts';
import type { OpenAIResponsesQuirks } from './quirks.ts';

/** `reasoning`: the effort, and where thoughts are asked for their summary, without which nobody would see any. */
export function encodeReasoning(
  request: HubRequest,
  { efforts }: Partial<OpenAIResponsesQuirks>,
  own: JsonObject,
): { reasoning?: JsonObject } {
  const { reasoning } = request.params;
  const before = isObject(own.reasoning) ? own.reasoning : {};
  if (reasoning === undefined) return Object.keys(before).length === 0 ? {} : { reasoning: before };
  const wanted = reasoning.effort ?? effortOfBudget(reasoning.budget);
  const effort = wanted === undefined ? undefined : knownEffort(wanted, request, efforts);
  const summary =
    reasoning.summary ?? (wanted === undefined || wanted === 'none' || request.from === self ? undefined : 'auto');
  const told = {
    ...before,
    ...(effort === undefined ? {} : { effort }),
    ...(summary === undefined ? {} : { summary }),
  };
  return Object.keys(told).length === 0 ? {} : { reasoning: told };
}

/** Where the model's words are not known, `none` of clients of other dialects is better left unsaid. */
function knownEffort(effort: string, { from }: HubRequest, known: readonly string[] | undefined): string | undefined {
  if (known !== undefined) return nearestEffort(effort, known);
  return effort === 'none' && from !== self ? undefined : effort;
}
