import type { Block, Citation, Json, JsonObject, Signature } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import type { Given } from '../dialect.ts';
import { writeCitations } from './citation.ts';
import { kept, self } from './own.ts';
import { type ProofOf, writeProof } from './proof.ts';

type Spoken = Extract<Block, { type: 'text' | 'refusal' }>;
type Thinking = Extract<Block, { type: 'thinking' }>;
type Call = Extract<Block, { type: 'tool-call' }>;

/** Numbers events and writes them as frames. */
export interface Frames {
  event(type: string, fields: JsonObject): string;
  /** What stands behind a text of an event whose beginning is written already. */
  tail(): string;
}

/** The block that is being told. `started`: something of it is out. */
type Now = { text: string; started: boolean; lead: string; signature?: Signature } & (
  | { kind: 'part'; head: Spoken; place: number; citations: Citation[]; logprobs: Json[] }
  | { kind: 'thinking'; head: Thinking; item: JsonObject; index: number }
  | { kind: 'call'; head: Call; item: JsonObject; index: number }
  | { kind: 'quiet' }
);

/** A message that may still get parts. */
interface Message {
  id: string;
  index: number;
  own: JsonObject;
  content: JsonObject[];
}

/** Blocks as items of an answer, in frames; `output` is what they add up to. */
export class ItemWriter {
  readonly output: JsonObject[] = [];
  private now: Now = { kind: 'quiet', text: '', started: false, lead: '' };
  private message: Message | undefined;

  constructor(
    private readonly frames: Frames,
    private readonly given: Given,
  ) {}

  open(head: Block): string {
    const fresh = { text: '', started: false, lead: '', ...(head.signature && { signature: head.signature }) };
    switch (head.type) {
      case 'text':
      case 'refusal':
        this.now = { ...fresh, kind: 'part', head, place: 0, citations: [], logprobs: [] };
        return head.type === 'text' && head.citations !== undefined ? this.cite(head.citations) : '';
      case 'thinking':
        this.now = { ...fresh, kind: 'thinking', head, item: {}, index: 0 };
        return '';
      case 'tool-call':
        return this.openCall(head, fresh);
      case 'media':
        this.now = { ...fresh, kind: 'quiet' };
        return this.writeImage(head);
      case 'opaque':
        this.now = { ...fresh, kind: 'quiet' };
        return head.dialect === self && isObject(head.value) ? this.writeItem(head.value) : '';
      case 'tool-result':
        this.now = { ...fresh, kind: 'quiet' };
        return '';
    }
  }

  piece(text: string): string {
    const { now } = this;
    if (text === '' || now.kind === 'quiet') return '';
    const start = now.started ? '' : this.start(now);
    now.text += text;
    return start + now.lead + JSON.stringify(text) + this.frames.tail();
  }

  mark(signature: Signature | undefined, citation: Citation | undefined, logprobs: Json | undefined): string {
    if (signature !== undefined) this.now.signature = signature;
    if (logprobs !== undefined) this.keepLogprobs(logprobs);
    return citation === undefined ? '' : this.cite([citation]);
  }

  close(): string {
    const { now } = this;
    this.now = { kind: 'quiet', text: '', started: false, lead: '' };
    switch (now.kind) {
      case 'part':
        return (now.started ? this.endPart(now) : '') + this.proofOfText(now);
      case 'thinking':
        return this.endThinking(now);
      case 'call':
        return this.endCall(now);
      case 'quiet':
        return '';
    }
  }

  /** Nothing more comes. */
  end(): string {
    return this.endMessage();
  }

  private start(now: Exclude<Now, { kind: 'quiet' }>): string {
    now.started = true;
    switch (now.kind) {
      case 'part':
        return this.startPart(now);
      case 'thinking':
        return this.startThinking(now);
      case 'call':
        return '';
    }
  }

  private startPart(now: Extract<Now, { kind: 'part' }>): string {
    const { id, ...own } = kept(now.head);
    const goesOn = this.message !== undefined && (typeof id !== 'string' || this.message.id === id);
    const begun = goesOn ? '' : this.startMessage(typeof id === 'string' ? id : this.given.id('msg_'), own);
    const { message } = this;
    if (message === undefined) return begun;
    now.place = message.content.length;
    const part = writePart(now);
    message.content.push(part);
    const at = { item_id: message.id, output_index: message.index, content_index: now.place };
    const type = now.head.type === 'refusal' ? 'response.refusal.delta' : 'response.output_text.delta';
    const logprobs = now.head.type === 'refusal' ? {} : { logprobs: [] };
    now.lead = leadOf(type, { ...at, ...logprobs });
    return begun + this.frames.event('response.content_part.added', { ...at, part });
  }

  private startMessage(id: string, own: JsonObject): string {
    const before = this.endMessage();
    const message = { id, index: this.output.length, own, content: [] };
    const item = writeMessage(message, 'in_progress');
    this.message = message;
    this.output.push(item);
    return before + this.frames.event('response.output_item.added', { output_index: message.index, item });
  }

  private endMessage(): string {
    const { message } = this;
    if (message === undefined) return '';
    this.message = undefined;
    return this.done(message.index, writeMessage(message, 'completed'));
  }

  private endPart(now: Extract<Now, { kind: 'part' }>): string {
    const { message } = this;
    if (message === undefined) return '';
    const part = writePart(now);
    message.content[now.place] = part;
    const at = { item_id: message.id, output_index: message.index, content_index: now.place };
    const said =
      now.head.type === 'refusal'
        ? this.frames.event('response.refusal.done', { ...at, refusal: now.text })
        : this.frames.event('response.output_text.done', { ...at, text: now.text, logprobs: now.logprobs });
    return said + this.frames.event('response.content_part.done', { ...at, part });
  }

  private cite(citations: readonly Citation[]): string {
    const { now } = this;
    if (now.kind !== 'part' || now.head.type !== 'text') return '';
    const start = now.started ? '' : this.start(now);
    now.citations.push(...citations);
    const { message } = this;
    if (message === undefined) return start;
    const told = citations.map((citation, n): string => {
      const [annotation] = writeCitations({ type: 'text', text: now.text, citations: [citation] });
      if (annotation === undefined) return '';
      return this.frames.event('response.output_text.annotation.added', {
        ...{ item_id: message.id, output_index: message.index, content_index: now.place },
        annotation_index: now.citations.length - citations.length + n,
        annotation,
      });
    });
    return start + told.join('');
  }

  /** In the form of OpenAI's chat; those that come behind their text lie in the item when it is done. */
  private keepLogprobs(logprobs: Json): void {
    const list = isObject(logprobs) && Array.isArray(logprobs.content) ? logprobs.content : [];
    const { now } = this;
    if (now.kind === 'part') {
      now.logprobs.push(...list);
      return;
    }
    const last = this.message?.content.at(-1);
    if (last?.type === 'output_text' && Array.isArray(last.logprobs)) last.logprobs = [...last.logprobs, ...list];
  }

  private proofOfText({ signature, started }: Now): string {
    if (signature === undefined || signature.by === self) return '';
    return this.writeProof(signature, { kind: started ? 'text' : 'empty' });
  }

  private writeProof(signature: Signature, of: ProofOf): string {
    const id = this.given.id('rs_');
    return this.writeItem({ id, type: 'reasoning', summary: [], encrypted_content: writeProof(signature, of) });
  }

  private startThinking(now: Extract<Now, { kind: 'thinking' }>): string {
    const before = this.endMessage();
    const id = this.idOf(now.head, 'rs_', now.signature?.by === self ? now.signature.id : undefined);
    now.item = { ...kept(now.head), id, type: 'reasoning', summary: [] };
    now.index = this.output.push(now.item) - 1;
    const at = { item_id: id, output_index: now.index, summary_index: 0 };
    now.lead = leadOf('response.reasoning_summary_text.delta', at);
    const part = { type: 'summary_text', text: '' };
    return (
      before +
      this.frames.event('response.output_item.added', { output_index: now.index, item: now.item }) +
      this.frames.event('response.reasoning_summary_part.added', { ...at, part })
    );
  }

  private endThinking(now: Extract<Now, { kind: 'thinking' }>): string {
    const of: ProofOf = { kind: now.head.redacted === true ? 'redacted' : 'thinking' };
    // An item that its own maker told without a proof is kept there.
    const known = now.signature === undefined && typeof kept(now.head).id === 'string';
    const proof = known ? {} : { encrypted_content: writeProof(now.signature, of) };
    if (!now.started) {
      if (now.signature === undefined) return '';
      const id = this.idOf(now.head, 'rs_', now.signature.by === self ? now.signature.id : undefined);
      return this.writeItem({ ...kept(now.head), id, type: 'reasoning', summary: [], ...proof });
    }
    const part = { type: 'summary_text', text: now.text };
    const at = { item_id: now.item.id ?? '', output_index: now.index, summary_index: 0 };
    return (
      this.frames.event('response.reasoning_summary_text.done', { ...at, text: now.text }) +
      this.frames.event('response.reasoning_summary_part.done', { ...at, part }) +
      this.done(now.index, { ...now.item, summary: [part], ...proof })
    );
  }

  private openCall(head: Call, fresh: Omit<Now, 'kind'>): string {
    const custom = head.kind === 'custom';
    const callId = head.id === '' ? this.given.id('call_') : head.id;
    const before = this.endMessage();
    const proof = head.signature === undefined ? '' : this.writeProof(head.signature, { kind: 'call', id: callId });
    const id = this.idOf(head, custom ? 'ctc_' : 'fc_', undefined);
    const item: JsonObject = {
      ...kept(head),
      id,
      type: custom ? 'custom_tool_call' : 'function_call',
      status: 'in_progress',
      call_id: callId,
      ...(head.namespace === undefined ? {} : { namespace: head.namespace }),
      name: head.name,
      ...(custom ? { input: '' } : { arguments: '' }),
    };
    const index = this.output.push(item) - 1;
    const type = custom ? 'response.custom_tool_call_input.delta' : 'response.function_call_arguments.delta';
    const lead = leadOf(type, { item_id: id, output_index: index });
    const { signature: _told, ...rest } = fresh;
    this.now = { ...rest, kind: 'call', head, item, index, lead };
    return before + proof + this.frames.event('response.output_item.added', { output_index: index, item });
  }

  private endCall(now: Extract<Now, { kind: 'call' }>): string {
    const { head, item, index, lead } = now;
    const at = { item_id: item.id ?? '', output_index: index };
    const custom = head.kind === 'custom';
    // Clients join the pieces and parse them: no arguments are an empty object.
    const missing = now.text === '' && !custom ? lead + JSON.stringify('{}') + this.frames.tail() : '';
    const text = missing === '' ? now.text : '{}';
    const whole = custom ? { input: text } : { arguments: text };
    const type = custom ? 'response.custom_tool_call_input.done' : 'response.function_call_arguments.done';
    const named = custom ? {} : { name: head.name };
    const done =
      this.frames.event(type, { ...at, ...named, ...whole }) +
      this.done(index, { ...item, status: 'completed', ...whole });
    const late = now.signature;
    return (
      missing + done + (late === undefined ? '' : this.writeProof(late, { kind: 'call', id: String(item.call_id) }))
    );
  }

  private writeImage({ media, source }: Extract<Block, { type: 'media' }>): string {
    if (media !== 'image' || source.kind !== 'base64') return '';
    const id = this.given.id('ig_');
    return this.writeItem({ id, type: 'image_generation_call', status: 'completed', result: source.data });
  }

  /** An item that is whole at once. */
  private writeItem(item: JsonObject): string {
    const before = this.endMessage();
    const index = this.output.push(item) - 1;
    const added = this.frames.event('response.output_item.added', { output_index: index, item });
    return before + added + this.done(index, item);
  }

  private done(index: number, item: JsonObject): string {
    this.output[index] = item;
    return this.frames.event('response.output_item.done', { output_index: index, item });
  }

  private idOf(head: Block, prefix: string, proven: string | undefined): string {
    const { id = proven } = kept(head);
    return typeof id === 'string' && id !== '' ? id : this.given.id(prefix);
  }
}

function writeMessage({ id, own, content }: Message, status: 'in_progress' | 'completed'): JsonObject {
  return { ...own, id, type: 'message', status, role: 'assistant', content: status === 'completed' ? content : [] };
}

function writePart({ head, text, citations, logprobs }: Extract<Now, { kind: 'part' }>): JsonObject {
  if (head.type === 'refusal') return { type: 'refusal', refusal: text };
  const annotations = writeCitations({ type: 'text', text, citations });
  return { type: 'output_text', text, annotations, logprobs: [...logprobs] };
}

/** What stands before the text of a delta: the same for a whole block, so that it is joined once. */
function leadOf(type: string, fields: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields }).slice(0, -1)},"delta":`;
}
