import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ConfigError, type Environment, type Flags, type Loaded, loadConfig } from '../../src/config/index.ts';

/** A folder with these files; the path of the first one. */
export function written(files: string | Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'modelport-config-'));
  const all = typeof files === 'string' ? { 'config.yaml': files } : files;
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return join(folder, Object.keys(all)[0] ?? '');
}

export function load(
  files: string | Record<string, string>,
  env: Environment = {},
  flags: Flags = {},
): Promise<Loaded> {
  return loadConfig({ ...flags, config: written(files) }, env);
}

/** The lines of the complaint, without the folder. */
export async function complaints(files: string | Record<string, string>, env: Environment = {}): Promise<string[]> {
  const path = written(files);
  try {
    await loadConfig({ config: path }, env);
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    if (thrown.exitCode !== 1) throw new Error(`exit code ${thrown.exitCode}`);
    return thrown.message.replaceAll(`${dirname(path)}/`, '').split('\n');
  }
  return [];
}

/** A model_list with one entry that has these litellm_params. */
export function entry(params: string, more = ''): string {
  return `model_list:\n  - model_name: m\n    litellm_params:\n${indented(params, 6)}\n${more}`;
}

function indented(text: string, by: number): string {
  return text
    .trim()
    .split('\n')
    .map((line) => ' '.repeat(by) + line)
    .join('\n');
}
