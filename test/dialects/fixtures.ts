import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';
import type { Framing } from '../../src/wire/index.ts';

/** One recording of '../shared/fixtures'. */
export interface Recording {
  /** `<dialect>/<case>`. */
  name: string;
  dialect: string;
  case: string;
  /** What the recording says of itself; `provider` is a provider id, `shows` its features. */
  meta: RecordingMeta;
  /** The request as it was sent, when recorded. */
  request?: unknown;
  /** The reply's bytes as they came over the wire (recordings in base64 are decoded). */
  body: Buffer;
  /** How a streamed reply is cut into frames. */
  framing?: Framing;
}

interface RecordingMeta {
  provider: string;
  operation: string;
  model: string | null;
  status: number;
  stream: boolean;
  body_file: string;
  shows: string[];
  response_headers: Record<string, string>;
  fidelity?: string;
  split_inside_multibyte_at?: number[];
  source?: { repository?: string; path?: string };
}

const root = fileURLToPath(new URL('../../../shared/fixtures', import.meta.url));

/** False where the recordings are missing. */
export const available = existsSync(join(root, 'INDEX.md'));

/** The folders of recordings; empty where they are missing. */
export function recordedFolders(): string[] {
  if (!available) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** All recordings of one folder; empty where the recordings are missing. */
export function recordings(dialect: string): Recording[] {
  if (!available || !existsSync(join(root, dialect))) return [];
  return readdirSync(join(root, dialect))
    .sort()
    .map((name) => {
      const folder = join(root, dialect, name);
      const meta: RecordingMeta = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8'));
      const recording: Recording = {
        name: `${dialect}/${name}`,
        dialect,
        case: name,
        meta,
        body: readBody(join(folder, meta.body_file)),
      };
      const framing = framingOf(meta.body_file);
      if (framing !== undefined) recording.framing = framing;
      const request = join(folder, 'request.json');
      if (existsSync(request)) recording.request = JSON.parse(readFileSync(request, 'utf8'));
      return recording;
    });
}

function readBody(file: string): Buffer {
  const bytes = readFileSync(file);
  return file.endsWith('.b64') ? Buffer.from(bytes.toString('latin1'), 'base64') : bytes;
}

function framingOf(file: string): Framing | undefined {
  if (file.endsWith('.sse')) return 'sse';
  if (file.endsWith('.ndjson')) return 'ndjson';
  return file.includes('.eventstream') ? 'eventstream' : undefined;
}

/** A suite over recordings: where they are missing it is one skipped test that says so. */
export function describeRecorded(name: string, suite: () => void): void {
  if (available) describe(name, suite);
  else describe(name, () => test.skip('skipped: recordings are not here', () => undefined));
}
