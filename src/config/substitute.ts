import type { Environment } from './environment.ts';
import { isTreeMap, type Tree, type TreeMap } from './tree.ts';

const reference = /^os\.environ\/(.+)$/s;

/** A value that came from a variable: the path of its place, and the variable's name. */
export interface Reference {
  path: readonly PropertyKey[];
  name: string;
  missing: boolean;
}

/**
 * The tree with `os.environ/NAME` as the variable's value, wherever it is a whole text (LITELLM.md 9); one that is not set,
 * and every null, is left out. `told` hears of every reference.
 */
export function substitute(tree: TreeMap, env: Environment, told: (reference: Reference) => void): TreeMap {
  return mapOf(tree, env, told, []);
}

function mapOf(tree: TreeMap, env: Environment, told: (reference: Reference) => void, path: PropertyKey[]): TreeMap {
  const made: [string, Tree][] = [];
  for (const [key, value] of Object.entries(tree)) {
    const put = valued(value, env, told, [...path, key]);
    if (put !== undefined) made.push([key, put]);
  }
  return Object.fromEntries(made);
}

function valued(
  value: Tree,
  env: Environment,
  told: (reference: Reference) => void,
  path: PropertyKey[],
): Tree | undefined {
  if (value === null) return undefined;
  if (Array.isArray(value)) {
    return value.flatMap((one, index) => {
      // A place in a list stays one: what stands there is complained about by its number.
      if (one === null) return [null];
      const put = valued(one, env, told, [...path, index]);
      return put === undefined ? [] : [put];
    });
  }
  if (isTreeMap(value)) return mapOf(value, env, told, path);
  // A key may be all digits.
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  const name = typeof value === 'string' ? reference.exec(value)?.[1]?.trim() : undefined;
  if (name === undefined) return value;
  const found = env[name]?.trim();
  const missing = found === undefined || found === '';
  told({ path, name, missing });
  return missing ? undefined : found;
}
