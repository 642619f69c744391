import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import type { Trust } from '../hub/index.ts';

/** To read all authorities takes tens of milliseconds: once, not for every connection. */
const contexts = new Map<string, SecureContext>();

/** What a TLS connection is opened with. */
export function tlsOptions(trust: Trust | undefined): { secureContext?: SecureContext; rejectUnauthorized?: false } {
  if (trust === undefined) return {};
  if (trust.unverified === true) return { rejectUnauthorized: false };
  const secureContext =
    contexts.get(trust.id) ??
    createSecureContext({ ca: [...rootCertificates, ...(trust.ca === undefined ? [] : [trust.ca])] });
  contexts.set(trust.id, secureContext);
  return { secureContext };
}
