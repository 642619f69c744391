/** Characters of an id. */
export const longest = 64;

/** An id in an alphabet that Claude takes too: the service itself knows `.` and `:` besides. */
export function cleanId(id: string): string {
  const clean = id.replace(/[^a-zA-Z0-9_-]/g, '_');
  return clean.length <= longest ? clean : `${clean.slice(0, longest - 9)}_${hash(id)}`;
}

/** FNV-1a in 32 bits, as eight hexadecimal digits: long ids that begin alike stay apart. */
function hash(text: string): string {
  let sum = 0x811c9dc5;
  for (const byte of Buffer.from(text)) sum = Math.imul(sum ^ byte, 0x01000193) >>> 0;
  return sum.toString(16).padStart(8, '0');
}
