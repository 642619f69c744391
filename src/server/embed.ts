import type { Deployment } from '../hub/index.ts';
import { type Call, failure, type Outgoing, planEmbeddings } from '../translate/index.ts';
import { type Answer, send, type Wish } from './answer.ts';
import { Life } from './calls.ts';
import type { House } from './house.ts';
import { pretending } from './pretend.ts';

/** Requests of one call that are under way at the same time. */
const mostAtOnce = 8;

/** Asks one deployment for vectors, in as many requests as it wants. Rejects with a ProxyError; the first failure ends the rest. */
export async function embed(house: House, call: Call, asked: Deployment, wish: Wish): Promise<Answer> {
  const to = pretending(call, asked) ?? asked;
  const embedding = planEmbeddings(call, to);
  const lives = embedding.parts.map(() => new Life());
  wish.life?.onEnd((reason) => {
    for (const life of lives) life.end(reason);
  });
  const waiting = embedding.parts.map((part, index): [Outgoing, Life] => [part, lives[index] ?? new Life()]);
  let first: Answer | undefined;
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [part, life] = next;
      const answer = await send(house, call, to, { ...wish, life }, part);
      first ??= answer;
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(mostAtOnce, waiting.length) }, work));
  } catch (thrown) {
    waiting.length = 0;
    const reason = failure(thrown);
    for (const life of lives) life.end(reason);
    throw reason;
  }
  return { kind: 'whole', headers: first?.headers ?? {}, dropped: [], ...embedding.answer() };
}
