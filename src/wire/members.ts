import type { JsonValue } from "./json.ts";

/** The top level of a JSON object, found by one scan of its bytes; values are parsed only when asked for. */
export interface Members {
	/** The bytes, BOM removed. */
	readonly body: Buffer;
	/** Each name once, in the order of its first occurrence. */
	readonly names: readonly string[];
	has(name: string): boolean;
	/** The parsed value; of equal names the last counts. Throws FieldError when the value is no JSON. */
	get(name: string): JsonValue | undefined;
	/** The value's bytes. */
	bytes(name: string): Buffer | undefined;
	/** Where the member lies: `name` from its quote, `value` and its end; of equal names the last. */
	at(name: string): { name: number; value: number; end: number } | undefined;
}

/** Scans a body. Throws FieldError unless it is one object with nothing but blanks behind it. */
export function members(body: Buffer): Members {
	throw new Error(`not built: ${body.length}`);
}

/** The elements of an array's bytes, unparsed; undefined when the bytes are no array. */
export function elements(array: Buffer): Buffer[] | undefined {
	throw new Error(`not built: ${array.length}`);
}
