import type { Block, Citation, JsonObject, Signature } from '../../hub/index.ts';
import { writeSignature } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import type { Given } from '../dialect.ts';
import { self, writeExtra } from './carried.ts';
import { writeCitation } from './citation.ts';
import { argsObject } from './encode-blocks.ts';
import type { Told } from './finish.ts';
import { foreignProof, writeProof } from './proof.ts';
import { callId, thinkingProof } from './response.ts';

/** The block that is being told. */
interface Telling {
  head: Block;
  /** Its start is written. Thinking waits for its first text: without any it is a proof and nothing else. */
  started: boolean;
  signature: Signature | undefined;
  /** The id of a call as it was written. */
  id: string;
  /** Argument text that waits until it is whole, because it does not begin like an object; undefined: it streams. */
  waiting: string | undefined;
  /** What stands before each piece of its text. */
  lead?: string;
}

const pieceTail = '}}\n\n';

/** Writes the blocks of one message as frames, numbered without gaps. Deltas are templates: only the text is encoded. */
export class BlockWriter {
  readonly told: Told = { calls: false, refused: false };
  readonly #given: Given;
  #index = -1;
  #now: Telling | undefined;

  constructor(given: Given) {
    this.#given = given;
  }

  open(head: Block): string {
    const before = this.close();
    const now: Telling = { head, started: false, signature: head.signature, id: '', waiting: '' };
    this.#now = now;
    switch (head.type) {
      case 'text':
        return before + this.#openText(now, head);
      case 'refusal':
        this.told.refused = true;
        return before + this.#start(now, { type: 'text', text: '' }) + this.text(head.text);
      case 'thinking':
        return before + this.thinking(head.text);
      case 'tool-call':
        return before + this.#openCall(now, head);
      case 'opaque':
        return before + this.#opaque(now, head);
      case 'media':
      case 'tool-result':
        return before;
    }
  }

  text(text: string): string {
    const now = this.#now;
    if (text === '' || now?.started !== true) return '';
    now.lead ??= this.#lead('"type":"text_delta","text":');
    return now.lead + JSON.stringify(text) + pieceTail;
  }

  thinking(text: string): string {
    const now = this.#now;
    if (text === '' || now?.head.type !== 'thinking') return '';
    const start = now.started ? '' : this.#startThinking(now);
    now.lead ??= this.#lead('"type":"thinking_delta","thinking":');
    return start + now.lead + JSON.stringify(text) + pieceTail;
  }

  args(text: string): string {
    const now = this.#now;
    if (now === undefined || text === '') return '';
    if (now.waiting === undefined) return this.#input(text);
    now.waiting += text;
    if (!/^\s*\{/.test(now.waiting)) return '';
    const ready = now.waiting;
    now.waiting = undefined;
    return this.#input(ready);
  }

  mark(signature: Signature | undefined, citation: Citation | undefined): string {
    const now = this.#now;
    if (now === undefined) return '';
    if (signature !== undefined) now.signature = signature;
    const own = citation === undefined || !now.started ? undefined : writeCitation(citation);
    return own === undefined
      ? ''
      : this.#lead('"type":"citations_delta","citation":') + JSON.stringify(own) + pieceTail;
  }

  close(): string {
    const now = this.#now;
    if (now === undefined) return '';
    const said = this.#lastWords(now);
    this.#now = undefined;
    return said;
  }

  #openText(now: Telling, head: Block & { type: 'text' }): string {
    const start = this.#start(now, { ...writeExtra(head), type: 'text', text: '' });
    const cited = (head.citations ?? []).map((citation) => this.mark(undefined, citation)).join('');
    return start + this.text(head.text) + cited;
  }

  #openCall(now: Telling, head: Block & { type: 'tool-call' }): string {
    this.told.calls = true;
    now.id = callId(head.id, this.#given);
    const foreign = foreignProof(head);
    const proof = foreign === undefined ? '' : this.#proof(writeProof(foreign, { kind: 'call', id: now.id }));
    // Said already; a proof that comes later is told behind the call.
    now.signature = undefined;
    const block = {
      caller: { type: 'direct' },
      ...writeExtra(head),
      type: 'tool_use',
      id: now.id,
      name: head.name,
      input: {},
    };
    return proof + this.#start(now, block) + this.#input('') + this.args(head.args);
  }

  /** Server tools give their input in a delta, as the API itself does; all else opens whole. */
  #opaque(now: Telling, head: Block & { type: 'opaque' }): string {
    if (head.dialect !== self || !isObject(head.value)) return '';
    const { type, input } = head.value;
    const isCall = typeof type === 'string' && type.endsWith('tool_use') && isObject(input);
    if (!isCall) return this.#start(now, head.value);
    return this.#start(now, { ...head.value, input: {} }) + this.#input('') + this.#input(JSON.stringify(input));
  }

  #startThinking(now: Telling): string {
    return this.#start(now, { ...writeExtra(now.head), type: 'thinking', thinking: '', signature: '' });
  }

  #lastWords(now: Telling): string {
    switch (now.head.type) {
      case 'thinking':
        return this.#endThinking(now, now.head.redacted === true);
      case 'tool-call':
        return this.#endArgs(now) + this.#stop() + this.#lateProof(now, { kind: 'call', id: now.id });
      case 'text':
        return this.#stop() + this.#lateProof(now, { kind: 'text' });
      case 'refusal':
      case 'media':
      case 'tool-result':
      case 'opaque':
        return now.started ? this.#stop() : '';
    }
  }

  #endThinking(now: Telling, redacted: boolean): string {
    const whole = thinkingProof(now.started ? 'told' : '', redacted, now.signature);
    if (whole !== undefined) return this.#proof(whole);
    if (!now.started && now.signature === undefined) return '';
    const start = now.started ? '' : this.#startThinking(now);
    const written = now.signature === undefined ? '' : writeSignature(now.signature, self);
    const lead = this.#lead('"type":"signature_delta","signature":');
    const proof = written === '' ? '' : lead + JSON.stringify(written) + pieceTail;
    return start + proof + this.#stop();
  }

  /** Clients join the pieces and parse them: no arguments are an empty object. */
  #endArgs(now: Telling): string {
    return now.waiting === undefined ? '' : this.#input(JSON.stringify(argsObject(now.waiting)));
  }

  #lateProof(now: Telling, of: { kind: 'text' } | { kind: 'call'; id: string }): string {
    const foreign = foreignProof({ ...(now.signature === undefined ? {} : { signature: now.signature }) });
    return foreign === undefined ? '' : this.#proof(writeProof(foreign, of));
  }

  #proof(data: string): string {
    this.#index++;
    const block = `{"type":"redacted_thinking","data":${JSON.stringify(data)}}`;
    const start = `{"type":"content_block_start","index":${this.#index},"content_block":${block}}`;
    return `event: content_block_start\ndata: ${start}\n\n${this.#stop()}`;
  }

  #start(now: Telling, block: JsonObject): string {
    now.started = true;
    this.#index++;
    const event = `{"type":"content_block_start","index":${this.#index},"content_block":${JSON.stringify(block)}}`;
    return `event: content_block_start\ndata: ${event}\n\n`;
  }

  #input(json: string): string {
    return `${this.#lead('"type":"input_json_delta","partial_json":')}${JSON.stringify(json)}${pieceTail}`;
  }

  /** What stands before the text of a delta: the same for a whole block, so that it is joined once. */
  #lead(delta: string): string {
    return `event: content_block_delta\ndata: {"type":"content_block_delta","index":${this.#index},"delta":{${delta}`;
  }

  #stop(): string {
    return `event: content_block_stop\ndata: {"type":"content_block_stop","index":${this.#index}}\n\n`;
  }
}
