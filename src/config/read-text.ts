import { readFileSync } from 'node:fs';
import { ConfigError } from './error.ts';

/** A file that the configuration names. Throws ConfigError that begins with `of`, where that is said. */
export function readText(path: string, of?: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    throw new ConfigError(`${of === undefined ? '' : `${of}: `}${path} cannot be read (${String(code)})`, 1);
  }
}
