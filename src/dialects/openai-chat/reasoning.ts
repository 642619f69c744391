import type { HubRequest, JsonObject } from '../../hub/index.ts';
import { kept } from './extra.ts';
import type { OpenAIChatQuirks } from './quirks.ts';

/** `reasoning_effort`, and the `thinking` that a client of this dialect wrote, where the server knows that too. */
export function encodeReasoning(request: HubRequest, quirks: Partial<OpenAIChatQuirks>): JsonObject {
  const { reasoning } = request.params;
  if (reasoning === undefined) return {};
  const own = quirks.thinkingAsEffort ? undefined : kept(request).thinking;
  const wanted = reasoning.effort ?? (own === undefined ? effortOf(reasoning.budget) : undefined);
  // Of a `thinking` without a budget the effort is only a guess.
  const told = wanted === undefined || (own !== undefined && reasoning.budget === undefined) ? undefined : wanted;
  const effort = told === undefined ? undefined : knownEffort(told, request, quirks.efforts);
  return {
    ...(own === undefined ? {} : { thinking: own }),
    ...(effort === undefined ? {} : { reasoning_effort: effort }),
  };
}

/** LITELLM.md 5.8. A budget of 0 has no word that every model takes. */
function effortOf(budget: number | undefined): string | undefined {
  if (budget === undefined || budget <= 0) return undefined;
  if (budget >= 10_000) return 'high';
  if (budget >= 5_000) return 'medium';
  return budget >= 2_000 ? 'low' : 'minimal';
}

const scale = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/**
 * The nearest word that the model knows, of two the higher one; who asks for thoughts gets some. Where its words are not
 * known, clients of this dialect are believed to know them, and `none` of other dialects is better left unsaid.
 */
function knownEffort(effort: string, { from }: HubRequest, known: readonly string[] | undefined): string | undefined {
  if (known === undefined) return effort === 'none' && from !== 'openai-chat' ? undefined : effort;
  const place = scale.indexOf(effort);
  if (place < 0 || known.includes(effort)) return effort;
  const distance = (word: string): number => Math.abs(scale.indexOf(word) - place);
  return known
    .filter((word) => word !== 'none')
    .reduceRight((best, word) => (distance(word) < distance(best) ? word : best), known.at(-1) ?? effort);
}
