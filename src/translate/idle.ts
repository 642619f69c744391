import type { Deployment, Facts } from '../hub/index.ts';
import type { Call } from './call.ts';
import { speakerFor } from './speaker.ts';

/** The answer that needs no provider: the request asks nothing, which only servers of its own form could make use of. */
export function idleAnswer(
  call: Call,
  to: Deployment,
): { kind: 'whole'; type: string; body: string; facts: Facts } | undefined {
  const { client } = call.client;
  if (client.idle === undefined) return undefined;
  if (client.apart !== true && speakerFor(call, to).id === call.client.id) return undefined;
  const answer = client.idle(call.body, call.model, call.given);
  if (answer === undefined) return undefined;
  return { kind: 'whole', type: 'application/json', body: JSON.stringify(answer), facts: {} };
}
