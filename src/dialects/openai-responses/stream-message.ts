import type { Block, Citation, Json, JsonObject } from '../../hub/index.ts';
import type { Given } from '../dialect.ts';
import { writeCitations } from './citation.ts';
import { withoutBytes, writeLogprobs } from './logprobs.ts';
import { kept } from './own.ts';
import { type AnswerOutput, leadOf } from './stream-output.ts';

type Spoken = Extract<Block, { type: 'text' | 'refusal' }>;

/** A message that may still get parts. */
interface Message {
  id: string;
  index: number;
  own: JsonObject;
  content: JsonObject[];
}

/** The part that is being told; nothing of it is out before it has words or a citation. */
interface Part {
  head: Spoken;
  text: string;
  citations: Citation[];
  logprobs: JsonObject[];
  /** Once it has begun. */
  at?: { item_id: string; output_index: number; content_index: number };
  lead: string;
}

/** Texts and refusals that follow each other are parts of one message. */
export class MessageWriter {
  private message: Message | undefined;
  private part: Part | undefined;

  constructor(
    private readonly out: AnswerOutput,
    private readonly given: Given,
  ) {}

  open(head: Spoken): string {
    this.part = { head, text: '', citations: [], logprobs: [], lead: '' };
    return head.type === 'text' && head.citations !== undefined
      ? head.citations.map((one) => this.cite(one)).join('')
      : '';
  }

  piece(text: string): string {
    const { part } = this;
    if (part === undefined) return '';
    const start = part.at === undefined ? this.start(part) : '';
    part.text += text;
    return start + this.out.delta(part.lead, text);
  }

  cite(citation: Citation): string {
    const { part } = this;
    if (part === undefined || part.head.type !== 'text') return '';
    const start = part.at === undefined ? this.start(part) : '';
    const index = part.citations.push(citation) - 1;
    const [annotation] = writeCitations({ type: 'text', text: part.text, citations: [citation] });
    if (annotation === undefined) return start;
    const fields = { ...part.at, annotation_index: index, annotation };
    return start + this.out.event('response.output_text.annotation.added', fields);
  }

  /** In the form of OpenAI's chat; those that come behind their text lie in the item when it is done. */
  keepLogprobs(logprobs: Json): void {
    const list = writeLogprobs(logprobs);
    if (this.part !== undefined) {
      this.part.logprobs.push(...list);
      return;
    }
    const last = this.message?.content.at(-1);
    if (last?.type === 'output_text' && Array.isArray(last.logprobs)) last.logprobs = [...last.logprobs, ...list];
  }

  /** `told`: something of the part was out. */
  close(): { told: boolean; frames: string } {
    const { part } = this;
    this.part = undefined;
    if (part?.at === undefined) return { told: false, frames: '' };
    const { at, text, head, logprobs } = part;
    const whole = writePart(part);
    if (this.message !== undefined) this.message.content[at.content_index] = whole;
    const said =
      head.type === 'refusal'
        ? this.out.event('response.refusal.done', { ...at, refusal: text })
        : this.out.event('response.output_text.done', { ...at, text, logprobs: withoutBytes(logprobs) });
    return { told: true, frames: said + this.out.event('response.content_part.done', { ...at, part: whole }) };
  }

  /** The message is whole: something else follows. */
  end(): string {
    const { message } = this;
    this.message = undefined;
    return message === undefined ? '' : this.out.done(message.index, writeMessage(message, 'completed'));
  }

  private start(part: Part): string {
    const { id, ...own } = kept(part.head);
    const known = typeof id === 'string' ? id : undefined;
    const goesOn = this.message !== undefined && (known === undefined || this.message.id === known);
    const before = goesOn ? '' : this.begin(known ?? this.given.id('msg_'), own);
    const { message } = this;
    if (message === undefined) return before;
    const empty = writePart(part);
    const at = { item_id: message.id, output_index: message.index, content_index: message.content.push(empty) - 1 };
    part.at = at;
    part.lead =
      part.head.type === 'refusal'
        ? leadOf('response.refusal.delta', at)
        : leadOf('response.output_text.delta', { ...at, logprobs: [] });
    return before + this.out.event('response.content_part.added', { ...at, part: empty });
  }

  private begin(id: string, own: JsonObject): string {
    const before = this.end();
    const message: Message = { id, index: 0, own, content: [] };
    const { index, told } = this.out.add(writeMessage(message, 'in_progress'));
    message.index = index;
    this.message = message;
    return before + told;
  }
}

function writeMessage({ id, own, content }: Message, status: 'in_progress' | 'completed'): JsonObject {
  return { ...own, id, type: 'message', status, role: 'assistant', content: status === 'completed' ? content : [] };
}

function writePart({ head, text, citations, logprobs }: Part): JsonObject {
  if (head.type === 'refusal') return { type: 'refusal', refusal: text };
  const annotations = writeCitations({ type: 'text', text, citations });
  return { type: 'output_text', text, annotations, logprobs: [...logprobs] };
}
