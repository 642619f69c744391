import type { Members } from '../wire/index.ts';

/** Whether a body holds a text. */
export type Probe = (body: Pick<Members, 'body' | 'text'>) => boolean;

/** How common bytes are in requests, the most common first; what is not here is rare. */
const common = ' etaoin"srhldcu\\mpfgy,.:wb-v0k1/(){}[]';
/** Up to here a search goes from one occurrence of the first byte to the next by memchr. */
const short = 7;
/** So many are left of a text of that length, which may begin with a common one: `"custom` 1.2 ms, `ustom` 0.3. */
const least = 4;

/**
 * A search that most bodies end at once: first for the few bytes of the text that begin with its rarest one. In 2 MB
 * `"signature":""` takes 0.9 ms, `gnature` 0.04 to 0.3. A small body is searched as text, where a search costs an eighth.
 */
export function probe(text: string): Probe {
  const whole = Buffer.from(text);
  let best = 0;
  for (let at = 1; at + least <= text.length; at++) if (rarity(text, at) > rarity(text, best)) best = at;
  const part = whole.subarray(best, best + short);
  const written = whole.toString('latin1');
  return (asked) =>
    asked.text === undefined ? asked.body.includes(part) && asked.body.includes(whole) : asked.text.includes(written);
}

function rarity(text: string, at: number): number {
  const place = common.indexOf(text.charAt(at));
  return place < 0 ? common.length : place;
}
