import type { HubEvent, HubRequest, Json, JsonObject, Usage } from '../../hub/index.ts';
import type { Given, StreamEncoder } from '../dialect.ts';
import { errorBody } from '../openai-error.ts';
import { echoOf } from './asked-prompt.ts';
import { writeFinish, writeHead, writeUsage } from './encode-response.ts';
import { LegacyLogprobs } from './logprobs.ts';
import { wantsUsage } from './request.ts';

export const done = 'data: [DONE]\n\n';

interface Told {
  logprobs: LegacyLogprobs;
  /** What an open block's pieces are: thoughts and calls have no place in this form. */
  shows: boolean;
}

/** Chunks with one id and one `created`, each with one piece of one choice's text. */
export class CompletionStreamEncoder implements StreamEncoder {
  readonly type = 'text/event-stream; charset=utf-8';
  readonly ping = ': ping\n\n';
  private prefix = '';
  private usage: Usage | undefined;
  private over = false;
  private readonly echo: (choice: number) => string;
  private readonly choices = new Map<number, Told>();

  constructor(
    private readonly request: HubRequest,
    private readonly given: Given,
  ) {
    this.echo = echoOf(request);
  }

  event(event: HubEvent): string {
    if (this.over) return '';
    switch (event.type) {
      case 'start':
        return this.start(event);
      case 'open': {
        const begun = this.begin(event.choice);
        this.told(event.choice).shows = event.head.type === 'text' || event.head.type === 'refusal';
        return begun;
      }
      case 'text':
        return this.told(event.choice).shows ? this.chunk(event.choice, event.text) : '';
      case 'mark':
        return event.logprobs === undefined ? '' : this.mark(event.choice, event.logprobs);
      case 'finish':
        return this.begin(event.choice) + this.chunk(event.choice, '', undefined, writeFinish(event.finish));
      case 'usage':
        this.usage = event.usage;
        return '';
      case 'ping':
        return this.ping;
      case 'error':
        this.over = true;
        return `data: ${JSON.stringify(errorBody(event.error))}\n\n${done}`;
      case 'thinking':
      case 'args':
      case 'close':
        return '';
    }
  }

  end(): string {
    if (this.over) return '';
    this.over = true;
    if (!wantsUsage(this.request) || this.usage === undefined) return done;
    return `${this.prefix}],"usage":${JSON.stringify(writeUsage(this.usage))}}\n\n${done}`;
  }

  private start(event: Extract<HubEvent, { type: 'start' }>): string {
    if (event.usage !== undefined) this.usage = event.usage;
    const head = JSON.stringify(writeHead(event, this.request, this.given));
    this.prefix = `data: ${head.slice(0, -1)},"choices":[`;
    return '';
  }

  private told(choice: number): Told {
    const told = this.choices.get(choice) ?? { logprobs: new LegacyLogprobs(this.echo(choice).length), shows: false };
    this.choices.set(choice, told);
    return told;
  }

  /** A client that wants its prompt back gets it before anything else of the choice. */
  private begin(choice: number): string {
    if (this.choices.has(choice)) return '';
    this.told(choice);
    const prompt = this.echo(choice);
    return prompt === '' ? '' : this.chunk(choice, prompt);
  }

  private mark(choice: number, logprobs: Json): string {
    const begun = this.begin(choice);
    const legacy = this.told(choice).logprobs.write(logprobs);
    return legacy === undefined ? begun : begun + this.chunk(choice, '', legacy);
  }

  private chunk(choice: number, text: string, logprobs?: JsonObject, finish: string | null = null): string {
    const lists = logprobs === undefined ? 'null' : JSON.stringify(logprobs);
    const end = finish === null ? 'null' : `"${finish}"`;
    return `${this.prefix}{"text":${JSON.stringify(text)},"index":${choice},"logprobs":${lists},"finish_reason":${end}}]}\n\n`;
  }
}
