import type { JsonObject } from '../../hub/index.ts';
import type { JsonValue } from '../../wire/index.ts';
import { readCitation } from './citation.ts';
import { isCall } from './finish.ts';
import {
  callArgs,
  callHead,
  opaque,
  partBreak,
  partHead,
  partsOf,
  partText,
  readLogprobs,
  readSignature,
  reasoningText,
  strangePart,
  thinkingHead,
} from './items.ts';
import type { Step } from './stream-line.ts';

type Say = (step: Step) => void;
type PartType = 'output_text' | 'refusal';

/** A part of a message, as far as it has been told. */
interface Part {
  type: PartType;
  text: string;
  citations: number;
  logprobs: boolean;
}

/**
 * One item of a stream: what its pieces say, and when it is done whatever they left out. Servers differ in which of the
 * events they send; the item that comes with the last one is always whole.
 */
export class ItemStream {
  done = false;
  /** The part that is open. */
  private current: Part | 'thoughts' | undefined;
  private readonly parts = new Map<string, Part>();
  private thoughts: { kind: string; part: number; text: string } | undefined;
  private args: string | undefined;

  constructor(
    public wire: JsonObject,
    private readonly say: Say,
  ) {}

  /** The item as it was announced; some servers put all of a call into it. */
  begin(): void {
    if (!isCall(this.wire.type)) return;
    this.openCall();
    this.reconcileArgs(callArgs(this.wire));
  }

  text(type: PartType, place: number, delta: string, logprobs?: JsonValue): void {
    this.sayText(this.partAt(type, `${type} ${place}`), delta, logprobs);
  }

  cite(place: number, annotation: JsonValue): void {
    this.sayCitation(this.partAt('output_text', `output_text ${place}`), annotation);
  }

  /** `kind`: a summary or the thoughts themselves; what comes first is told, the other would repeat it. */
  think(kind: 'summary' | 'content', place: number, delta: string): void {
    if (delta === '') return;
    const before = this.thoughts;
    if (before !== undefined && before.kind !== kind) return;
    const text = before !== undefined && before.part !== place ? `${partBreak}${delta}` : delta;
    this.sayThought(text);
    this.thoughts = { kind, part: place, text: (before?.text ?? '') + text };
  }

  argue(delta: string): void {
    this.openCall();
    if (this.args === undefined || delta === '') return;
    this.args += delta;
    this.say({ do: 'say', piece: 'args', text: delta });
  }

  /** All arguments at once: what was not told of them is. */
  reconcileArgs(whole: JsonValue | undefined): void {
    if (typeof whole === 'string') this.argue(rest(whole, this.args ?? ''));
  }

  /** No more arguments come: a call behind this one need not wait any longer. */
  endArgs(whole: JsonValue | undefined): void {
    this.reconcileArgs(whole);
    if (this.args !== undefined) this.say({ do: 'end' });
  }

  /** A part as it ended. */
  endPart(place: number, whole: JsonObject): void {
    const type = partType(whole);
    if (type !== undefined) this.reconcile(this.partAt(type, `${type} ${place}`), whole);
  }

  /** The item is whole. */
  finish(item: JsonObject): void {
    this.done = true;
    this.wire = item;
    switch (item.type) {
      case 'message':
        this.finishParts(partsOf(item));
        break;
      case 'reasoning':
        this.finishThoughts(item);
        break;
      case 'function_call':
      case 'custom_tool_call':
        this.reconcileArgs(callArgs(item) ?? '');
        if (this.args === undefined) this.whole(opaque(item));
        break;
      default:
        this.whole(opaque(item));
    }
  }

  /** Parts are matched in their order: the indexes of events count, at some servers, what came before the message too. */
  private finishParts(parts: readonly JsonObject[]): void {
    const told = [...this.parts.values()].filter(({ text, citations }) => text !== '' || citations > 0);
    for (const whole of parts) {
      const type = partType(whole);
      if (type === undefined) this.whole(strangePart(whole, this.wire));
      else if (partText(whole) !== '' || told.length === 0) {
        this.reconcile(told.shift() ?? this.partAt(type, `${type} done ${this.parts.size}`), whole);
      }
    }
  }

  private reconcile(part: Part, whole: JsonObject): void {
    const annotations = Array.isArray(whole.annotations) ? whole.annotations.slice(part.citations) : [];
    this.sayText(part, rest(partText(whole), part.text), part.logprobs ? undefined : whole.logprobs);
    for (const annotation of annotations) this.sayCitation(part, annotation);
  }

  private finishThoughts(item: JsonObject): void {
    const told = this.thoughts?.text ?? '';
    const missing = rest(reasoningText(item), told);
    const signature = readSignature(item);
    if (missing !== '') this.sayThought(missing);
    if (signature !== undefined) {
      if (told === '' && missing === '') this.say({ do: 'begin', head: thinkingHead(item) });
      this.say({ do: 'sign', signature });
    } else if (told === '' && missing === '') this.whole(opaque(item));
  }

  private whole(head: ReturnType<typeof opaque>): void {
    this.current = undefined;
    this.say({ do: 'begin', head });
    this.say({ do: 'end' });
  }

  private sayThought(text: string): void {
    if (this.current !== 'thoughts') this.say({ do: 'begin', head: thinkingHead(this.wire) });
    this.current = 'thoughts';
    this.say({ do: 'say', piece: 'thinking', text });
  }

  private openCall(): void {
    if (this.args !== undefined) return;
    const head = callHead(this.wire);
    if (head === undefined) return;
    this.args = '';
    this.say({ do: 'begin', head });
  }

  private sayText(part: Part, delta: string, logprobs: JsonValue | undefined): void {
    if (delta !== '') {
      this.openPart(part);
      part.text += delta;
      this.say({ do: 'say', piece: 'text', text: delta });
    }
    const told = readLogprobs(logprobs);
    if (told === undefined) return;
    part.logprobs = true;
    this.say({ do: 'logprobs', logprobs: told });
  }

  private sayCitation(part: Part, annotation: JsonValue): void {
    this.openPart(part);
    part.citations++;
    this.say({ do: 'cite', citation: readCitation(annotation, part.text) });
  }

  private openPart(part: Part): void {
    const head = partHead(part.type, this.wire);
    if (this.current === part || head === undefined) return;
    this.current = part;
    this.say({ do: 'begin', head });
  }

  private partAt(type: PartType, key: string): Part {
    const part = this.parts.get(key) ?? { type, text: '', citations: 0, logprobs: false };
    this.parts.set(key, part);
    return part;
  }
}

function partType({ type }: JsonObject): PartType | undefined {
  if (type === 'refusal') return type;
  return type === 'output_text' || type === 'text' ? 'output_text' : undefined;
}

/** What of a whole text has not been told; nothing where the two differ, since what is told cannot be taken back. */
function rest(whole: string, told: string): string {
  return whole.startsWith(told) ? whole.slice(told.length) : '';
}
