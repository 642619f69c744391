import type { Emit, JsonObject } from '../../hub/index.ts';
import { type Frame, isObject, type JsonValue, readJson } from '../../wire/index.ts';
import type { Given, StreamDecoder } from '../dialect.ts';
import { cutShort, decodeInnerError, unusable } from './error.ts';
import { isCall, readFinish } from './finish.ts';
import { isSearch } from './items.ts';
import { hasFailed, readHead } from './response.ts';
import { ItemStream } from './stream-item.ts';
import { ItemLine } from './stream-line.ts';
import { readUsage } from './usage.ts';

/** Reads a stream of Responses into legal hub order; one that ends before its response is complete is an error. */
export class ResponsesStreamDecoder implements StreamDecoder {
  private started = false;
  private over = false;
  private readonly line = new ItemLine();
  private readonly items = new Map<number, ItemStream>();
  private last = 0;
  /** Where the steps of items go while a frame is read. */
  private emit: Emit = () => undefined;

  constructor(private readonly given: Given) {}

  push(frame: Frame, emit: Emit): void {
    if (this.over || frame.data.trim() === '[DONE]') return;
    const event = readJson(frame.data);
    this.emit = emit;
    if (isObject(event)) this.read(event, typeof event.type === 'string' ? event.type : frame.event);
    else
      this.fail(
        frame.event === 'error'
          ? decodeInnerError({ error: event ?? frame.data })
          : unusable('an event of its stream is no JSON object'),
      );
  }

  end(emit: Emit): void {
    this.emit = emit;
    if (!this.over) this.fail(cutShort());
  }

  private read(event: JsonObject, type: string | undefined): void {
    switch (type) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        this.start(isObject(event.response) ? event.response : {});
        return;
      case 'response.completed':
      case 'response.incomplete':
      case 'response.done':
        this.complete(isObject(event.response) ? event.response : {}, type);
        return;
      case 'response.failed':
      case 'response.cancelled':
        this.fail(decodeInnerError(isObject(event.response) ? event.response : event));
        return;
      case 'error':
        this.fail(decodeInnerError(event));
        return;
      case 'keepalive':
      case 'ping':
        this.emit({ type: 'ping' });
        return;
      case undefined:
        if (isObject(event.error)) this.fail(decodeInnerError(event));
        return;
      default:
        this.readItemEvent(event, type);
    }
  }

  private readItemEvent(event: JsonObject, type: string): void {
    const { delta, text } = event;
    const told = typeof delta === 'string' ? delta : '';
    const place = numberOf(event.content_index);
    switch (type) {
      case 'response.output_item.added':
        this.itemOf(event, isObject(event.item) ? event.item : {});
        return;
      case 'response.output_item.done':
        if (isObject(event.item)) this.finishItem(this.indexOf(event, event.item), event.item);
        return;
      case 'response.output_text.delta':
        this.itemOf(event, { type: 'message' }).text('output_text', place, told, event.logprobs);
        return;
      case 'response.refusal.delta':
        this.itemOf(event, { type: 'message' }).text('refusal', place, told);
        return;
      case 'response.output_text.annotation.added':
        this.itemOf(event, { type: 'message' }).cite(place, event.annotation ?? null);
        return;
      case 'response.content_part.done':
        if (isObject(event.part)) this.itemOf(event, { type: 'message' }).endPart(place, event.part);
        return;
      case 'response.reasoning_summary_text.delta':
        this.itemOf(event, { type: 'reasoning' }).think('summary', numberOf(event.summary_index), told);
        return;
      case 'response.reasoning_text.delta':
        this.itemOf(event, { type: 'reasoning' }).think('content', place, told);
        return;
      case 'response.function_call_arguments.delta':
        this.itemOf(event, { type: 'function_call' }).argue(told);
        return;
      case 'response.function_call_arguments.done':
        this.itemOf(event, { type: 'function_call' }).endArgs(event.arguments ?? text);
        return;
      case 'response.custom_tool_call_input.delta':
        this.itemOf(event, { type: 'custom_tool_call' }).argue(told);
        return;
      case 'response.custom_tool_call_input.done':
        this.itemOf(event, { type: 'custom_tool_call' }).endArgs(event.input ?? text);
        return;
    }
  }

  private start(response: JsonObject): void {
    if (this.started) return;
    this.started = true;
    this.emit({ type: 'start', ...readHead(response, this.given) });
  }

  private complete(response: JsonObject, type: string): void {
    if (hasFailed({ status: response.status ?? null, error: response.error ?? null })) {
      this.fail(decodeInnerError(response));
      return;
    }
    this.start(response);
    const output = Array.isArray(response.output) ? response.output : [];
    for (const [index, item] of output.entries()) if (isObject(item)) this.supply(index, item);
    this.line.finishAll(this.emit);
    const status = response.status ?? (type === 'response.incomplete' ? 'incomplete' : 'completed');
    const items = [...this.items.values()].map(({ wire }) => wire);
    const called = items.some((item) => isCall(item.type));
    this.over = true;
    this.emit({ type: 'finish', choice: 0, finish: readFinish({ ...response, status }, called) });
    const usage = readUsage(response, items.filter(isSearch).length);
    if (usage !== undefined) this.emit({ type: 'usage', usage });
  }

  /**
   * What the events left out. Items that were told are not looked at again: theirs were the better source. Some servers
   * give several items one id, others do not count as events do, so place and id are asked in this order.
   */
  private supply(index: number, item: JsonObject): void {
    const same = ({ wire }: ItemStream): boolean => wire.id !== undefined && wire.id === item.id;
    const here = this.items.get(index);
    const named = here !== undefined && same(here) ? undefined : [...this.items].find(([, one]) => same(one));
    const [at, told] = named ?? [index, here];
    if (told?.done !== true) this.finishItem(at, item);
  }

  private finishItem(index: number, item: JsonObject): void {
    const stream = this.itemAt(index, item);
    if (stream.done) return;
    stream.finish(item);
    this.line.finish(index, this.emit);
  }

  private itemOf(event: JsonObject, announced: JsonObject): ItemStream {
    return this.itemAt(this.indexOf(event, announced), announced);
  }

  private itemAt(index: number, announced: JsonObject): ItemStream {
    this.start({});
    this.last = index;
    const known = this.items.get(index);
    if (known !== undefined) return known;
    const item = new ItemStream(announced, (step) => this.line.take(index, step, this.emit));
    this.items.set(index, item);
    item.begin();
    return item;
  }

  /** Events without an index mean the item that they name, else the last one. */
  private indexOf(event: JsonObject, item: JsonObject): number {
    if (typeof event.output_index === 'number') return event.output_index;
    const id = event.item_id ?? item.id;
    const named = [...this.items].find(([, { wire }]) => id !== undefined && wire.id === id);
    if (named !== undefined) return named[0];
    const begins = event.type === 'response.output_item.added' || this.items.get(this.last)?.done === true;
    return begins ? Math.max(-1, ...this.items.keys()) + 1 : this.last;
  }

  private fail(error: ReturnType<typeof cutShort>): void {
    this.over = true;
    this.emit({ type: 'error', error });
  }
}

function numberOf(value: JsonValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}
