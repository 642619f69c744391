import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import type { Trust } from '../hub/index.ts';

/** To read all authorities takes tens of milliseconds: once, not for every connection. */
const contexts = new Map<string, SecureContext>();

/** What a TLS connection is opened with. */
export function tlsOptions(trust: Trust | undefined): { secureContext?: SecureContext; rejectUnauthorized?: false } {
  if (trust === undefined) return {};
  if (trust.unverified === true) return { rejectUnauthorized: false };
  const secureContext = contexts.get(trust.id) ?? createSecureContext({ ca: [...authorities(trust)] });
  contexts.set(trust.id, secureContext);
  return { secureContext };
}

/** Each once: a bundle of the system's holds most of Node's own. */
function authorities({ ca = '' }: Trust): Set<string> {
  const certificates = [...rootCertificates, ...(ca.match(certificate) ?? [])];
  return new Set(certificates.map((one) => one.replaceAll('\r', '')));
}

const certificate = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;
