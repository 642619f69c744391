import { effortOfBudget, type HubRequest, type JsonObject, nearestEffort } from '../../hub/index.ts';
import { kept } from './extra.ts';
import type { OpenAIChatQuirks } from './quirks.ts';

/** `reasoning_effort`, and the `thinking` that a client of this dialect wrote, where the server knows that too. */
export function encodeReasoning(request: HubRequest, quirks: Partial<OpenAIChatQuirks>): JsonObject {
  const { reasoning } = request.params;
  if (reasoning === undefined) return {};
  if (quirks.effortAsThinking) return encodeThinking(request);
  const own = quirks.thinkingAsEffort ? undefined : kept(request).thinking;
  const wanted = reasoning.effort ?? (own === undefined ? effortOfBudget(reasoning.budget) : undefined);
  // Of a `thinking` without a budget the effort is only a guess.
  const told = wanted === undefined || (own !== undefined && reasoning.budget === undefined) ? undefined : wanted;
  const effort = told === undefined ? undefined : knownEffort(told, request, quirks.efforts);
  return {
    ...(own === undefined ? {} : { thinking: own }),
    ...(effort === undefined ? {} : { reasoning_effort: effort }),
  };
}

/** Tokens for thinking by effort (LITELLM.md 4.4), none under the least that Claude takes. */
const budgets: Readonly<Record<string, number>> = {
  none: 0,
  disable: 0,
  medium: 2048,
  high: 4096,
  xhigh: 8192,
  max: 16384,
};
const least = 1024;
/** Room for the answer when nobody said how long it may be. */
const answer = 4096;

/** `thinking` in tokens, which must be fewer than the answer has; an effort is vague enough to be fitted. */
function encodeThinking(request: HubRequest): JsonObject {
  const { reasoning, maxTokens } = request.params;
  const own = kept(request).thinking;
  if (own !== undefined) return { thinking: own };
  const wanted = budgets[reasoning?.effort ?? ''] ?? least;
  const fitted = maxTokens === undefined ? wanted : Math.min(wanted, Math.max(least, maxTokens - answer));
  const budget = reasoning?.budget ?? fitted;
  if (budget <= 0 || (maxTokens !== undefined && maxTokens <= least)) return {};
  return {
    thinking: { type: 'enabled', budget_tokens: budget },
    ...(maxTokens === undefined ? { max_tokens: budget + answer } : {}),
  };
}

/**
 * The nearest word that the model knows. Where its words are not known, clients of this dialect are believed to know them,
 * and `none` of other dialects is better left unsaid.
 */
function knownEffort(effort: string, { from }: HubRequest, known: readonly string[] | undefined): string | undefined {
  if (known === undefined) return effort === 'none' && from !== 'openai-chat' ? undefined : effort;
  return nearestEffort(effort, known);
}
