import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../src/hub/index.ts';

/** A request as an agent sent it to the proxy. */
interface Turn {
  path: string;
  headers: Record<string, string>;
  body: JsonObject;
}

/** A session of a real agent: scripts/record-session.mjs. */
export interface Session {
  agent: string;
  version: string;
  turns: Turn[];
}

/** What a turn adds to the one before: `fields` that changed, and the conversation behind its first `keep` items. */
interface Delta {
  path: string;
  headers: Record<string, string>;
  history: string;
  keep: number;
  items: JsonObject[];
  fields: JsonObject;
  gone: string[];
}

const folder = join(import.meta.dirname, 'recorded');

function load(file: string): Session {
  const { agent, version, turns }: { agent: string; version: string; turns: Delta[] } = JSON.parse(
    readFileSync(join(folder, file), 'utf8'),
  );
  let before: JsonObject = {};
  let said: JsonObject[] = [];
  const whole = turns.map(({ path, headers, history, keep, items, fields, gone }) => {
    said = [...said.slice(0, keep), ...items];
    const kept = Object.entries(before).filter(([key]) => !gone.includes(key));
    before = { ...Object.fromEntries(kept), ...fields, [history]: said };
    return { path, headers, body: before };
  });
  return { agent, version, turns: whole };
}

export const sessions: readonly Session[] = readdirSync(folder).sort().map(load);
