import { ConfigError } from './error.ts';
import type { Flags } from './flags.ts';
import { readText } from './read-text.ts';

/** Key and certificate as PEM text, when both files are given. */
export function readTls(flags: Flags): { key: string; cert: string } | undefined {
  const { ssl_keyfile_path: key, ssl_certfile_path: cert } = flags;
  if (key === undefined && cert === undefined) return undefined;
  if (key === undefined || cert === undefined)
    throw new ConfigError('HTTPS needs both --ssl_keyfile_path and --ssl_certfile_path');
  return { key: readText(key, '--ssl_keyfile_path'), cert: readText(cert, '--ssl_certfile_path') };
}
