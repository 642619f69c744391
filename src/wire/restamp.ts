import { FieldError } from './json.ts';
import { firstMember } from './members.ts';

/**
 * A body that is known to be valid JSON with `text` as the first top-level `name` in place of the text `was`; undefined
 * when that is not what the first one holds (there are several, or none). Reads no further than that member, since a
 * reply's model stands before its text.
 */
export function restamp(body: Buffer, name: string, was: string, text: string): Buffer | undefined {
  const value = found(body, name);
  if (value === undefined || value.toString('utf8') !== JSON.stringify(was)) return undefined;
  const start = value.byteOffset - body.byteOffset;
  return Buffer.concat([
    body.subarray(0, start),
    Buffer.from(JSON.stringify(text)),
    body.subarray(start + value.length),
  ]);
}

function found(body: Buffer, name: string): Buffer | undefined {
  try {
    return firstMember(body, name);
  } catch (thrown) {
    if (thrown instanceof FieldError) return undefined;
    throw thrown;
  }
}
