import type { At, JsonObject, Target } from '../../hub/index.ts';

/** `owner/name`, `owner/name:version`, `deployments/owner/name`. */
export function versionOf(model: string): string | undefined {
  const colon = model.indexOf(':');
  return colon < 0 ? undefined : model.slice(colon + 1);
}

export function target({ model }: At): Target {
  const own = versionOf(model) === undefined;
  const names = model.split('/').map(encodeURIComponent).join('/');
  const path = names.startsWith('deployments/') ? `/${names}/predictions` : `/models/${names}/predictions`;
  // With `prefer: wait` most answers come with the first reply (60 s at most).
  const headers = { 'content-type': 'application/json', prefer: 'wait' };
  return { method: 'POST', path: own ? path : '/predictions', headers };
}

/** Where a prediction that is still being made is asked for again: on our own base, whatever URL it names. */
export function follow({ id, status, error }: JsonObject): { path: string; afterMs: number } | undefined {
  const running = status === 'starting' || status === 'processing';
  if (!running || typeof id !== 'string' || !/^[\w-]+$/.test(id)) return undefined;
  if (error !== undefined && error !== null) return undefined;
  return { path: `/predictions/${id}`, afterMs: status === 'starting' ? 1000 : 500 };
}
