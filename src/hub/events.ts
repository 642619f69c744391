import type { ProxyError } from './error.ts';
import type { Block, Carried, Citation, Json, Signature } from './request.ts';
import type { Finish, Usage } from './response.ts';

/**
 * A stream is a response told in pieces. Legal order, per choice: `start`, then blocks that never overlap (`open`,
 * pieces, `close`), then `finish`; `usage` any time, the last one counts; `ping` anywhere. Block numbers are unique in a
 * stream. Decoders owe this order, encoders may rely on it. `opaque` and `media` blocks open when they are whole.
 * `mark.signature` replaces, at most once, before `close`. A stream that ends without a finish is an `error`.
 */
export type HubEvent =
  | {
      type: 'start';
      id: string;
      model: string;
      created: number;
      usage?: Usage;
      extra?: NonNullable<Carried['extra']>;
    }
  /** `head`: the block with what is known at its opening (tool id and name, redacted data, opaque value); text and args empty. */
  | { type: 'open'; choice: number; block: number; head: Block }
  | {
      type: 'text' | 'thinking' | 'args';
      choice: number;
      block: number;
      text: string;
    }
  | {
      type: 'mark';
      choice: number;
      block: number;
      signature?: Signature;
      citation?: Citation;
      logprobs?: Json;
    }
  | { type: 'close'; choice: number; block: number }
  | {
      type: 'finish';
      choice: number;
      finish: Finish;
      extra?: NonNullable<Carried['extra']>;
    }
  | { type: 'usage'; usage: Usage }
  | { type: 'ping' }
  | { type: 'error'; error: ProxyError };

export type Emit = (event: HubEvent) => void;
