import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type { Environment } from './environment.ts';

/** Whether only this machine can connect; without --host both loopback addresses are taken. */
export function isLoopback(host: string | undefined): boolean {
  return host === undefined || /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
}

/** What to say about an address that others can reach while nobody needs a key (RELIABILITY.md section 7). */
export function exposureWarnings(host: string | undefined, masterKey: string | undefined, env: Environment): string[] {
  if (isLoopback(host) || masterKey !== undefined) return [];
  if (inContainer(env))
    return [`listening on ${host} without LITELLM_MASTER_KEY: whoever reaches the container's port uses your keys`];
  return [
    `listening on ${host} without a master key: everybody who can reach this machine can use it.`,
    'Every call they make is paid with the provider keys of this environment.',
    'Set LITELLM_MASTER_KEY to ask for a key, or leave out --host to serve this machine only.',
  ];
}

/** On Linux, containers do not reach the host's loopback as they do with Docker Desktop. */
export function dockerNote(host: string | undefined): string | undefined {
  const there = process.platform === 'linux' && isLoopback(host) && networkInterfaces()['docker0'] !== undefined;
  return there
    ? 'Docker is running here: for containers to reach this proxy start it with --host 172.17.0.1'
    : undefined;
}

function inContainer(env: Environment): boolean {
  return (
    env['KUBERNETES_SERVICE_HOST'] !== undefined ||
    ['/.dockerenv', '/run/.containerenv'].some((file) => existsSync(file))
  );
}
