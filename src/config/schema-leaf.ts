import * as z from 'zod/v4';
import type { Json, JsonObject } from '../hub/index.ts';
import { isJson, isJsonMap } from './tree.ts';

/** What a value of a file is called in a complaint. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'boolean') return 'true or false';
  return Number.isInteger(value) ? 'a whole number' : 'a number';
}

/** `config.yaml` may say it in several ways (`"true"`, `"100"` from a variable): `read` returns undefined for what it is not. */
function leaf<T>(what: string, schema: JsonObject, read: (value: unknown) => T | undefined): Leaf<T> {
  return z
    .unknown()
    .transform((value, context): T => {
      const found = read(value);
      if (found !== undefined) return found;
      const kind = kindOf(value);
      // Texts and numbers of the right kind are out of range.
      context.issues.push({ code: 'custom', message: `expected ${what}, not ${kind}`, input: value });
      return z.NEVER;
    })
    .meta(schema);
}

export type Leaf<T> = z.ZodType<T>;

/** A map whose keys are all known; others are listed as ignored. */
export const fields = z.strictObject;
export const listOf = z.array;

export function mapOf<T>(one: z.ZodType<T>): z.ZodType<Record<string, T>> {
  return z.record(z.string(), one);
}

/** Members beside the known ones stay, whatever they are. */
export const openFields = z.looseObject;

const truths: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  false: false,
  no: false,
  off: false,
};

export function flag(): Leaf<boolean> {
  return leaf('true or false', { type: ['boolean', 'string'] }, (value) => {
    if (typeof value === 'boolean') return value;
    return typeof value === 'string' ? truths[value.trim().toLowerCase()] : undefined;
  });
}

/** True, false, or a file. */
export function flagOrFile(): Leaf<boolean | string> {
  return leaf('true, false or a file', { type: ['boolean', 'string'] }, (value) => {
    if (typeof value === 'boolean') return value;
    if (typeof value !== 'string' || value.trim() === '') return undefined;
    return truths[value.trim().toLowerCase()] ?? value.trim();
  });
}

export function text(): Leaf<string> {
  return leaf('a text', { type: ['string', 'number'] }, (value) => {
    if (typeof value === 'string') return value.trim() === '' ? undefined : value;
    return typeof value === 'number' ? String(value) : undefined;
  });
}

/** One of these words, in any case. */
export function word<W extends string>(words: readonly W[]): Leaf<W> {
  return leaf(`one of ${words.join(', ')}`, { enum: [...words] }, (value) => {
    const said = typeof value === 'string' ? value.trim().toLowerCase() : undefined;
    return words.find((one) => one.toLowerCase() === said);
  });
}

/** A number within bounds; out of them the complaint names them. */
function bounded(what: string, unit: string, [least, most]: readonly [number, number], isWhole: boolean): Leaf<number> {
  const type = isWhole ? 'integer' : 'number';
  const range = most < unbounded ? `from ${least} to ${most}` : `of at least ${least}`;
  return z
    .unknown()
    .transform((value, context): number => {
      const found = numberOf(value);
      const fits = found !== undefined && (!isWhole || Number.isInteger(found));
      if (fits && found >= least && found <= most) return found;
      const message = fits ? `expected ${what} ${range}${unit}` : `expected ${what}${unit}, not ${kindOf(value)}`;
      context.issues.push({ code: 'custom', message, input: value });
      return z.NEVER;
    })
    .meta({ type: [type, 'string'], minimum: least, ...(most < unbounded ? { maximum: most } : {}) });
}

const unbounded = 1e12;

export function whole(least = 0, most = unbounded): Leaf<number> {
  return bounded('a whole number', '', [least, most], true);
}

export function number(least = 0, most = unbounded): Leaf<number> {
  return bounded('a number', '', [least, most], false);
}

/** Seconds, as milliseconds; the longest timer that there is ends at 24 days. */
export function seconds(least = 0): Leaf<number> {
  return bounded('a number', ' of seconds', [least, 2_000_000], false).transform((read) => Math.round(read * 1000));
}

/** A list of texts; one text stands for a list of it. */
export function texts(): Leaf<string[]> {
  const schema = { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] };
  return leaf('a text or a list of texts', schema, (value) => {
    const list = Array.isArray(value) ? value : [value];
    return list.every((one) => typeof one === 'string' || typeof one === 'number') ? list.map(String) : undefined;
  });
}

/** Anything that JSON has. */
export function any(): Leaf<Json> {
  return leaf('a value that JSON has', {}, (value) => (isJson(value) ? value : undefined));
}

/** A map of anything. */
export function map(): Leaf<JsonObject> {
  return leaf('a map', { type: 'object' }, (value) => (isJson(value) && isJsonMap(value) ? value : undefined));
}

/** A text, or a map as one text of JSON: credentials are written either way. */
export function credentials(): Leaf<string> {
  return leaf('a text or a map', { type: ['string', 'object'] }, (value) => {
    if (typeof value === 'string') return value.trim() === '' ? undefined : value;
    return isJson(value) && isJsonMap(value) ? JSON.stringify(value) : undefined;
  });
}

/** Headers: a map of texts. */
export function headers(): Leaf<Record<string, string>> {
  const schema = { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } };
  return leaf('a map of texts', schema, (value) => {
    if (!isJson(value) || !isJsonMap(value)) return undefined;
    const entries = Object.entries(value);
    if (entries.some(([, one]) => typeof one === 'object')) return undefined;
    return Object.fromEntries(entries.map(([name, one]) => [name, String(one)]));
  });
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !/^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(value)) return undefined;
  return Number(value);
}
