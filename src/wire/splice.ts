import { FieldError, type JsonMap, type JsonValue } from './json.ts';
import type { Member, Members } from './members.ts';
import { dropBelow, emptyFor, own, readPath, setBelow } from './path.ts';
import { skipString } from './scan.ts';

const closingBrace = 0x7d;

/** By path: `model`, `options.num_ctx`, `tools[*].strict`, `messages[0].name`. Applied in the order rename, drop, set. */
export interface Edits {
  /** Missing objects on the way are made; a value of another type on the way stays as it is. */
  set?: JsonMap;
  /** A top-level member that is called like the whole path is dropped as well. */
  drop?: readonly string[];
  /** When the target is present already it wins and the source is dropped. Top level only. */
  rename?: Readonly<Record<string, string>>;
}

/** What edits are applied to: the top level of a body, as bytes or parsed. */
interface Draft {
  has(name: string): boolean;
  /** The value, which may be changed in place if it is `put` afterwards. */
  get(name: string): JsonValue | undefined;
  put(name: string, value: JsonValue): void;
  drop(name: string): void;
  rename(from: string, to: string): void;
}

/** What becomes of one top-level name: its last member, and what was decided about it. */
interface Slot {
  /** Undefined: the member is new. */
  readonly last?: Member;
  name: string;
  /** Renamed, replaced or dropped: earlier members of the same name go. An untouched one keeps all its bytes. */
  touched: boolean;
  dropped?: true;
  value?: JsonValue;
}

/** The body with edits; all other bytes are kept. An edit below the top level parses that one member and puts it back. */
export function splice(body: Members, edits: Edits): Buffer {
  const slots = new Map<string, Slot>();
  for (const last of body.all) slots.set(last.key, { last, name: last.key, touched: false });
  const now = new Map(slots);
  apply(slotsDraft(body, now), edits);
  return print(body.body, patches(body, slots, now));
}

/** The same edits on a parsed body, which is changed and returned. */
export function edit(body: JsonMap, edits: Edits): JsonMap {
  apply(objectDraft(body), edits);
  return body;
}

function apply(draft: Draft, edits: Edits): void {
  for (const [from, to] of Object.entries(edits.rename ?? {})) {
    if (from === to || !draft.has(from)) continue;
    if (draft.has(to)) draft.drop(from);
    else draft.rename(from, to);
  }
  for (const text of edits.drop ?? []) {
    draft.drop(text);
    const { top, below } = readPath(text);
    if (below.length === 0 || !draft.has(top)) continue;
    const value = draft.get(top);
    if (dropBelow(value, below) && value !== undefined) draft.put(top, value);
  }
  for (const [text, value] of Object.entries(edits.set ?? {})) {
    const { top, below } = readPath(text);
    if (below.length === 0) {
      draft.put(top, copy(value));
      continue;
    }
    const outer = draft.get(top) ?? emptyFor(below);
    if (outer !== undefined && setBelow(outer, below, structuredClone(value))) draft.put(top, outer);
  }
}

function objectDraft(body: JsonMap): Draft {
  const has = (name: string): boolean => Object.hasOwn(body, name);
  const get = (name: string): JsonValue | undefined => (has(name) ? body[name] : undefined);
  return {
    has,
    get,
    put: (name, value) => own(body, name, value),
    drop: (name) => {
      if (has(name)) delete body[name];
    },
    rename: (from, to) => {
      own(body, to, get(from) ?? null);
      delete body[from];
    },
  };
}

function slotsDraft(body: Members, now: Map<string, Slot>): Draft {
  return {
    has: (name) => now.has(name),
    get: (name) => {
      const slot = now.get(name);
      if (slot === undefined || slot.value !== undefined) return slot?.value;
      return slot.last === undefined ? undefined : body.get(slot.last.key);
    },
    put: (name, value) => {
      const slot = now.get(name);
      if (slot === undefined) now.set(name, { name, touched: true, value });
      else Object.assign(slot, { touched: true, value });
    },
    drop: (name) => {
      const slot = now.get(name);
      if (slot === undefined) return;
      Object.assign(slot, { touched: true, dropped: true });
      now.delete(name);
    },
    rename: (from, to) => {
      const slot = now.get(from);
      if (slot === undefined) return;
      Object.assign(slot, { touched: true, name: to });
      now.delete(from);
      now.set(to, slot);
    },
  };
}

/** `text` in place of the bytes from `start` to `end`. */
interface Patch {
  start: number;
  end: number;
  text: string;
}

/** A member goes with the comma before it, or with the one behind it while none that stays stands before. */
function patches(body: Members, slots: ReadonlyMap<string, Slot>, now: ReadonlyMap<string, Slot>): Patch[] {
  const out: Patch[] = [];
  const { all, body: bytes } = body;
  let end: number | undefined;
  let staying = false;
  for (const [index, member] of all.entries()) {
    const slot = slots.get(member.key);
    if (slot?.touched && (slot.dropped || slot.last !== member)) {
      const start = staying ? (end ?? member.name) : member.name;
      out.push({
        start,
        end: staying ? member.end : (all[index + 1]?.name ?? member.end),
        text: '',
      });
    } else {
      staying = true;
      if (slot !== undefined && slot.name !== member.key)
        out.push({
          start: member.name,
          end: skipString(bytes, member.name),
          text: JSON.stringify(slot.name),
        });
      if (slot?.value !== undefined)
        out.push({
          start: member.value,
          end: member.end,
          text: printValue(slot),
        });
    }
    end = member.end;
  }
  const start = end ?? bytes.lastIndexOf(closingBrace);
  for (const slot of now.values()) {
    if (slot.last !== undefined) continue;
    out.push({
      start,
      end: start,
      text: `${staying ? ',' : ''}${JSON.stringify(slot.name)}:${printValue(slot)}`,
    });
    staying = true;
  }
  return out;
}

function print(body: Buffer, changes: readonly Patch[]): Buffer {
  if (changes.length === 0) return body;
  const pieces: Buffer[] = [];
  let from = 0;
  for (const { start, end, text } of changes) {
    pieces.push(body.subarray(from, start), Buffer.from(text));
    from = end;
  }
  pieces.push(body.subarray(from));
  return Buffer.concat(pieces);
}

/** JSON.stringify is recursive where JSON.parse is not. */
function printValue(slot: Slot): string {
  try {
    return JSON.stringify(slot.value);
  } catch (error) {
    if (error instanceof RangeError) throw new FieldError(slot.name, 'is nested too deeply to be changed');
    throw error;
  }
}

/** What is put into a body must not be changed there by a later edit. */
function copy(value: JsonValue): JsonValue {
  return typeof value === 'object' && value !== null ? structuredClone(value) : value;
}
