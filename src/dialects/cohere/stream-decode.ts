import type { Block, Emit, JsonObject } from '../../hub/index.ts';
import { type Frame, isObject, type JsonValue, readJson } from '../../wire/index.ts';
import type { Given, StreamDecoder } from '../dialect.ts';
import { type Cited, citedPart, readCitations } from './citation.ts';
import { cutShort, decodeInnerError, unusable } from './error.ts';
import { readFinish } from './finish.ts';
import { type Item, Line } from './line.ts';
import { decodeCall, decodePart, readArgs, writeLogprobs } from './response.ts';
import { readUsage } from './usage.ts';

/** Reads a v2 chat stream into legal hub order. */
export function decodeStream(given: Given): StreamDecoder {
  return new Decoder(given);
}

class Decoder implements StreamDecoder {
  private started = false;
  private finished = false;
  private over = false;
  private readonly line = new Line();
  private readonly parts = new Map<Cited, Item>();
  private readonly calls = new Map<number, Item>();

  constructor(private readonly given: Given) {}

  push(frame: Frame, emit: Emit): void {
    if (this.over || frame.data.trim() === '[DONE]') return;
    const event = readJson(frame.data);
    if (isObject(event)) this.read(event, event['type'] ?? frame.event, emit);
    else this.fail(unusable('an event of its stream is no JSON object'), emit);
  }

  end(emit: Emit): void {
    if (!this.over && !this.finished) this.fail(cutShort(), emit);
  }

  private read(event: JsonObject, type: JsonValue | undefined, emit: Emit): void {
    const delta = isObject(event['delta']) ? event['delta'] : {};
    const message = isObject(delta['message']) ? delta['message'] : {};
    const told = typeof event['message'] === 'string' || event['error'] !== undefined;
    if (told || type === 'error') {
      this.fail(decodeInnerError(event), emit);
      return;
    }
    this.start(event['id'], emit);
    if (this.finished) return;
    switch (type) {
      case 'content-start':
      case 'content-delta':
        this.part(indexOf(event), message['content'], event['logprobs'], emit);
        return;
      case 'content-end':
        this.close(this.parts.get(indexOf(event)), emit);
        return;
      case 'tool-plan-delta':
        this.plan(message['tool_plan'], emit);
        return;
      case 'tool-call-start':
        this.call(indexOf(event), message['tool_calls'], emit);
        return;
      case 'tool-call-delta':
        this.args(indexOf(event), message['tool_calls'], emit);
        return;
      case 'tool-call-end':
        this.close(this.calls.get(indexOf(event)), emit);
        return;
      case 'citation-start':
        this.cite(message['citations']);
        return;
      case 'message-end':
        this.finish(delta, emit);
        return;
    }
  }

  private start(id: JsonValue | undefined, emit: Emit): void {
    if (this.started) return;
    this.started = true;
    const created = Math.floor(this.given.now() / 1000);
    emit({ type: 'start', id: typeof id === 'string' && id !== '' ? id : this.given.id('reply_'), model: '', created });
  }

  private part(index: number, content: JsonValue | undefined, logprobs: JsonValue | undefined, emit: Emit): void {
    const said = decodePart(content);
    const text = said.type === 'text' || said.type === 'thinking' ? said.text : '';
    const head: Block = said.type === 'text' || said.type === 'thinking' ? { ...said, text: '' } : said;
    const item = this.open(this.parts.get(index), head, emit);
    this.parts.set(index, item);
    this.line.say(item, text, emit);
    const probable = Array.isArray(logprobs) ? logprobs : isObject(logprobs) ? [logprobs] : [];
    if (probable.length > 0) {
      emit({ type: 'mark', choice: 0, block: item.block, logprobs: writeLogprobs(probable) });
    }
  }

  private plan(text: JsonValue | undefined, emit: Emit): void {
    if (typeof text !== 'string' || text === '') return;
    const item = this.open(this.parts.get('plan'), { type: 'text', text: '' }, emit);
    this.parts.set('plan', item);
    this.line.say(item, text, emit);
  }

  private call(index: number, value: JsonValue | undefined, emit: Emit): void {
    const call = callOf(value);
    if (call === undefined) return;
    const { args, ...head } = decodeCall(call, this.given);
    // A call without a name cannot be answered by anybody.
    if (head.name === '') return;
    this.calls.set(index, this.begin({ ...head, args: '' }, emit));
    this.args(index, { function: { arguments: args } }, emit);
  }

  private args(index: number, value: JsonValue | undefined, emit: Emit): void {
    const item = this.calls.get(index);
    const call = callOf(value);
    if (item === undefined || call === undefined || this.line.isClosed(item)) return;
    this.line.say(item, isObject(call['function']) ? readArgs(call['function']['arguments']) : '', emit);
  }

  /** The block for more of a part; where it was closed or is of another kind, a new one. */
  private open(known: Item | undefined, head: Block, emit: Emit): Item {
    const same = known !== undefined && known.head.type === head.type && !this.line.isClosed(known);
    return same ? known : this.begin(head, emit);
  }

  /** A plan is over when anything else begins: it has no end of its own. */
  private begin(head: Block, emit: Emit): Item {
    const plan = this.parts.get('plan');
    if (plan !== undefined) plan.done = true;
    const item = this.line.begin(head);
    if (head.type === 'opaque') item.done = true;
    this.line.say(item, '', emit);
    return item;
  }

  private close(item: Item | undefined, emit: Emit): void {
    if (item === undefined || this.line.isClosed(item)) return;
    item.done = true;
    this.line.say(item, '', emit);
  }

  /** On the wire one citation, or a list of one. */
  private cite(value: JsonValue | undefined): void {
    for (const citation of (Array.isArray(value) ? value : [value]).filter(isObject)) {
      const named = citedPart(citation);
      const texts = [...this.parts.values()].filter((item) => item.head.type === 'text');
      const item = named === undefined ? texts[0] : this.parts.get(named);
      if (item?.head.type === 'text') item.citations.push(...readCitations(citation, item.text));
    }
  }

  private finish(delta: JsonObject, emit: Emit): void {
    const { error } = delta;
    if (typeof error === 'string' && error !== '') {
      this.fail(decodeInnerError({ message: error }), emit);
      return;
    }
    this.line.finish(emit);
    this.finished = true;
    emit({ type: 'finish', choice: 0, finish: readFinish(delta['finish_reason']) });
    const usage = readUsage(delta['usage']);
    if (usage !== undefined) emit({ type: 'usage', usage });
  }

  private fail(error: ReturnType<typeof cutShort>, emit: Emit): void {
    this.over = true;
    emit({ type: 'error', error });
  }
}

function indexOf(event: JsonObject): number {
  return typeof event['index'] === 'number' ? event['index'] : 0;
}

function callOf(value: JsonValue | undefined): JsonObject | undefined {
  return [value].flat().find(isObject);
}
