import { claudeThinking, type HubRequest, type JsonObject, type Params } from '../../hub/index.ts';
import { asNumber, asObject, asString, isObject, optional } from '../../wire/index.ts';
import { self } from './carried.ts';
import type { AnthropicQuirks } from './quirks.ts';

type Reasoning = NonNullable<Params['reasoning']>;

const { least: smallest, answer, budgets } = claudeThinking;

/** `thinking` and `output_config.effort`. A model left to decide by itself thinks about as much as others do at medium. */
export function decodeReasoning(body: JsonObject): Reasoning | undefined {
  const config = optional(asObject, body['output_config'], 'output_config');
  const effort = optional(asString, config?.['effort'], 'output_config.effort');
  const thinking = optional(asObject, body['thinking'], 'thinking');
  if (thinking === undefined) return effort === undefined ? undefined : { effort };
  switch (asString(thinking['type'], 'thinking.type')) {
    case 'enabled':
      return {
        budget: asNumber(thinking['budget_tokens'], 'thinking.budget_tokens'),
        ...(effort === undefined ? {} : { effort }),
      };
    case 'disabled':
      return { effort: 'none' };
    // Adaptive, and kinds of the future: the API adds some, and a new one must not become a 400 of ours.
    default:
      return { effort: effort ?? 'medium' };
  }
}

/** The words for thinking; `budget` when the model is given a budget of tokens, which brings rules of its own. */
export interface Thinking {
  thinking?: JsonObject;
  effort?: string;
  budget?: number;
}

/**
 * What a client of this dialect wrote goes back as it was written, as long as reasoning is still asked for. An effort is
 * vague enough to be fitted under `max_tokens`, which must be larger than the budget; a budget that the client chose is
 * sent as it is.
 */
export function encodeReasoning(request: HubRequest, quirks: Partial<AnthropicQuirks>): Thinking {
  const reasoning = request.params.reasoning;
  if (reasoning === undefined) return {};
  const own = ownThinking(request.extra?.[self] ?? {});
  const fixed = quirks.budgetThinking === true && own.thinking?.['type'] === 'adaptive';
  if (!fixed && (own.thinking !== undefined || own.effort !== undefined)) return withEffort(own, quirks);
  const effort = reasoning.effort ?? '';
  if (effort === 'none' || effort === 'disable' || reasoning.budget === 0) return {};
  if (quirks.adaptiveThinking) return { thinking: { type: 'adaptive' }, effort: effortOf(reasoning, quirks) };
  const budget = reasoning.budget ?? fitted(effort, request.params.maxTokens);
  return { ...withEffort(own.effort === undefined ? {} : { effort: own.effort }, quirks), ...withBudget(budget) };
}

function withEffort({ effort, ...thinking }: Thinking, { withoutEffort }: Partial<AnthropicQuirks>): Thinking {
  return effort === undefined || withoutEffort ? thinking : { ...thinking, effort };
}

/** `max_tokens` where thinking was asked for and nobody said: the budget and room for the answer. */
export function roomFor({ budget: given }: Thinking, asked: Reasoning | undefined): number | undefined {
  const budget = given ?? asked?.budget;
  return budget === undefined ? undefined : Math.floor(budget) + answer;
}

function ownThinking(own: JsonObject): Thinking {
  const thinking = isObject(own['thinking']) ? own['thinking'] : undefined;
  const config = isObject(own['output_config']) ? own['output_config'] : undefined;
  const budget = thinking?.['type'] === 'enabled' ? thinking['budget_tokens'] : undefined;
  return {
    ...(thinking === undefined ? {} : { thinking }),
    ...(typeof config?.['effort'] === 'string' ? { effort: config['effort'] } : {}),
    ...(typeof budget === 'number' ? { budget } : {}),
  };
}

function withBudget(budget: number | undefined): Thinking {
  if (budget === undefined) return {};
  const tokens = Math.max(smallest, Math.floor(budget));
  return { thinking: { type: 'enabled', budget_tokens: tokens }, budget: tokens };
}

/** Half of the answer's length at most; undefined where even the smallest budget leaves no room. */
function fitted(effort: string, maxTokens: number | undefined): number | undefined {
  const wanted = (Object.hasOwn(budgets, effort) ? budgets[effort] : undefined) ?? 2048;
  if (maxTokens === undefined) return wanted;
  return maxTokens <= smallest ? undefined : Math.min(wanted, Math.max(smallest, Math.floor(maxTokens / 2)));
}

/** Adaptive models know low, medium, high and more; a budget is placed between LiteLLM's marks. */
function effortOf(reasoning: Reasoning, { withoutXhigh }: Partial<AnthropicQuirks>): string {
  if (reasoning.effort === 'xhigh' && withoutXhigh) return 'high';
  if (reasoning.effort !== undefined) return reasoning.effort === 'minimal' ? 'low' : reasoning.effort;
  const budget = reasoning.budget ?? 0;
  if (budget >= 10_000) return 'high';
  return budget >= 5_000 ? 'medium' : 'low';
}
