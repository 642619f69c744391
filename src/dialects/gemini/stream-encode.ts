import type { Block, Choice, HubEvent, HubRequest, Json, JsonObject, Usage } from '../../hub/index.ts';
import type { Given, StreamEncoder } from '../dialect.ts';
import type { Thought } from '../sealed-thoughts.ts';
import type { Cited } from './citation.ts';
import { errorBody } from './encode-error.ts';
import { ending, nothing, replyId, writePart } from './encode-response.ts';
import { cutShort } from './error.ts';
import { kept, self } from './own.ts';
import { writeProof } from './proof.ts';
import { blockReason } from './response.ts';
import { asksEvents, type Frames, jsonArray, serverEvents } from './stream-form.ts';
import { writeUsage } from './usage.ts';

/** One candidate while it is told. */
interface Telling {
  index: number;
  /** The block that is open: texts go out as they come, everything else when it is whole. */
  now: Block | undefined;
  parts: number;
  cited: Cited[];
  thoughts: Thought[];
  refused: boolean;
  logprobs: Json[];
  end: Pick<Choice, 'finish' | 'extra'> | undefined;
  /** What stands before and behind the text of a piece. */
  lead: string;
  tail: string;
}

/** `alt=sse` asks for Server-sent events; the API's own way is one JSON array. Absent query: events. */
export function encodeStream(request: HubRequest, given: Given, query?: URLSearchParams): StreamEncoder {
  const frames = query === undefined || asksEvents(query) ? serverEvents() : jsonArray();
  const stream = new Stream(request.model, given, frames);
  return {
    type: frames.type,
    ping: frames.ping,
    event: (event) => stream.take(event),
    end: () => stream.end(),
  };
}

/** Writes a stream of whole reply objects. Usage may come after the finish, so the last one waits for the end. */
class Stream {
  readonly #model: string;
  readonly #given: Given;
  readonly #frames: Frames;
  readonly #choices = new Map<number, Telling>();
  #id = '';
  #around = '';
  #extra: JsonObject = {};
  #usage: Usage | undefined;
  #dead = false;

  constructor(model: string, given: Given, frames: Frames) {
    this.#model = model;
    this.#given = given;
    this.#frames = frames;
  }

  take(event: HubEvent): string {
    if (this.#dead) return '';
    switch (event.type) {
      case 'text':
      case 'thinking':
      case 'args':
        return this.#piece(this.#at(event.choice), event.text);
      case 'start':
        this.#id = event.id;
        this.#extra = event.extra?.[self] ?? {};
        this.#usage = event.usage ?? this.#usage;
        return '';
      case 'open':
        return this.#open(this.#at(event.choice), event.head);
      case 'mark':
        this.#mark(this.#at(event.choice), event);
        return '';
      case 'close':
        return this.#close(this.#at(event.choice));
      case 'finish': {
        const telling = this.#at(event.choice);
        telling.end = { finish: event.finish, ...(event.extra === undefined ? {} : { extra: event.extra }) };
        return this.#close(telling);
      }
      case 'usage':
        this.#usage = event.usage;
        return '';
      case 'ping':
        return this.#frames.ping;
      case 'error':
        return this.#fail(errorBody(event.error));
    }
  }

  end(): string {
    if (this.#dead) return '';
    const choices = [...this.#choices.values()];
    if (choices.length === 0 || choices.some(({ end }) => end === undefined)) return this.#fail(errorBody(cutShort()));
    this.#dead = true;
    const body = {
      ...this.#extra,
      // A prompt that was refused has no candidates.
      ...(blockReason(this.#extra) === undefined ? { candidates: choices.map(lastWords) } : {}),
      ...(this.#usage === undefined ? {} : { usageMetadata: writeUsage(this.#usage) }),
      modelVersion: this.#model,
      responseId: this.#responseId(),
    };
    return this.#frames.frame(JSON.stringify(body)) + this.#frames.close();
  }

  #fail(body: JsonObject): string {
    this.#dead = true;
    return this.#frames.frame(JSON.stringify(body)) + this.#frames.close();
  }

  #at(index: number): Telling {
    let telling = this.#choices.get(index);
    if (telling === undefined) {
      telling = {
        index,
        now: undefined,
        parts: 0,
        cited: [],
        thoughts: [],
        refused: false,
        logprobs: [],
        end: undefined,
        lead: '',
        tail: '',
      };
      this.#choices.set(index, telling);
    }
    return telling;
  }

  #open(telling: Telling, head: Block): string {
    const before = this.#close(telling);
    telling.now = { ...head };
    switch (head.type) {
      case 'refusal':
      case 'text':
      case 'thinking': {
        if (head.type === 'refusal') telling.refused = true;
        const around = { ...(head.type === 'thinking' ? { thought: true } : {}), ...kept(head) };
        const json = JSON.stringify(around);
        telling.lead = `{"candidates":[{"content":{"parts":[{"text":`;
        telling.tail = `${json === '{}' ? '}' : `,${json.slice(1)}`}],"role":"model"},"index":${telling.index}}],${this.#head()}}`;
        const { text } = head;
        if (text === '') return before;
        telling.now = { ...head, text: '' };
        return before + this.#piece(telling, text);
      }
      case 'media':
      case 'opaque':
      case 'tool-call':
      case 'tool-result':
        return before;
    }
  }

  #piece(telling: Telling, text: string): string {
    const { now } = telling;
    if (now === undefined || text === '') return '';
    switch (now.type) {
      case 'text':
      case 'refusal':
      case 'thinking':
        now.text += text;
        return this.#frames.frame(telling.lead + JSON.stringify(text) + telling.tail);
      case 'tool-call':
        now.args += text;
        return '';
      case 'media':
      case 'opaque':
      case 'tool-result':
        return '';
    }
  }

  #mark(telling: Telling, { signature, citation, logprobs }: HubEvent & { type: 'mark' }): void {
    const { now } = telling;
    if (logprobs !== undefined) telling.logprobs.push(logprobs);
    if (now === undefined) return;
    if (signature !== undefined) now.signature = signature;
    if (citation !== undefined && now.type === 'text') now.citations = [...(now.citations ?? []), citation];
  }

  #close(telling: Telling): string {
    const { now } = telling;
    if (now === undefined) return '';
    telling.now = undefined;
    const whole = writePart(now, telling.thoughts);
    switch (now.type) {
      case 'text':
      case 'refusal':
      case 'thinking':
        return this.#proof(telling, now, whole);
      case 'media':
      case 'opaque':
      case 'tool-call':
      case 'tool-result':
        return whole === undefined ? '' : this.#part(telling, whole);
    }
  }

  /** The words are out; what belongs to them follows on a part without any. */
  #proof(
    telling: Telling,
    now: Block & { type: 'text' | 'refusal' | 'thinking' },
    whole: JsonObject | undefined,
  ): string {
    if (now.type === 'text' && now.text !== '') {
      telling.cited.push({ part: telling.parts, text: now.text, citations: now.citations ?? [] });
    }
    if (now.text !== '') telling.parts++;
    if (whole === undefined || writeProof(now).thoughtSignature === undefined) return '';
    return this.#part(telling, { ...whole, text: '' });
  }

  #part(telling: Telling, part: JsonObject): string {
    telling.parts++;
    const candidate = { content: { parts: [part], role: 'model' }, index: telling.index };
    return this.#frames.frame(`{"candidates":[${JSON.stringify(candidate)}],${this.#head()}}`);
  }

  /** What every frame says of the reply, without braces. */
  #head(): string {
    if (this.#around === '') {
      const head = JSON.stringify({ modelVersion: this.#model, responseId: this.#responseId() });
      this.#around = head.slice(1, -1);
    }
    return this.#around;
  }

  #responseId(): string {
    this.#id = replyId(this.#id, this.#given);
    return this.#id;
  }
}

function lastWords({ index, end, cited, refused, logprobs }: Telling): JsonObject {
  const tokens = logprobs.flatMap((one) => contentOf(one));
  return {
    content: { parts: [nothing], role: 'model' },
    ...(end === undefined
      ? {}
      : ending({ ...end, ...(tokens.length === 0 ? {} : { logprobs: { content: tokens } }) }, cited, refused)),
    index,
  };
}

function contentOf(logprobs: Json): Json[] {
  const content = typeof logprobs === 'object' && logprobs !== null && !Array.isArray(logprobs) && logprobs['content'];
  return Array.isArray(content) ? content : [];
}
