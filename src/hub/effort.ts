/** Words for how much to think, the least first. */
const scale = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/** Claude's tokens for thinking by effort (LITELLM.md 4.4): it takes no fewer than 1024, and the answer needs more. */
export const claudeThinking = {
  least: 1024,
  /** Room for the answer when nobody said how long it may be. */
  answer: 4096,
  budgets: { minimal: 1024, low: 1024, medium: 2048, high: 4096, xhigh: 8192, max: 16_384 } as Readonly<
    Record<string, number>
  >,
} as const;

/** A budget of thinking in tokens as an effort (LITELLM.md 5.8); undefined for 0, which has no word that every model takes. */
export function effortOfBudget(budget: number | undefined): string | undefined {
  if (budget === undefined || budget <= 0) return undefined;
  if (budget >= 10_000) return 'high';
  if (budget >= 5_000) return 'medium';
  return budget >= 2_000 ? 'low' : 'minimal';
}

/** The nearest word of those that a model knows, of two the higher one; who asks for thoughts gets some. */
export function nearestEffort(effort: string, known: readonly string[]): string {
  const place = scale.indexOf(effort);
  if (place < 0 || known.includes(effort)) return effort;
  const distance = (word: string): number => Math.abs(scale.indexOf(word) - place);
  return known
    .filter((word) => word !== 'none')
    .reduceRight((best, word) => (distance(word) < distance(best) ? word : best), known.at(-1) ?? effort);
}
