import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DialectId, JsonObject } from '../../src/hub/index.ts';
import { type BinaryFrame, encodeFrames } from './binary-frames.ts';
import type { WrittenId } from './codecs.ts';

const rosetta = fileURLToPath(new URL('rosetta', import.meta.url));
const recorded = fileURLToPath(new URL('recorded', import.meta.url));

/** The conversations of rosetta/, each told in every dialect. */
export const scenarios: readonly string[] = readdirSync(rosetta).sort();

export interface Told {
  folder: string;
  request: JsonObject;
  response: JsonObject;
  stream: Buffer;
}

export function told(scenario: string, dialect: WrittenId): Told {
  const folder = join(rosetta, scenario);
  const read = (what: string): JsonObject => JSON.parse(readFileSync(join(folder, `${dialect}.${what}.json`), 'utf8'));
  return {
    folder,
    request: read('request'),
    response: read('response'),
    stream: readFileSync(join(folder, `${dialect}.stream`)),
  };
}

/** A provider's answer in a scenario. */
export interface Answered {
  response: JsonObject;
  /** As it comes over the wire; binary frames are kept as JSON lines of event and payload. */
  stream: Buffer;
}

/** The answer of a provider that speaks this; undefined where the dialect cannot tell the scenario. */
export function answered(scenario: string, dialect: DialectId): Answered | undefined {
  const file = join(rosetta, scenario, `${dialect}.response.json`);
  if (!existsSync(file)) return undefined;
  const stream = readFileSync(join(rosetta, scenario, `${dialect}.stream`));
  const response: JsonObject = JSON.parse(readFileSync(file, 'utf8'));
  if (dialect !== 'bedrock-converse') return { response, stream };
  const frames = stream.toString().trim().split('\n');
  return { response, stream: encodeFrames(frames.map((line): BinaryFrame => JSON.parse(line))) };
}

/** What a reply of recorded/ must be in the hub; keys that are missing are not looked at; call ids may be `*`. */
export interface Expected {
  id?: string;
  model?: string;
  text?: string;
  thinking?: string;
  refusal?: string;
  signatures?: string[];
  calls?: [string, string, string][];
  opaque?: number;
  finish?: string;
  stopSequence?: string;
  usage?: Record<string, number>;
  error?: string;
  second?: { text: string; finish: string };
  /** Holds what no published schema knows; clients of the same dialect get it as it came. */
  ownInvalid?: true;
}

export interface Trap {
  name: string;
  kind: 'stream' | 'reply';
  body: Buffer;
  expected: Expected;
}

/** The replies of recorded/<dialect>, each named for its trap. */
export function traps(dialect: WrittenId): Trap[] {
  const folder = join(recorded, dialect);
  return readdirSync(folder)
    .filter((file) => !file.endsWith('.json'))
    .sort()
    .map((file) => {
      const [name = '', kind] = file.split('.');
      const expected: Expected = JSON.parse(readFileSync(join(folder, `${name}.expected.json`), 'utf8'));
      return {
        name,
        kind: kind === 'stream' ? 'stream' : 'reply',
        body: readFileSync(join(folder, file)),
        expected,
      };
    });
}
