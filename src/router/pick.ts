import type { Deployment, Routing, Share, Shared } from '../hub/index.ts';
import { counters } from './callable.ts';
import type { Means } from './trial.ts';

/** What is known of the call that somebody is chosen for. */
interface Wanted {
  stream: boolean;
}

/** One of several that can be called: of those with the lowest `order` the one that the strategy prefers. */
export function pick(
  all: readonly [Deployment, ...Deployment[]],
  { strategy }: Pick<Routing, 'strategy'>,
  means: Means,
  wanted: Wanted,
): Deployment {
  const first = best(all, ({ share }) => share?.order ?? Number.POSITIVE_INFINITY);
  if (first.length === 1) return first[0];
  switch (strategy) {
    case 'shuffle':
      return shuffle(first, means.random());
    case 'least-busy':
      return anyOf(
        best(first, ({ id }) => means.shared.busy(id, 0)),
        means.random(),
      );
    case 'latency':
      // Who was never asked comes first, or it never would be.
      return anyOf(
        best(first, ({ id }) => means.shared.pace(paceOf(id, wanted.stream)) ?? 0),
        means.random(),
      );
    case 'usage':
      return anyOf(
        best(first, (to) => usageOf(to, means.shared)),
        means.random(),
      );
    case 'cost':
      return anyOf(
        best(first, (to) => priceOf(to, means)),
        means.random(),
      );
  }
}

/** Under which name times are kept: to the first token of streams, by the token of whole answers. */
export function paceOf(id: string, stream: boolean): string {
  return `${stream ? 'first' : 'token'}:${id}`;
}

type Some = readonly [Deployment, ...Deployment[]];

/** All with the lowest mark. */
function best(all: Some, mark: (to: Deployment) => number): Some {
  let lowest = mark(all[0]);
  let found: [Deployment, ...Deployment[]] = [all[0]];
  for (const to of all.slice(1)) {
    const own = mark(to);
    if (own === lowest) found.push(to);
    else if (own < lowest) {
      lowest = own;
      found = [to];
    }
  }
  return found;
}

function anyOf(all: Some, random: number): Deployment {
  return all[Math.floor(random * all.length)] ?? all[0];
}

/** By weight, else by rpm or tpm where all have one, else evenly. Who has no weight among some that have weighs 1. */
function shuffle(all: Some, random: number): Deployment {
  const [weights] = [weightsBy(all, 'weight'), weightsBy(all, 'rpm'), weightsBy(all, 'tpm')].filter(
    (some) => some !== undefined,
  );
  const total = weights?.reduce((sum, one) => sum + one, 0) ?? 0;
  if (weights === undefined || total <= 0) return anyOf(all, random);
  let left = random * total;
  for (const [index, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return all[index] ?? all[0];
  }
  return all[0];
}

function weightsBy(all: Some, word: 'weight' | 'rpm' | 'tpm'): number[] | undefined {
  const values = all.map(({ share }: { share?: Share }) => share?.[word]);
  const given = values.filter((value) => value !== undefined);
  if (given.length === 0 || (word !== 'weight' && given.length < all.length)) return undefined;
  return values.map((value) => Math.max(0, value ?? 1));
}

/** Tokens of this minute, and requests where none are known yet. */
function usageOf({ id }: Deployment, shared: Shared): number {
  return shared.read(counters.tokens(id)) + shared.read(counters.requests(id)) / 1e6;
}

/** What has no known price is the dearest. */
function priceOf(to: Deployment, means: Means): number {
  const { input, output } = to.price ?? {};
  if (input !== undefined || output !== undefined) return (input ?? 0) + (output ?? 0);
  return means.price(to) ?? Number.POSITIVE_INFINITY;
}
