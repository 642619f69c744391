import type { Finish, HubEvent, HubRequest, HubResponse, JsonObject, Usage } from '../../hub/index.ts';
import { toEvents } from '../../hub/index.ts';
import type { Given, StreamEncoder } from '../dialect.ts';
import { answerEnd, answerError, answerHead } from './answer.ts';
import { cutShort } from './error.ts';
import { AnswerOutput } from './stream-output.ts';
import { ItemWriter } from './stream-writer.ts';

/** Usage may come after the finish, so the response is complete at the end. */
export class ResponsesStreamEncoder implements StreamEncoder {
  readonly type = 'text/event-stream; charset=utf-8';
  readonly ping = ': ping\n\n';
  private head: JsonObject | undefined;
  private usage: Usage | undefined;
  private finish: Finish | undefined;
  private over = false;
  private ended: JsonObject | undefined;
  private readonly out = new AnswerOutput();
  private readonly items: ItemWriter;

  constructor(
    private readonly request: HubRequest,
    private readonly given: Given,
  ) {
    this.items = new ItemWriter(this.out, given);
  }

  event(event: HubEvent): string {
    if (this.over) return '';
    switch (event.type) {
      case 'text':
      case 'thinking':
      case 'args':
        return event.choice === 0 ? this.items.piece(event.text) : '';
      case 'start':
        this.usage = event.usage ?? this.usage;
        return this.start(event);
      case 'open':
        return event.choice === 0 ? this.start(nothing) + this.items.open(event.head) : '';
      case 'mark':
        return event.choice === 0 ? this.items.mark(event.signature, event.citation, event.logprobs) : '';
      case 'close':
        return event.choice === 0 ? this.items.close() : '';
      case 'finish':
        if (event.choice === 0) this.finish = event.finish;
        return '';
      case 'usage':
        this.usage = event.usage;
        return '';
      case 'ping':
        return this.ping;
      case 'error':
        return this.start(nothing) + this.close('response.failed', answerError(event.error));
    }
  }

  end(): string {
    if (this.over) return '';
    const begun = this.start(nothing);
    if (this.finish === undefined) return begun + this.close('response.failed', answerError(cutShort()));
    const rest = this.items.end();
    const end = answerEnd(this.finish, this.usage, this.given);
    return begun + rest + this.close(end.status === 'completed' ? 'response.completed' : 'response.incomplete', end);
  }

  whole(): JsonObject | undefined {
    return this.ended;
  }

  private start(event: Pick<HubResponse, 'id' | 'created' | 'extra'>): string {
    if (this.head !== undefined) return '';
    this.head = answerHead(this.request, event, this.given);
    const response = this.head;
    return this.out.event('response.created', { response }) + this.out.event('response.in_progress', { response });
  }

  private close(type: string, end: JsonObject): string {
    this.over = true;
    const response: JsonObject = { ...this.head, ...end, output: this.out.items };
    if (type !== 'response.failed') this.ended = response;
    return this.out.event(type, { response });
  }
}

const nothing = { id: '', created: 0 };

/** A whole answer is what its stream adds up to. */
export function encodeResponse(response: HubResponse, request: HubRequest, given: Given): JsonObject {
  const encoder = new ResponsesStreamEncoder(request, given);
  toEvents(response, (event) => void encoder.event(event));
  encoder.end();
  return encoder.whole() ?? {};
}
