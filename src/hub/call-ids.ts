/** Call ids in the form that an API takes; see `idTable`. */
export interface Ids {
  /** The id of a call: `message` and `place` number it when it has none. */
  call(id: string, message: number, place: number): string;
  /** The id of the call that a result answers. */
  result(id: string): string;
}

/**
 * Ids cleaned for one request. The same conversation gives the same ids every turn, or prompt caches miss; a call and its
 * result stay equal; ids that are used again (some servers count from 0 in every turn) are told apart, since APIs take
 * each only once. Results without an id answer calls without one in their order. `longest`: characters.
 */
export function idTable(clean: (id: string) => string, longest = Number.POSITIVE_INFINITY): Ids {
  const used = new Set<string>();
  const latest = new Map<string, string>();
  const nameless: string[] = [];
  return {
    call(id, message, place) {
      const wanted = id === '' ? `call_${message}_${place}` : clean(id);
      let free = wanted;
      for (let n = 2; used.has(free); n++) free = `${wanted.slice(0, longest - 1 - String(n).length)}_${n}`;
      used.add(free);
      if (id === '') nameless.push(free);
      else latest.set(id, free);
      return free;
    },
    result: (id) => (id === '' ? (nameless.shift() ?? 'call_0_0') : (latest.get(id) ?? clean(id))),
  };
}
