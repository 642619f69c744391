import type { Carried, DialectId, Json, JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';

/** The name of this wire format, under which its own fields travel through the hub. */
export const self: DialectId & 'gemini' = 'gemini';

/** Fields without a hub name, under this dialect; null says nothing. */
export function keep(node: JsonObject, known: readonly string[]): { extra?: { [self]: JsonObject } } {
  const entries = Object.entries(node).filter(([name, value]) => value !== null && !known.includes(name));
  return entries.length === 0 ? {} : { extra: { [self]: Object.fromEntries(entries) } };
}

/** This dialect's own fields, ready to be spread into a wire node. */
export function kept(node: Carried): JsonObject {
  return { ...node.extra?.[self] };
}

/** A field by its name: servers write `inlineData`, and some that pass protobuf on write `inline_data`. */
export function field(node: JsonObject, name: string): Json | undefined {
  const value = node[name] ?? node[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
  return value === null ? undefined : value;
}

export function objectIn(node: JsonObject, name: string): JsonObject | undefined {
  const value = field(node, name);
  return isObject(value) ? value : undefined;
}

export function listIn(node: JsonObject, name: string): Json[] {
  const value = field(node, name);
  return Array.isArray(value) ? value : [];
}

export function textIn(node: JsonObject, name: string): string | undefined {
  const value = field(node, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function numberIn(node: JsonObject, name: string): number | undefined {
  const value = field(node, name);
  return typeof value === 'number' ? value : undefined;
}

/** A name in the usual spelling; protobuf reads both. */
export function camel(word: string): string {
  return word.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
