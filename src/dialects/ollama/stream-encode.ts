import type { Block, Finish, HubEvent, HubRequest, JsonObject, Signature, Usage } from '../../hub/index.ts';
import type { Given, StreamEncoder } from '../dialect.ts';
import type { Thought } from '../sealed-thoughts.ts';
import { cutShort, writeErrorLine } from './error.ts';
import {
  type Form,
  timestamp,
  writeCall,
  writeLogprobs,
  writePicture,
  writeReason,
  writeSaid,
  writeUsage,
} from './lines.ts';
import { self } from './params.ts';

/** Writes lines of JSON. A call is one line, told when it is whole; usage may come after the finish, so the last line waits for the end. */
export function encodeStream(form: Form, request: HubRequest, given: Given): StreamEncoder {
  const writer = new Writer(form, request.model, given);
  return {
    type: 'application/x-ndjson',
    ping: '',
    event: (event) => writer.event(event),
    end: () => writer.end(),
  };
}

class Writer {
  private readonly model: string;
  private over = false;
  private calls = 0;
  private call: Extract<Block, { type: 'tool-call' }> | undefined;
  /** The thoughts since the last call; the newest may still be told. */
  private thoughts: Thought[] = [];
  private thought: Thought | undefined;
  private last: { finish: Finish; extra: JsonObject } | undefined;
  private usage: Usage | undefined;
  private firstAt: number | undefined;

  constructor(
    private readonly form: Form,
    model: string,
    private readonly given: Given,
  ) {
    this.model = JSON.stringify(model);
  }

  event(event: HubEvent): string {
    if (this.over || ('choice' in event && event.choice !== 0)) return '';
    switch (event.type) {
      case 'text':
        return this.said(event.text, '');
      case 'thinking':
        if (this.thought !== undefined) this.thought.text += event.text;
        return this.said('', event.text);
      case 'args':
        if (this.call !== undefined) this.call.args += event.text;
        return '';
      case 'open':
        return this.open(event.head);
      case 'mark':
        this.prove(event.signature);
        return event.logprobs === undefined ? '' : this.told(writeLogprobs(event.logprobs));
      case 'close':
        return this.close();
      case 'finish':
        this.last = { finish: event.finish, extra: event.extra?.[self] ?? {} };
        return '';
      case 'start':
      case 'usage':
        this.usage = event.usage ?? this.usage;
        return '';
      case 'ping':
        return '';
      case 'error':
        this.over = true;
        return writeErrorLine(event.error);
    }
  }

  end(): string {
    if (this.over) return '';
    this.over = true;
    if (this.last === undefined) return writeErrorLine(cutShort());
    return this.line(writeSaid(this.form, { text: '' }), {
      done: true,
      done_reason: writeReason(this.last.finish),
      ...this.last.extra,
      ...writeUsage(this.usage, this.given, this.firstAt),
    });
  }

  /** A template: most of a stream is such lines. */
  private said(text: string, thinking: string): string {
    if (text === '' && thinking === '') return '';
    this.firstAt ??= this.given.now();
    const thoughts = thinking === '' ? '' : `,"thinking":${JSON.stringify(thinking)}`;
    const said =
      this.form === 'chat'
        ? `"message":{"role":"assistant","content":${JSON.stringify(text)}${thoughts}}`
        : `"response":${JSON.stringify(text)}${thoughts}`;
    return `${this.begin()}${said},"done":false}\n`;
  }

  private prove(signature: Signature | undefined): void {
    const block = this.call ?? this.thought;
    if (signature !== undefined && block !== undefined) block.signature = signature;
  }

  private open(head: Block): string {
    if (head.type === 'tool-call') this.call = { ...head };
    if (head.type === 'thinking') {
      this.thought = { ...head };
      this.thoughts.push(this.thought);
    }
    if (head.type !== 'media') return '';
    const images = writePicture(head);
    return images.length === 0 || this.form === 'generate' ? '' : this.told(writeSaid(this.form, { text: '', images }));
  }

  /** Those who ask by a plain prompt have no tools, and no place for calls. */
  private close(): string {
    const { call } = this;
    this.call = undefined;
    this.thought = undefined;
    if (call === undefined || this.form === 'generate') return '';
    this.firstAt ??= this.given.now();
    const calls = [writeCall(call, this.calls++, this.thoughts.splice(0), this.given)];
    return this.told(writeSaid(this.form, { text: '', calls }));
  }

  private told(more: JsonObject): string {
    if (Object.keys(more).length === 0) return '';
    const said = more['message'] === undefined ? writeSaid(this.form, { text: '' }) : {};
    return this.line({ ...said, ...more }, { done: false });
  }

  private line(said: JsonObject, end: JsonObject): string {
    return `${this.begin()}${JSON.stringify({ ...said, ...end }).slice(1)}\n`;
  }

  private begin(): string {
    return `{"model":${this.model},"created_at":"${timestamp(this.given)}",`;
  }
}
