import { createHash } from 'node:crypto';
import type { Trust } from '../hub/index.ts';
import { type Environment, firstSet } from './environment.ts';
import { ConfigError } from './error.ts';
import { readText } from './read-text.ts';

/** Authorities of the environment (SSL_CERT_FILE), as other programs read it; here they come to Node's own. */
export function resolveTrust(env: Environment): { trust?: Trust; warnings: string[] } {
  const file = firstSet(env, ['SSL_CERT_FILE']);
  // Node has read that one itself.
  if (file === undefined || file.value === env['NODE_EXTRA_CA_CERTS']) return { warnings: [] };
  try {
    return { trust: authorities([file.value], env), warnings: [] };
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return { warnings: [`SSL_CERT_FILE is not used: ${thrown.message}`] };
  }
}

/** `ssl_verify` of a model: false, or a file of authorities. Throws ConfigError. */
export function trustOf(verify: boolean | string | undefined, env: Environment): Trust | undefined {
  if (verify === false) return { id: 'unverified', unverified: true };
  if (typeof verify !== 'string') return undefined;
  try {
    return authorities([verify], env);
  } catch (thrown) {
    throw thrown instanceof ConfigError ? new ConfigError(`ssl_verify: ${thrown.message}`, 1) : thrown;
  }
}

/** What NODE_EXTRA_CA_CERTS adds is lost to Node where a list is given. */
function authorities(files: readonly string[], env: Environment): Trust {
  const extra = firstSet(env, ['NODE_EXTRA_CA_CERTS']);
  const ca = [...files, ...(extra === undefined ? [] : [extra.value])].map(read).join('\n');
  return { id: createHash('sha256').update(ca).digest('hex'), ca };
}

function read(path: string): string {
  const text = readText(path);
  if (text.includes('-----BEGIN')) return text;
  throw new ConfigError(`${path} holds no certificate (PEM)`, 1);
}
