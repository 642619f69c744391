import type { Block, Citation, Json, JsonObject, Signature } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import type { Given } from '../dialect.ts';
import { kept, self } from './own.ts';
import { type ProofOf, writeProof } from './proof.ts';
import { MessageWriter } from './stream-message.ts';
import { type AnswerOutput, leadOf } from './stream-output.ts';

type Thinking = Extract<Block, { type: 'thinking' }>;
type Call = Extract<Block, { type: 'tool-call' }>;

/** The block that is being told. */
type Now = { signature?: Signature } & (
  | { kind: 'part' | 'quiet' }
  /** `index`: once it has begun. */
  | { kind: 'thinking'; head: Thinking; text: string; item: JsonObject; index?: number; lead: string }
  | { kind: 'call'; head: Call; text: string; item: JsonObject; index: number; lead: string }
);

/** Blocks as items of an answer, in frames. */
export class ItemWriter {
  private now: Now = { kind: 'quiet' };
  private readonly message: MessageWriter;

  constructor(
    private readonly out: AnswerOutput,
    private readonly given: Given,
  ) {
    this.message = new MessageWriter(out, given);
  }

  open(head: Block): string {
    const proven = head.signature === undefined ? {} : { signature: head.signature };
    switch (head.type) {
      case 'text':
      case 'refusal':
        this.now = { ...proven, kind: 'part' };
        return this.message.open(head);
      case 'thinking':
        this.now = { ...proven, kind: 'thinking', head, text: '', item: {}, lead: '' };
        return '';
      case 'tool-call':
        return this.openCall(head);
      case 'media':
        this.now = { kind: 'quiet' };
        return this.writeImage(head);
      case 'opaque':
        this.now = { kind: 'quiet' };
        return head.dialect === self && isObject(head.value) ? this.writeItem(head.value) : '';
      case 'tool-result':
        this.now = { kind: 'quiet' };
        return '';
    }
  }

  piece(text: string): string {
    const { now } = this;
    if (text === '') return '';
    switch (now.kind) {
      case 'part':
        return this.message.piece(text);
      case 'thinking': {
        const start = now.index === undefined ? this.startThinking(now) : '';
        now.text += text;
        return start + this.out.delta(now.lead, text);
      }
      case 'call':
        now.text += text;
        return this.out.delta(now.lead, text);
      case 'quiet':
        return '';
    }
  }

  mark(signature: Signature | undefined, citation: Citation | undefined, logprobs: Json | undefined): string {
    if (signature !== undefined) this.now.signature = signature;
    if (logprobs !== undefined) this.message.keepLogprobs(logprobs);
    return citation === undefined ? '' : this.message.cite(citation);
  }

  close(): string {
    const { now } = this;
    this.now = { kind: 'quiet' };
    switch (now.kind) {
      case 'part': {
        const { told, frames } = this.message.close();
        const { signature } = now;
        if (signature === undefined || signature.by === self) return frames;
        return frames + this.writeProof(signature, { kind: told ? 'text' : 'empty' });
      }
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
    return this.message.end();
  }

  private startThinking(now: Extract<Now, { kind: 'thinking' }>): string {
    const before = this.message.end();
    const id = this.thoughtId(now);
    now.item = { ...kept(now.head), id, type: 'reasoning', summary: [] };
    const { index, told } = this.out.add(now.item);
    now.index = index;
    const at = { item_id: id, output_index: index, summary_index: 0 };
    now.lead = leadOf('response.reasoning_summary_text.delta', at);
    const part = { type: 'summary_text', text: '' };
    return before + told + this.out.event('response.reasoning_summary_part.added', { ...at, part });
  }

  private endThinking(now: Extract<Now, { kind: 'thinking' }>): string {
    const { head, signature, index, text } = now;
    const of: ProofOf = { kind: head.redacted === true ? 'redacted' : 'thinking' };
    // An item that its own maker told without a proof is kept there.
    const known = signature === undefined && typeof kept(head).id === 'string';
    const proof = known ? {} : { encrypted_content: writeProof(signature, of) };
    if (index === undefined) {
      if (signature === undefined) return '';
      return this.writeItem({ ...kept(head), id: this.thoughtId(now), type: 'reasoning', summary: [], ...proof });
    }
    const part = { type: 'summary_text', text };
    const at = { item_id: now.item.id ?? '', output_index: index, summary_index: 0 };
    return (
      this.out.event('response.reasoning_summary_text.done', { ...at, text }) +
      this.out.event('response.reasoning_summary_part.done', { ...at, part }) +
      this.out.done(index, { ...now.item, summary: [part], ...proof })
    );
  }

  private openCall(head: Call): string {
    const custom = head.kind === 'custom';
    const callId = head.id === '' ? this.given.id('call_') : head.id;
    const before =
      this.message.end() +
      (head.signature === undefined ? '' : this.writeProof(head.signature, { kind: 'call', id: callId }));
    const id = this.idOf(head, custom ? 'ctc_' : 'fc_');
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
    const { index, told } = this.out.add(item);
    const type = custom ? 'response.custom_tool_call_input.delta' : 'response.function_call_arguments.delta';
    const lead = leadOf(type, { item_id: id, output_index: index });
    this.now = { kind: 'call', head, text: '', item, index, lead };
    return before + told;
  }

  private endCall({ head, text, item, index, lead, signature }: Extract<Now, { kind: 'call' }>): string {
    const custom = head.kind === 'custom';
    // Clients join the pieces and parse them: no arguments are an empty object.
    const missing = text === '' && !custom ? '{}' : '';
    const whole = custom ? { input: text } : { arguments: text + missing };
    const named = custom ? {} : { name: head.name };
    const type = custom ? 'response.custom_tool_call_input.done' : 'response.function_call_arguments.done';
    return (
      (missing === '' ? '' : this.out.delta(lead, missing)) +
      this.out.event(type, { item_id: item.id ?? '', output_index: index, ...named, ...whole }) +
      this.out.done(index, { ...item, status: 'completed', ...whole }) +
      (signature === undefined ? '' : this.writeProof(signature, { kind: 'call', id: String(item.call_id) }))
    );
  }

  private writeImage({ media, source }: Extract<Block, { type: 'media' }>): string {
    if (media !== 'image' || source.kind !== 'base64') return '';
    const id = this.given.id('ig_');
    return this.writeItem({ id, type: 'image_generation_call', status: 'completed', result: source.data });
  }

  private writeProof(signature: Signature, of: ProofOf): string {
    const id = this.given.id('rs_');
    return this.writeItem({ id, type: 'reasoning', summary: [], encrypted_content: writeProof(signature, of) });
  }

  /** An item that is whole at once. */
  private writeItem(item: JsonObject): string {
    const before = this.message.end();
    return before + this.out.whole(item);
  }

  private thoughtId({ head, signature }: { head: Thinking; signature?: Signature }): string {
    return this.idOf(head, 'rs_', signature?.by === self ? signature.id : undefined);
  }

  private idOf(head: Block, prefix: string, proven?: string): string {
    const { id = proven } = kept(head);
    return typeof id === 'string' && id !== '' ? id : this.given.id(prefix);
  }
}
