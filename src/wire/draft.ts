import type { JsonMap, JsonValue } from './json.ts';
import type { Member, Members } from './members.ts';
import { own } from './path.ts';

/** What edits are applied to: the top level of a body, as bytes or parsed. */
export interface Draft {
  has(name: string): boolean;
  /** The value, which may be changed in place if it is `put` afterwards. */
  get(name: string): JsonValue | undefined;
  put(name: string, value: JsonValue): void;
  drop(name: string): void;
  /** `from` is there and `to` is not. */
  rename(from: string, to: string): void;
}

/** What becomes of one top-level name. Of equal names only the last can stay. */
export interface Slot {
  /** Undefined: the member is new. */
  readonly last: Member | undefined;
  name: string;
  dropped: boolean;
  /** Undefined: the value keeps its bytes. */
  value: JsonValue | undefined;
}

/** A parsed body, changed in place. */
export function objectDraft(body: JsonMap): Draft {
  const has = (name: string): boolean => Object.hasOwn(body, name);
  return {
    has,
    get: (name) => (has(name) ? body[name] : undefined),
    put: (name, value) => own(body, name, value),
    drop: (name) => {
      if (has(name)) delete body[name];
    },
    rename: (from, to) => {
      const value = body[from];
      delete body[from];
      if (value !== undefined) own(body, to, value);
    },
  };
}

/** A body in bytes: remembers what is to become of the names that edits touch. */
export class BytesDraft implements Draft {
  readonly #body: Members;
  /** By the name in the bytes; new members are not here. */
  readonly touched = new Map<string, Slot>();
  /** By the name it has now; undefined: dropped or renamed. */
  readonly #now = new Map<string, Slot | undefined>();

  constructor(body: Members) {
    this.#body = body;
  }

  has(name: string): boolean {
    return this.#now.has(name) ? this.#now.get(name) !== undefined : this.#body.has(name);
  }

  get(name: string): JsonValue | undefined {
    if (!this.#now.has(name)) return this.#body.get(name);
    const slot = this.#now.get(name);
    // a value that was set to null is a value
    if (slot === undefined || slot.value !== undefined) return slot?.value;
    return slot.last === undefined ? undefined : this.#body.get(slot.last.key);
  }

  put(name: string, value: JsonValue): void {
    const slot = this.#touch(name);
    if (slot === undefined) this.#now.set(name, { last: undefined, name, dropped: false, value });
    else slot.value = value;
  }

  drop(name: string): void {
    const slot = this.#touch(name);
    if (slot === undefined) return;
    slot.dropped = true;
    this.#now.set(name, undefined);
  }

  rename(from: string, to: string): void {
    const slot = this.#touch(from);
    if (slot === undefined) return;
    slot.name = to;
    this.#now.set(from, undefined);
    this.#now.set(to, slot);
  }

  /** Members that the bytes do not have. */
  added(): Slot[] {
    const out: Slot[] = [];
    for (const slot of this.#now.values()) if (slot !== undefined && slot.last === undefined) out.push(slot);
    return out;
  }

  #touch(name: string): Slot | undefined {
    if (this.#now.has(name)) return this.#now.get(name);
    const last = this.#body.at(name);
    if (last === undefined) return undefined;
    const slot: Slot = { last, name, dropped: false, value: undefined };
    this.touched.set(name, slot);
    this.#now.set(name, slot);
    return slot;
  }
}
