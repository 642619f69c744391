import { BytesDraft, type Draft, objectDraft, type Slot } from './draft.ts';
import { FieldError, type JsonMap, type JsonValue } from './json.ts';
import type { Member, Members } from './members.ts';
import { dropBelow, emptyFor, readPath, setBelow } from './path.ts';
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

/** The body with edits, the same buffer where they change nothing; all other bytes are kept. An edit below the top level parses that one member and puts it back. */
export function splice(body: Members, edits: Edits): Buffer {
  const draft = new BytesDraft(body);
  apply(draft, edits);
  return print(body.body, patches(body, draft));
}

/** The same edits on a parsed body, which is changed and returned. */
export function edit(body: JsonMap, edits: Edits): JsonMap {
  apply(objectDraft(body), edits);
  return body;
}

function apply(draft: Draft, edits: Edits): void {
  for (const from in edits.rename) {
    const to = edits.rename[from];
    if (to === undefined || from === to || !draft.has(from)) continue;
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
  for (const text in edits.set) {
    const value = edits.set[text];
    if (value === undefined) continue;
    const { top, below } = readPath(text);
    if (below.length === 0) {
      draft.put(top, copy(value));
      continue;
    }
    const outer = draft.get(top) ?? emptyFor(below);
    if (outer !== undefined && setBelow(outer, below, copy(value))) draft.put(top, outer);
  }
}

/** `text` in place of the bytes from `start` to `end`. */
interface Patch {
  start: number;
  end: number;
  text: string;
}

/** A member goes with the comma before it, or with the one behind it while none that stays stands before. */
function patches(body: Members, draft: BytesDraft): Patch[] {
  const out: Patch[] = [];
  const { all } = body;
  let end: number | undefined;
  let staying = false;
  for (const [index, member] of all.entries()) {
    const slot = draft.touched.get(member.key);
    if (slot === undefined) staying = true;
    else if (slot.dropped || slot.last !== member) {
      const behind = all[index + 1]?.name ?? member.end;
      out.push(
        staying
          ? { start: end ?? member.name, end: member.end, text: '' }
          : { start: member.name, end: behind, text: '' },
      );
    } else {
      staying = true;
      patchMember(body.body, member, slot, out);
    }
    end = member.end;
  }
  const start = end ?? body.body.lastIndexOf(closingBrace);
  for (const slot of draft.added()) {
    out.push({ start, end: start, text: `${staying ? ',' : ''}${JSON.stringify(slot.name)}:${printValue(slot)}` });
    staying = true;
  }
  return out;
}

function patchMember(body: Buffer, member: Member, slot: Slot, out: Patch[]): void {
  const { key, name, value, end } = member;
  if (slot.name !== key) out.push({ start: name, end: skipString(body, name), text: JSON.stringify(slot.name) });
  if (slot.value === undefined) return;
  const text = printValue(slot);
  if (text.length !== end - value || body.toString('latin1', value, end) !== text)
    out.push({ start: value, end, text });
}

function print(body: Buffer, changes: readonly Patch[]): Buffer {
  if (changes.length === 0) return body;
  let size = body.length;
  for (const { start, end, text } of changes) size += Buffer.byteLength(text) - (end - start);
  const out = Buffer.allocUnsafe(size);
  let from = 0;
  let to = 0;
  for (const { start, end, text } of changes) {
    to += body.copy(out, to, from, start);
    if (text !== '') to += out.write(text, to);
    from = end;
  }
  body.copy(out, to, from);
  return out;
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
