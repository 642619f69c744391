import type { Block, Carried, DialectId, Json, JsonObject } from './request.ts';

/** Tokens. `input` is the whole prompt, cached and cache-writing tokens included; `output` includes reasoning. */
export interface Usage {
  input: number;
  output: number;
  cacheRead?: number;
  cacheWrite?: number;
  /** The part of `cacheWrite` that is kept for an hour. */
  cacheWrite1h?: number;
  reasoning?: number;
  audioIn?: number;
  audioOut?: number;
  /** Web searches and the like that are billed by the piece. */
  requests?: number;
  /** The provider's own record, for clients of the same dialect. */
  raw?: { by: DialectId; value: JsonObject };
}

export interface Finish {
  reason: 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'refusal' | 'pause' | 'other';
  /** The provider's own word. */
  raw?: string;
  stopSequence?: string;
}

export interface Choice extends Carried {
  index: number;
  blocks: Block[];
  finish: Finish;
  logprobs?: Json;
}

/** `created` in seconds since 1970. */
export interface HubResponse extends Carried {
  id: string;
  model: string;
  created: number;
  choices: Choice[];
  usage?: Usage;
}
