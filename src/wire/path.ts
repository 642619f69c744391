import { isObject } from './fields.ts';
import type { JsonMap, JsonValue } from './json.ts';

/** `a` of an object, `0` or every element (`*`) of an array. */
type Step = { name: string } | { index: number } | 'every';

/** A path taken apart: a top-level name, and the steps below it. */
export interface Path {
  top: string;
  below: readonly Step[];
}

/** Reads `a.b`, `a[*].b`, `a[0].b`. A text that is no path is a name as it stands. */
export function readPath(text: string): Path {
  if (!/[.[]/.test(text)) return { top: text, below: [] };
  const step = /(?:^|\.)([^.[\]]+)|\[(\d+|\*)\]/y;
  const steps: Step[] = [];
  while (step.lastIndex < text.length) {
    const found = step.exec(text);
    if (found === null) return { top: text, below: [] };
    const [, name, index] = found;
    if (name !== undefined) steps.push({ name });
    else steps.push(index === '*' ? 'every' : { index: Number(index) });
  }
  const [first, ...below] = steps;
  return typeof first === 'object' && 'name' in first ? { top: first.name, below } : { top: text, below: [] };
}

/** Removes what the steps lead to; false when nothing was there. */
export function dropBelow(value: JsonValue | undefined, steps: readonly Step[]): boolean {
  const [step, ...rest] = steps;
  if (step === undefined) return false;
  const last = rest.length === 0;
  if (step === 'every') {
    if (!Array.isArray(value)) return false;
    if (last) return value.splice(0).length > 0;
    return value.map((one) => dropBelow(one, rest)).includes(true);
  }
  if ('index' in step) {
    if (!Array.isArray(value) || step.index >= value.length) return false;
    return last ? value.splice(step.index, 1).length > 0 : dropBelow(value[step.index], rest);
  }
  if (!isObject(value) || !Object.hasOwn(value, step.name)) return false;
  return last ? delete value[step.name] : dropBelow(value[step.name], rest);
}

/**
 * Sets what the steps lead to, in place; false when nothing could be set. Missing and null objects are made; a value of
 * another type on the way stays, and is the provider's to refuse. Arrays are never made or made longer.
 */
export function setBelow(value: JsonValue, steps: readonly Step[], to: JsonValue): boolean {
  const [step, ...rest] = steps;
  if (step === undefined) return false;
  if (step === 'every') {
    if (!Array.isArray(value)) return false;
    return value.map((_, index) => setElement(value, index, rest, to)).includes(true);
  }
  if ('index' in step) return Array.isArray(value) && setElement(value, step.index, rest, to);
  if (!isObject(value)) return false;
  if (rest.length === 0) {
    own(value, step.name, to);
    return true;
  }
  const inner = Object.hasOwn(value, step.name) ? value[step.name] : undefined;
  const made = inner ?? emptyFor(rest);
  if (made === undefined || !setBelow(made, rest, to)) return false;
  if (inner !== made) own(value, step.name, made);
  return true;
}

/** What a missing value must be for these steps: an object, or nothing where they want an array. */
export function emptyFor(steps: readonly Step[]): JsonMap | undefined {
  const [first] = steps;
  return typeof first === 'object' && 'name' in first ? {} : undefined;
}

/** Assignment that makes an own property of any name: `object['__proto__'] = x` would change the prototype. */
export function own(object: JsonMap, name: string, value: JsonValue): void {
  if (name === '__proto__')
    Object.defineProperty(object, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  else object[name] = value;
}

function setElement(array: JsonValue[], index: number, rest: readonly Step[], to: JsonValue): boolean {
  const element = array[index];
  if (element === undefined) return false;
  if (rest.length === 0) {
    array[index] = to;
    return true;
  }
  const made = element ?? emptyFor(rest);
  if (made === undefined || !setBelow(made, rest, to)) return false;
  array[index] = made;
  return true;
}
