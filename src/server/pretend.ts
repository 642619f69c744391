import type { Deployment, Json } from '../hub/index.ts';
import { standIn } from '../providers/index.ts';
import { type Call, steer } from '../translate/index.ts';

const known = new WeakMap<Deployment, Deployment>();

/**
 * The deployment without its provider: what it answers is said by the request, else by the configuration (`mock_response`,
 * LITELLM.md 9.1). Undefined: neither says so.
 */
export function pretending(call: Call, to: Deployment): Deployment | undefined {
  const said = steer(call.body).mockResponse;
  if (said !== undefined) return pretend(to, said);
  if (to.mock === undefined) return undefined;
  const made = known.get(to) ?? pretend(to, to.mock);
  known.set(to, made);
  return made;
}

/** Its own name, prices and defaults stay; its key goes nowhere. */
function pretend({ auth: _, key: __, adds: ___, ...to }: Deployment, response: Json): Deployment {
  const row = { ...standIn, adds: { mock_response: response } };
  return { ...to, row, model: 'response', base: standIn.base, origin: standIn.base, settings: {}, headers: {} };
}
