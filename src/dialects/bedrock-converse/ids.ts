/** Call ids in the form this API takes; see `idTable`. */
export interface Ids {
  /** The id of a call: `message` and `place` number it when it has none. */
  call(id: string, message: number, place: number): string;
  /** The id of the call that a result answers. */
  result(id: string): string;
}

const longest = 64;

/**
 * Ids of at most 64 characters from [a-zA-Z0-9_-] (the service takes `.` and `:` too, Claude behind it does not), for one
 * request. The same conversation gives the same ids every turn, or prompt caches miss; a call and its result stay equal;
 * ids that are used again are told apart. Results without an id answer calls without one in their order.
 */
export function idTable(): Ids {
  const used = new Set<string>();
  const latest = new Map<string, string>();
  const nameless: string[] = [];
  return {
    call(id, message, place) {
      const wanted = id === '' ? `call_${message}_${place}` : cleanId(id);
      let free = wanted;
      for (let n = 2; used.has(free); n++) free = `${wanted.slice(0, longest - 1 - String(n).length)}_${n}`;
      used.add(free);
      if (id === '') nameless.push(free);
      else latest.set(id, free);
      return free;
    },
    result: (id) => (id === '' ? (nameless.shift() ?? 'call_0_0') : (latest.get(id) ?? cleanId(id))),
  };
}

function cleanId(id: string): string {
  const clean = id.replace(/[^a-zA-Z0-9_-]/g, '_');
  return clean.length <= longest ? clean : `${clean.slice(0, longest - 9)}_${hash(id)}`;
}

/** FNV-1a in 32 bits, as eight hexadecimal digits: long ids that begin alike stay apart. */
function hash(text: string): string {
  let sum = 0x811c9dc5;
  for (const byte of Buffer.from(text)) sum = Math.imul(sum ^ byte, 0x01000193) >>> 0;
  return sum.toString(16).padStart(8, '0');
}
