import { isSecret } from '../hub/index.ts';
import type { Environment } from './environment.ts';

/** Names of variables whose values are hidden wherever they turn up (RELIABILITY.md K8). */
const secretName = /KEY|SECRET|TOKEN|PASS/i;

/** Everything that must not be shown: what is given, and the environment's variables that are named like secrets. */
export function collectSecrets(given: readonly string[], env: Environment): string[] {
  const named = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && secretName.test(name) ? [value.trim(), ...value.split(',').map((one) => one.trim())] : [],
  );
  return [...new Set([...given, ...named])].filter(isSecret);
}
