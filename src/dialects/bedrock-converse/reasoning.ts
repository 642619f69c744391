import {
  claudeThinking,
  effortOfBudget,
  type HubRequest,
  type JsonObject,
  nearestEffort,
  type Params,
} from '../../hub/index.ts';
import type { BedrockQuirks } from './quirks.ts';

type Reasoning = NonNullable<Params['reasoning']>;

const { least: smallest, answer, budgets } = claudeThinking;

/** The words for thinking in `additionalModelRequestFields`. */
export interface Thinking {
  fields: JsonObject;
  /** Claude thinks: it takes no other temperature, and no forced tool. */
  claude?: true;
  /** The tokens it may think; the answer needs more. */
  budget?: number;
  /** The model decides by itself how long to go on: it takes no sampling and no length. */
  unbound?: true;
}

export function encodeReasoning(request: HubRequest, quirks: Partial<BedrockQuirks>): Thinking {
  const { reasoning, maxTokens } = request.params;
  if (reasoning === undefined) return { fields: {} };
  const off = reasoning.effort === 'none' || reasoning.effort === 'disable' || reasoning.budget === 0;
  if (quirks.claude === true) return off ? { fields: {} } : claude(reasoning, maxTokens, quirks);
  const { efforts } = quirks;
  if (efforts === undefined) return { fields: {} };
  switch (efforts) {
    case 'reasoning_effort':
      return { fields: { reasoning_effort: off ? 'low' : atMostHigh(reasoning) } };
    case 'reasoningConfig': {
      if (off) return { fields: { reasoningConfig: { type: 'disabled' } } };
      const effort = atMostHigh(reasoning);
      const fields = { reasoningConfig: { type: 'enabled', maxReasoningEffort: effort } };
      return effort === 'high' ? { fields, unbound: true } : { fields };
    }
  }
}

function claude(reasoning: Reasoning, maxTokens: number | undefined, quirks: Partial<BedrockQuirks>): Thinking {
  if (quirks.adaptiveThinking === true) {
    const effort = adaptiveEffort(reasoning, quirks);
    return { fields: { thinking: { type: 'adaptive' }, output_config: { effort } }, claude: true };
  }
  const budget = reasoning.budget ?? fitted(reasoning.effort ?? '', maxTokens);
  if (budget === undefined) return { fields: {} };
  const tokens = Math.max(smallest, Math.floor(budget));
  return { fields: { thinking: { type: 'enabled', budget_tokens: tokens } }, claude: true, budget: tokens };
}

/** The length of an answer where thinking was asked for and nobody said. */
export function roomFor({ budget }: Thinking): number | undefined {
  return budget === undefined ? undefined : budget + answer;
}

/** Half of the answer's length at most; undefined where even the smallest budget leaves no room. */
function fitted(effort: string, maxTokens: number | undefined): number | undefined {
  const wanted = (Object.hasOwn(budgets, effort) ? budgets[effort] : undefined) ?? 2048;
  if (maxTokens === undefined) return wanted;
  return maxTokens <= smallest ? undefined : Math.min(wanted, Math.max(smallest, Math.floor(maxTokens / 2)));
}

function adaptiveEffort(reasoning: Reasoning, { withoutXhigh }: Partial<BedrockQuirks>): string {
  const effort = effortOf(reasoning);
  if (effort === 'minimal') return 'low';
  return effort === 'xhigh' && withoutXhigh === true ? 'high' : effort;
}

/** Models with three words. */
function atMostHigh(reasoning: Reasoning): string {
  return nearestEffort(effortOf(reasoning), ['low', 'medium', 'high']);
}

function effortOf({ effort, budget }: Reasoning): string {
  return effort ?? effortOfBudget(budget) ?? 'low';
}
