import { existsSync, readFileSync, statSync } from 'node:fs';
import type { Environment } from './environment.ts';
import type { Flags } from './flags.ts';
import type { Loaded } from './load.ts';
import { resolveConfig } from './resolve.ts';

/**
 * What flags, environment and the file of --config say. The file's reader is loaded when there is a file. Throws
 * ConfigError.
 */
export async function loadConfig(flags: Flags, env: Environment): Promise<Loaded> {
  if (flags.config === undefined) {
    return { ...resolveConfig(flags, env), files: [], models: [], ignored: [], variables: {} };
  }
  const { loadFile } = await import('./load.ts');
  return loadFile(flags.config, flags, env);
}

/** The JSON schema of config.yaml, for editors. */
export async function configSchema(): Promise<object> {
  const { jsonSchema } = await import('./schema.ts');
  return jsonSchema();
}

const usualNames = ['config.yaml', 'modelport.yaml'];

/** Where a configuration lies in the working directory: other programs have a config.yaml too, but no model_list in it. */
export function findConfig(): string | undefined {
  return usualNames.find((name) => {
    try {
      return (
        existsSync(name) &&
        statSync(name).size < 10 * 1024 * 1024 &&
        /^model_list\s*:/m.test(readFileSync(name, 'utf8'))
      );
    } catch {
      return false;
    }
  });
}
