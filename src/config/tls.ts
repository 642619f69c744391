import { readFileSync } from 'node:fs';
import { ConfigError } from './error.ts';
import type { Flags } from './flags.ts';

/** Key and certificate as PEM text, when both files are given. */
export function readTls(flags: Flags): { key: string; cert: string } | undefined {
  const { ssl_keyfile_path: key, ssl_certfile_path: cert } = flags;
  if (key === undefined && cert === undefined) return undefined;
  if (key === undefined || cert === undefined)
    throw new ConfigError('HTTPS needs both --ssl_keyfile_path and --ssl_certfile_path');
  return { key: read(key, '--ssl_keyfile_path'), cert: read(cert, '--ssl_certfile_path') };
}

function read(path: string, flag: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    throw new ConfigError(`${flag}: ${path} cannot be read (${String(code)})`, 1);
  }
}
