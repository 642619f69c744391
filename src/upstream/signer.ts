import type { Auth, Deployment, Maker } from '../hub/index.ts';
import { inTime } from './in-time.ts';
import type { Sending, Upstream } from './send.ts';

/** The headers that let one request in; URL, body and the other headers are final. Rejects with authentication or timeout. */
export type Signer = (sending: Sending, upstream: Upstream) => Promise<Record<string, string>>;

/** The call's own time-out counts for its token too. */
export function signerFor(to: Deployment, auth: Extract<Auth, Maker>, key: string | undefined): Signer {
  const make = makerOf(to, auth, key);
  return (sending, upstream) => inTime(make(sending, upstream), sending.timeoutMs, `token for ${to.provider.title}`);
}

/** Makers of tokens and signatures, each loaded when it is first needed. */
function makerOf(to: Deployment, auth: Extract<Auth, Maker>, key: string | undefined): Signer {
  switch (auth.kind) {
    case 'sigv4':
      return async (sending) => (await import('./aws.ts')).signed(to, auth, sending);
    case 'google':
      return async () => (await import('./google.ts')).googleToken(to);
    case 'entra':
      return async () => (await import('./entra.ts')).entraToken(to, auth);
    case 'exchange':
      return async (_, upstream) => (await import('./token-exchange.ts')).exchangedToken(to, auth, key, upstream);
  }
}
