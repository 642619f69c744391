import { type Deployment, ProxyError } from '../hub/index.ts';
import type { Call } from '../translate/index.ts';
import type { Answer, Wish } from './answer.ts';
import type { House } from './house.ts';
import { converse } from './joint.ts';
import { pretending } from './pretend.ts';

/** What a server says that does not know a path, or not all of what a dialect can say. */
const unknown: ReadonlySet<number | undefined> = new Set([400, 404, 405, 422, 501]);

/** Deployments whose server turned out to speak its row's own dialect only. */
const plain = new WeakSet<Deployment>();
const plainForms = new WeakMap<Deployment, Deployment>();

/**
 * Asks in the client's own dialect where the row says that the provider speaks it too. A server at a base URL of the
 * user's own only may: many have an API of OpenAI's and not the other. What it refuses is asked again in the row's own
 * dialect, and when that succeeds it is asked so from then on.
 */
export async function either(house: House, call: Call, to: Deployment, wish: Wish): Promise<Answer> {
  const mock = pretending(call, to);
  if (mock !== undefined) return converse(house, call, mock, wish);
  const own = to.row.dialect === call.client.id;
  if (own || to.row.also?.includes(call.client.id) !== true || isMakers(to)) return converse(house, call, to, wish);
  if (plain.has(to)) return converse(house, call, withoutPrevious(call, plainForm(to)), wish);
  try {
    return await converse(house, call, to, wish);
  } catch (thrown) {
    const refusal = thrown instanceof ProxyError && unknown.has(thrown.facts.upstream?.status);
    if (!refusal || goesOn(call) || wish.life?.reason !== undefined) throw thrown;
    try {
      const answer = await converse(house, call, plainForm(to), wish);
      plain.add(to);
      return answer;
    } catch (again) {
      // Where the server has the second path and not the first, the second refusal is about the request.
      throw isPathless(thrown) && !isPathless(again) ? again : thrown;
    }
  }
}

/** What a server says to a path that it has not; or to a model, which then is unknown by both paths. */
function isPathless(thrown: unknown): boolean {
  return thrown instanceof ProxyError && pathless.has(thrown.facts.upstream?.status);
}

const pathless: ReadonlySet<number | undefined> = new Set([404, 405, 501]);

/** At the address of the row itself everything that the row says is true. */
function isMakers({ origin, provider }: Deployment): boolean {
  return URL.canParse(provider.base) && new URL(provider.base).origin === origin;
}

function plainForm(to: Deployment): Deployment {
  const known = plainForms.get(to);
  if (known !== undefined) return known;
  const { also: _, ...row } = to.row;
  const made = { ...to, row };
  plainForms.set(to, made);
  return made;
}

/** Whether the call needs an answer that only the provider keeps. */
function goesOn({ body }: Call): boolean {
  return (body.get('previous_response_id') ?? null) !== null;
}

function withoutPrevious(call: Call, to: Deployment): Deployment {
  if (!goesOn(call)) return to;
  const text = `Previous response with id '${String(call.body.get('previous_response_id'))}' not found.`;
  throw new ProxyError('not-found', text, { param: 'previous_response_id', code: 'previous_response_not_found' });
}
