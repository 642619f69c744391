import { type Auth, type Deployment, ProxyError } from '../hub/index.ts';
import type { Sending } from './send.ts';

/** To be written. */
export async function signed(
  _to: Deployment,
  _auth: Extract<Auth, { kind: 'sigv4' }>,
  _sending: Sending,
): Promise<Record<string, string>> {
  throw new ProxyError('authentication', 'not built');
}
