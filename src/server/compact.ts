import type { Deployment } from '../hub/index.ts';
import { type Call, planCompaction } from '../translate/index.ts';
import { type Answer, send, type Wish } from './answer.ts';
import type { House } from './house.ts';

/** A conversation made shorter by the provider that can read it. Rejects with invalid-request where it has no such thing. */
export async function compact(house: House, call: Call, to: Deployment, wish: Wish): Promise<Answer> {
  return send(house, call, to, wish, planCompaction(call, to));
}
