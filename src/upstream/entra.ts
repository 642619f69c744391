import { type Auth, type Deployment, ProxyError } from '../hub/index.ts';

/** To be written. */
export async function entraToken(
  _to: Deployment,
  _auth: Extract<Auth, { kind: 'entra' }>,
): Promise<Record<string, string>> {
  throw new ProxyError('authentication', 'not built');
}
