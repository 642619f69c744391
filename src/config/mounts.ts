import { isMaker, keyHeaders, type Mount } from '../hub/index.ts';
import { providers } from '../providers/index.ts';
import { type Account, resolveAccount } from './account.ts';
import type { Environment } from './environment.ts';
import { ConfigError } from './error.ts';

export interface Mounts {
  mounts: Mount[];
  secrets: string[];
  warnings: string[];
}

/**
 * Native pass-through for every row that has one. The mount of the served model's provider goes where the model goes:
 * --api_base, --api_key and --headers hold for both. A mount whose variables are bad is left out with a warning.
 */
export function resolveMounts(served: Account | undefined, timeoutMs: number, env: Environment): Mounts {
  const found: Mounts = { mounts: [], secrets: [], warnings: [] };
  for (const provider of Object.values(providers)) {
    if (provider.native === undefined) continue;
    try {
      const account = served?.provider.id === provider.id ? served : resolveAccount(provider, {}, env);
      found.mounts.push({ mount: provider.native.mount, ...describe(account), timeoutMs });
      found.secrets.push(...account.secrets);
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown;
      found.warnings.push(`no pass-through at ${provider.native.mount}: ${thrown.message}`);
    }
  }
  return found;
}

function describe({ provider, base, auth, key, headers, missing }: Account): Omit<Mount, 'mount' | 'timeoutMs'> {
  const known = auth !== undefined && key !== undefined && !isMaker(auth);
  return {
    provider: provider.id,
    base,
    headers: known ? { ...headers, ...keyHeaders(auth, key) } : {},
    ...(missing === undefined ? {} : { missing }),
  };
}
