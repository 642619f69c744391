import { type Deployment, ProxyError } from '../hub/index.ts';

/** To be written. */
export async function googleToken(_to: Deployment): Promise<Record<string, string>> {
  throw new ProxyError('authentication', 'not built');
}
