import type { FlagRow } from './flags.ts';

/** A value that does not fit its flag; `message` says what would. */
export class BadValue extends Error {}

/** A typed text as the flag's value. Throws BadValue. */
export function readValue(row: FlagRow, text: string): string | number {
  if (text.trim() === '') throw new BadValue('must not be empty');
  switch (row.kind) {
    case 'whole':
      return inRange(row, /^[+-]?\d+$/.test(text.trim()) ? Number(text) : Number.NaN, 'a whole number');
    case 'number':
      return inRange(
        row,
        /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : Number.NaN,
        'a number',
      );
    default:
      return text;
  }
}

/** A variable that stands for a switch; undefined for words that are neither yes nor no (DEBUG=express:*). */
export function readSwitch(text: string): boolean | undefined {
  if (/^(?:1|true|t|yes|y|on)$/i.test(text)) return true;
  return /^(?:0|false|f|no|n|off)$/i.test(text) ? false : undefined;
}

function inRange(row: FlagRow, value: number, what: string): number {
  const { min, max } = row;
  if (Number.isFinite(value) && value >= (min ?? -Infinity) && value <= (max ?? Number.MAX_SAFE_INTEGER)) return value;
  if (min === undefined) throw new BadValue(`must be ${what}`);
  throw new BadValue(`must be ${what} ${max === undefined ? `of at least ${min}` : `from ${min} to ${max}`}`);
}
