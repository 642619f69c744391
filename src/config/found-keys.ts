import { defaultModels, providers } from '../providers/index.ts';
import type { Environment } from './environment.ts';
import { resolveKey } from './key.ts';

/** What could be served with the keys of this environment: the provider's title, and `provider/model`. */
export function modelsWithKeys(env: Environment): { title: string; model: string }[] {
  return Object.entries(defaultModels).flatMap(([id, model]) => {
    const provider = providers[id];
    if (provider === undefined || resolveKey(provider, undefined, env).key === undefined) return [];
    return [{ title: provider.title, model: `${id}/${model}` }];
  });
}
