import { type Deployment, ProxyError } from '../hub/index.ts';
import type { Call, Outgoing } from './call.ts';

/** To be written. */
export function planEmbeddings(_call: Call, to: Deployment): Outgoing {
  throw new ProxyError('invalid-request', `${to.provider.title} has no embeddings`);
}
