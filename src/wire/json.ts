/** A JSON value as `JSON.parse` returns it (wire imports no other room, so it has its own name for it). */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };
export type JsonMap = { [key: string]: JsonValue };

/** A field of a body is not what it must be; `path` as the sender would write it: `messages[0].role`. */
export class FieldError extends Error {
  readonly path: string;

  constructor(path: string, problem: string) {
    super(path === '' ? `the body ${problem}` : `'${path}' ${problem}`);
    this.name = 'FieldError';
    this.path = path;
  }
}

/** The value of a JSON text; undefined for what is none. */
export function readJson(text: string): JsonValue | undefined {
  try {
    const parsed: JsonValue = JSON.parse(text);
    return parsed;
  } catch {
    return undefined;
  }
}
