import { type Environment, firstSet } from './environment.ts';
import { ConfigError } from './error.ts';
import { checkHeaderValue } from './key.ts';

/** --headers: each one a JSON object, or `name=value`. Names come out in lower case. */
export function parseHeaders(typed: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const one of typed)
    for (const [name, value] of one.trim().startsWith('{') ? jsonHeaders(one) : [pair(one)]) {
      if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
        throw new ConfigError(`--headers: '${name.replace(/[^\x20-\x7e]/g, '?')}' is not a header name`);
      headers[name.toLowerCase()] = checkHeaderValue(value, `--headers: ${name}`);
    }
  return headers;
}

/** A row's constant headers; one whose `{env.NAME}` is not set is left out. */
export function rowHeaders(row: Readonly<Record<string, string>>, env: Environment): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, template] of Object.entries(row)) {
    const names = [...template.matchAll(variable)].map((found) => found[1] ?? '');
    if (names.some((one) => firstSet(env, [one]) === undefined)) continue;
    const value = template.replace(variable, (_, one: string) => firstSet(env, [one])?.value ?? '');
    headers[name.toLowerCase()] = checkHeaderValue(value, names[0] ?? name);
  }
  return headers;
}

const variable = /\{env\.([A-Za-z0-9_]+)\}/g;

function pair(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at <= 0) throw new ConfigError('--headers takes a JSON object or name=value');
  return [text.slice(0, at).trim(), text.slice(at + 1)];
}

function jsonHeaders(text: string): [string, string][] {
  const parsed = parse(text);
  return Object.entries(parsed).map(([name, value]) => {
    if (typeof value === 'string') return [name, value];
    if (typeof value === 'number' || typeof value === 'boolean') return [name, String(value)];
    throw new ConfigError(`--headers: the value of '${name}' must be a text`);
  });
}

function parse(text: string): object {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    const at = readableLength(text);
    throw new ConfigError(
      `--headers is not valid JSON at position ${at}${at >= text.length ? ' (it ends too early)' : ''}`,
    );
  }
  throw new ConfigError('--headers must be a JSON object');
}

/** How far the text reads as a flat object: the parser's own message has no position, and quotes text that may hold a key. */
function readableLength(text: string): number {
  let at = 0;
  const take = (pattern: RegExp) => {
    const found = new RegExp(pattern, 'uy');
    found.lastIndex = at;
    if (!found.test(text)) return false;
    at = found.lastIndex;
    return true;
  };
  take(/\s*\{\s*/);
  do if (!(take(jsonString) && take(/\s*:\s*/) && take(jsonValue) && take(/\s*/))) break;
  while (take(/,\s*/));
  return at;
}

const jsonString = /"(?:[^"\\\p{Cc}]|\\.)*"/u;
const jsonValue = /"(?:[^"\\\p{Cc}]|\\.)*"|-?\d[\d.eE+-]*|true|false|null/u;
