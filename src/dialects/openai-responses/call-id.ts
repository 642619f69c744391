/** Call ids in the form this API takes; see `callIds`. */
export interface CallIds {
  /** The id of a call: `message` and `place` number it when it has none. */
  call(id: string, message: number, place: number): string;
  /** The id of the call that a result answers. */
  result(id: string): string;
}

/** The API refuses longer ones. */
const longest = 64;

/**
 * The same conversation gives the same ids every turn, or prompt caches miss; a call and its result stay equal. Results
 * without an id answer calls without one in their order.
 */
export function callIds(): CallIds {
  const nameless: string[] = [];
  return {
    call(id, message, place) {
      if (id !== '') return shorten(id);
      const made = `call_${message}_${place}`;
      nameless.push(made);
      return made;
    },
    result: (id) => (id === '' ? (nameless.shift() ?? 'call_0_0') : shorten(id)),
  };
}

/** A long id keeps its beginning and gets a mark of the whole. */
function shorten(id: string): string {
  return id.length <= longest ? id : `${id.slice(0, longest - 9)}_${hashOf(id)}`;
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
