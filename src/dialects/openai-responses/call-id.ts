/** Call ids in the form this API takes; see `callIds`. */
export interface CallIds {
  /** The id of a call: `message` and `place` number it when it has none. */
  call(id: string, message: number, place: number, custom: boolean): string;
  /** The id of the call that a result answers. */
  result(id: string): string;
  /** Whether the call of this id takes free text. */
  isCustom(id: string): boolean;
}

/** The API refuses longer ones. */
const longest = 64;

/**
 * The same conversation gives the same ids every turn, or prompt caches miss; a call and its result stay equal. Results
 * without an id answer calls without one in their order.
 */
export function callIds(): CallIds {
  const nameless: string[] = [];
  const customs = new Set<string>();
  return {
    call(id, message, place, custom) {
      const made = id === '' ? `call_${message}_${place}` : shorten(id);
      if (id === '') nameless.push(made);
      if (custom) customs.add(made);
      return made;
    },
    isCustom: (id) => customs.has(id),
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
