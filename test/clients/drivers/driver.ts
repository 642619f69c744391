import type { DialectId } from '../../../src/hub/index.ts';

/** What every client is tried with; the letter stands for it in the README. */
export const features = {
  chat: 'C',
  stream: 'S',
  tools: 'T',
  thinking: 'K',
  image: 'I',
  error: 'E',
  abort: 'A',
  count: 'N',
} as const;
export type Feature = keyof typeof features;
export type Mode = 'whole' | 'stream';

/** What a client made of an answer. */
export interface Heard {
  text: string;
  thought: string;
  calls: { name: string; args: unknown }[];
  finish: string;
  /** Tokens in and out; missing where the client tells none. */
  usage?: readonly [number | undefined, number | undefined];
}

/** How a conversation is held. */
export interface How {
  mode: Mode;
  system?: string;
  maxTokens?: number;
  temperature?: number;
  tools?: true;
  thinks?: true;
  signal?: AbortSignal;
  /** Hears each piece of text as it comes. */
  onText?(text: string): void;
}

/** A conversation whose history the client keeps in its own form. */
export interface Talk {
  /** `picture`: PNG in base64. */
  say(words: string, picture?: string): Promise<Heard>;
  /** Goes on with the results of the calls just heard. */
  tell(results: readonly string[]): Promise<Heard>;
}

/** A client of one proxy. */
export interface Client {
  talk(how: How): Talk;
  /** Whether it is the client's own error for this status. */
  isError(thrown: unknown, status: number): boolean;
  count?(words: string): Promise<number>;
}

/** A client library in one of its ways to ask. */
export interface Driver {
  /** The package, then the way. */
  name: string;
  /** What it cannot do, and why. */
  absent: Partial<Record<Feature, string>>;
  /** In which modes it has tools, thoughts and errors. */
  modes: readonly Mode[];
  /** How it says that an answer is over, and that it waits for results; missing where it tells neither. */
  finishes?: readonly [done: string, called: string];
  /** In which modes proofs of thoughts stay in its history. */
  keepsProofs: readonly Mode[];
  /** Makers whose proofs it cannot keep all the same. */
  losesProofsOf?: readonly DialectId[];
  /** What the vendor plays, and what then is heard, where it cannot hear a plain text. */
  plays?: Partial<Record<Feature, readonly [scenario: string, text: string]>>;
  /** What its own requests hold against the published schema; a provider of its own dialect gets them as they are. */
  oddities?: RegExp;
  open(url: string, key: string): Client;
}

export const bothModes: readonly Mode[] = ['whole', 'stream'];
export const noCounter = 'the client has no call for it';

/** Values that belong together by their place. */
export function zip<A, B>(left: readonly A[], right: readonly B[]): [A, B][] {
  return left.flatMap((one, n) => {
    const other = right[n];
    return other === undefined ? [] : [[one, other] as [A, B]];
  });
}
