import type { Block, Citation, HubEvent, HubRequest, Json, JsonObject, Usage } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import type { Given, StreamEncoder } from '../dialect.ts';
import { errorBody } from '../openai-error.ts';
import { joinId } from './call-id.ts';
import { Characters } from './characters.ts';
import { writeCitation } from './citation.ts';
import { encodePart } from './content.ts';
import { ownCall, proofOfText, replyId, wantsFunctions, withOfficialTier } from './encode-response.ts';
import { kept } from './extra.ts';
import { writeFinish } from './finish.ts';
import { type Thinking, writeThinking } from './thinking.ts';
import { writeUsage } from './usage.ts';

const done = 'data: [DONE]\n\n';
const chunkTail = ',"logprobs":null,"finish_reason":null}]}\n\n';
const pieceTail = `}${chunkTail}`;

/** What is told about one choice. `open`: the block between its opening and its close. */
interface Choice {
  roleSent: boolean;
  calls: number;
  content: Characters;
  open?: Open;
}

/** `wholeCalls`: each call in one piece; `thoughtParts`: thoughts as parts of the content. */
interface Style {
  wholeCalls?: true;
  thoughtParts?: boolean;
}

interface Open {
  head: Block;
  /** Of thinking, for the block that carries the proof, and of a call that is told whole. */
  text: string;
  empty: boolean;
  /** What stands before each piece of its text. */
  lead?: string;
  base: number;
  citations: Citation[];
}

/** Chunks with one id and one `created`; text is the only thing that is made into JSON per token. */
export class ChatStreamEncoder implements StreamEncoder {
  readonly type = 'text/event-stream; charset=utf-8';
  readonly ping = ': ping\n\n';
  private prefix = '';
  private first: JsonObject = {};
  private usage: Usage | undefined;
  private failed = false;
  private readonly choices = new Map<number, Choice>();
  private readonly legacy: boolean;

  constructor(
    private readonly request: HubRequest,
    private readonly given: Given,
    private readonly style: Style = {},
  ) {
    this.legacy = wantsFunctions(request);
  }

  event(event: HubEvent): string {
    if (this.failed) return '';
    switch (event.type) {
      case 'start':
        return this.start(event);
      case 'open':
        return this.open(event.choice, event.head);
      case 'text':
      case 'thinking':
      case 'args':
        return this.piece(event.choice, event.text);
      case 'mark':
        return this.mark(event);
      case 'close':
        return this.close(event.choice);
      case 'finish':
        return this.finish(event);
      case 'usage':
        this.usage = event.usage;
        return '';
      case 'ping':
        return this.ping;
      case 'error':
        this.failed = true;
        return `data: ${JSON.stringify(errorBody(event.error))}\n\n${done}`;
    }
  }

  end(): string {
    if (this.failed) return '';
    this.failed = true;
    const asked = this.request.named?.streamOptions;
    const wanted = isObject(asked) && asked.include_usage === true && this.usage !== undefined;
    if (!wanted || this.usage === undefined) return done;
    return `${this.prefix}],"usage":${JSON.stringify(writeUsage(this.usage))}}\n\n${done}`;
  }

  private start(event: Extract<HubEvent, { type: 'start' }>): string {
    if (event.usage !== undefined) this.usage = event.usage;
    const own = event.extra?.['openai-chat'];
    const { system_fingerprint: fingerprint, service_tier: tier, ...rest } = withOfficialTier(own ?? {});
    this.first = rest;
    const head = JSON.stringify({
      id: replyId(own !== undefined, event.id, this.given),
      object: 'chat.completion.chunk',
      created: event.created > 0 ? event.created : Math.floor(this.given.now() / 1000),
      model: this.request.model,
      ...(typeof fingerprint === 'string' ? { system_fingerprint: fingerprint } : {}),
      ...(typeof tier === 'string' ? { service_tier: tier } : {}),
    });
    this.prefix = `data: ${head.slice(0, -1)},"choices":[`;
    return '';
  }

  private chunk(choice: number, delta: string): string {
    return `${this.prefix}{"index":${choice},"delta":${delta}${chunkTail}`;
  }

  private choice(index: number): Choice {
    let choice = this.choices.get(index);
    if (choice === undefined) {
      choice = { roleSent: false, calls: 0, content: new Characters() };
      this.choices.set(index, choice);
    }
    return choice;
  }

  /** The role goes once, before anything else of its choice; what the provider said about the whole goes with it. */
  private role(index: number): string {
    const choice = this.choice(index);
    if (choice.roleSent) return '';
    choice.roleSent = true;
    const chunk = this.chunk(index, '{"role":"assistant","content":""}');
    if (Object.keys(this.first).length === 0) return chunk;
    const more = JSON.stringify(this.first).slice(1);
    this.first = {};
    return `${chunk.slice(0, -'}\n\n'.length)},${more}\n\n`;
  }

  private open(index: number, head: Block): string {
    const choice = this.choice(index);
    choice.open = { head, text: '', empty: true, base: choice.content.length, citations: [] };
    const role = this.role(index);
    switch (head.type) {
      case 'text':
      case 'refusal':
      case 'thinking':
      case 'tool-result':
        return role;
      case 'tool-call':
        return this.style.wholeCalls ? role : role + this.chunk(index, this.callHead(choice, head));
      case 'media': {
        const image = head.media === 'image' ? encodePart(head, {}) : undefined;
        return image === undefined ? role : role + this.chunk(index, JSON.stringify({ images: [image] }));
      }
      case 'opaque': {
        const call = ownCall(head);
        if (call === undefined) return role;
        return role + this.chunk(index, JSON.stringify({ tool_calls: [{ index: choice.calls++, ...call }] }));
      }
    }
  }

  private callHead(choice: Choice, head: Extract<Block, { type: 'tool-call' }>, args = ''): string {
    const called = { name: head.name, arguments: args };
    const index = choice.calls++;
    if (this.legacy) return JSON.stringify({ function_call: called });
    const call = { index, ...kept(head), id: joinId(head.id, head.signature), type: 'function', function: called };
    return JSON.stringify({ tool_calls: [call] });
  }

  private piece(index: number, text: string): string {
    const choice = this.choice(index);
    const { open } = choice;
    if (open === undefined || text === '') return '';
    open.empty = false;
    switch (open.head.type) {
      case 'text':
        choice.content.take(text);
        return this.say(index, open, 'content', text);
      case 'thinking':
        open.text += text;
        return this.style.thoughtParts
          ? this.chunk(index, thoughtPart(text))
          : this.say(index, open, 'reasoning_content', text);
      case 'refusal':
        return this.say(index, open, 'refusal', text);
      case 'tool-call':
        if (this.style.wholeCalls) open.text += text;
        return this.style.wholeCalls ? '' : this.chunk(index, this.args(choice, text));
      case 'media':
      case 'tool-result':
      case 'opaque':
        return '';
    }
  }

  /** The bytes before a text are the same for a whole block, so that they are joined once. */
  private say(index: number, open: Open, field: string, text: string): string {
    open.lead ??= `${this.prefix}{"index":${index},"delta":{"${field}":`;
    return open.lead + JSON.stringify(text) + pieceTail;
  }

  private args(choice: Choice, text: string): string {
    const args = `{"arguments":${JSON.stringify(text)}}`;
    return this.legacy
      ? `{"function_call":${args}}`
      : `{"tool_calls":[{"index":${choice.calls - 1},"function":${args}}]}`;
  }

  private mark(event: Extract<HubEvent, { type: 'mark' }>): string {
    const { open } = this.choice(event.choice);
    if (event.citation !== undefined) open?.citations.push(event.citation);
    if (event.signature !== undefined && open !== undefined) open.head = { ...open.head, signature: event.signature };
    if (event.logprobs === undefined) return '';
    const logprobs = JSON.stringify(event.logprobs);
    const role = this.role(event.choice);
    return `${role}${this.prefix}{"index":${event.choice},"delta":{},"logprobs":${logprobs},"finish_reason":null}]}\n\n`;
  }

  /** What is known of a block only when it is whole: its proof, its citations, that it had no arguments. */
  private close(index: number): string {
    const choice = this.choice(index);
    const { open } = choice;
    if (open === undefined) return '';
    delete choice.open;
    switch (open.head.type) {
      case 'thinking':
        return this.closeThought(index, { ...open.head, text: open.text });
      case 'tool-call':
        if (this.style.wholeCalls) return this.chunk(index, this.callHead(choice, open.head, open.text || '{}'));
        return open.empty ? this.chunk(index, this.args(choice, '{}')) : '';
      case 'text':
        return (
          this.annotations(index, choice, open) +
          proofOfText(open.head)
            .map((block) => this.closeThought(index, block))
            .join('')
        );
      case 'refusal':
      case 'media':
      case 'tool-result':
      case 'opaque':
        return '';
    }
  }

  private closeThought(index: number, block: Thinking): string {
    if (block.signature === undefined) return '';
    if (!this.style.thoughtParts) return this.chunk(index, proof(block));
    const { signature } = writeThinking(block);
    return signature === undefined ? '' : this.chunk(index, thoughtPart('', signature));
  }

  private annotations(index: number, choice: Choice, open: Open): string {
    const { content } = choice;
    const annotations = open.citations
      .map((one) => writeCitation(one, content, open.base, content.length))
      .filter((one) => one !== undefined);
    return annotations.length === 0 ? '' : this.chunk(index, JSON.stringify({ annotations }));
  }

  private finish(event: Extract<HubEvent, { type: 'finish' }>): string {
    const role = this.role(event.choice);
    const { message, ...around } = event.extra?.['openai-chat'] ?? {};
    const choice: JsonObject = {
      ...around,
      index: event.choice,
      delta: isObject(message) ? message : {},
      logprobs: null,
      finish_reason: writeFinish(event.finish, this.choice(event.choice).calls > 0, this.legacy),
    };
    return `${role}${this.prefix}${JSON.stringify(choice)}]}\n\n`;
  }
}

/** The whole block at once: it is right for clients that join texts and for those that append blocks. */
function proof(block: Thinking): string {
  return JSON.stringify({ thinking_blocks: [writeThinking(block)] });
}

/** In Mistral's form, where a proof closes the thought. */
function thoughtPart(text: string, signature?: Json): string {
  const thinking = text === '' ? [] : [{ type: 'text', text }];
  const closing = signature === undefined ? {} : { signature, closed: true };
  return JSON.stringify({ content: [{ type: 'thinking', thinking, ...closing }] });
}
