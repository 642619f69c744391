import { type Auth, type Deployment, ProxyError } from '../hub/index.ts';

/** To be written. */
export async function exchangedToken(
  _to: Deployment,
  _auth: Extract<Auth, { kind: 'exchange' }>,
  _key: string | undefined,
): Promise<Record<string, string>> {
  throw new ProxyError('authentication', 'not built');
}
