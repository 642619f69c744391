import type { Given, StreamEncoder } from '../dialects/index.ts';
import type { Deployment, Facts, HubEvent, HubRequest, HubResponse, ProxyError, Usage } from '../hub/index.ts';
import type { Call } from './call.ts';
import { speakerFor } from './speaker.ts';

/** A call that is several requests, whose answers become one. */
export interface Split {
  parts: readonly Call[];
  /** What the client gets when the replies to all parts have been read. */
  answer(): { type: string; body: string; facts: Facts };
  /** content-type of the joint stream; the bytes of all parts' relays make it up, in whichever order they come. */
  type(): string;
  /** The end of a joint stream that broke: '' when a part has told it already. */
  fail(error: ProxyError): string;
  facts(): Facts;
}

/**
 * One request for each thing that a body asks for, where the provider speaks another dialect than the client and takes
 * one at a time; undefined: the call is one request. Throws invalid-request.
 */
export function splitCall(call: Call, to: Deployment): Split | undefined {
  const { splitRequest } = call.client.client;
  if (splitRequest === undefined || speakerFor(call, to).id === call.client.id) return undefined;
  const requests = splitRequest(call.request());
  if (requests.length < 2) return undefined;
  const voices = new Voices(call, to, requests);
  return {
    parts: requests.map((request, index) => voices.part(request, index)),
    answer: () => voices.answer(),
    type: () => voices.encoder().type,
    fail: (error) => voices.encoder().event({ type: 'error', error: call.clean(error) }),
    facts: () => voices.facts(),
  };
}

/** What the parts of one call have told. */
class Voices {
  readonly #call: Call;
  readonly #asked: HubRequest;
  readonly #each: number;
  readonly #replies: HubResponse[] = [];
  readonly #usages: Usage[] = [];
  #running: number;
  #started = false;
  #finish: string | undefined;
  #encoder: StreamEncoder | undefined;

  constructor(call: Call, to: Deployment, requests: readonly HubRequest[]) {
    this.#call = call;
    this.#asked = { ...call.request(), model: call.model === '' ? to.group : call.model };
    this.#each = Math.max(1, call.request().params.n ?? 1);
    this.#running = requests.length;
  }

  /** A call whose answer is heard here in place of being written. */
  part(request: HubRequest, index: number): Call {
    const { client } = this.#call;
    return {
      ...this.#call,
      request: () => request,
      client: {
        ...client,
        client: {
          ...client.client,
          encodeResponse: (response) => {
            this.#replies[index] = response;
            return {};
          },
          encodeStream: (_asked, given) => this.#voice(index, given),
        },
      },
    };
  }

  encoder(given: Given = this.#call.given): StreamEncoder {
    this.#encoder ??= this.#call.client.client.encodeStream(this.#asked, given);
    return this.#encoder;
  }

  #voice(index: number, given: Given): StreamEncoder {
    const { type, ping } = this.encoder(given);
    return {
      type,
      ping,
      event: (event) => this.#tell(event, index),
      end: () => {
        this.#running--;
        return this.#running === 0 ? this.#end() : '';
      },
    };
  }

  #tell(event: HubEvent, index: number): string {
    const encoder = this.encoder();
    switch (event.type) {
      case 'start': {
        if (event.usage !== undefined) this.#usages[index] = event.usage;
        if (this.#started) return '';
        this.#started = true;
        const { usage: _mine, ...start } = event;
        return encoder.event(start);
      }
      case 'usage':
        this.#usages[index] = event.usage;
        return '';
      case 'ping':
      case 'error':
        return encoder.event(event);
      case 'finish':
        this.#finish ??= event.finish.raw ?? event.finish.reason;
        return encoder.event(this.#placed(event, index));
      case 'open':
      case 'text':
      case 'thinking':
      case 'args':
      case 'mark':
      case 'close':
        return encoder.event(this.#placed(event, index));
    }
  }

  #placed<E extends HubEvent & { choice: number }>(event: E, index: number): E {
    return { ...event, choice: index * this.#each + event.choice };
  }

  #end(): string {
    const usage = sum(this.#usages);
    const told = usage === undefined ? '' : this.encoder().event({ type: 'usage', usage });
    return told + this.encoder().end();
  }

  answer(): ReturnType<Split['answer']> {
    const [first] = this.#replies;
    const choices = this.#replies.flatMap((reply, index) =>
      reply.choices.map((choice) => ({ ...choice, index: index * this.#each + choice.index })),
    );
    for (const [index, { usage }] of this.#replies.entries()) if (usage !== undefined) this.#usages[index] = usage;
    const usage = sum(this.#usages);
    const { id = '', model = '', created = 0 } = first ?? {};
    const whole: HubResponse = { id, model, created, choices, ...(usage === undefined ? {} : { usage }) };
    this.#finish = choices[0]?.finish.raw ?? choices[0]?.finish.reason;
    const body = JSON.stringify(this.#call.client.client.encodeResponse(whole, this.#asked, this.#call.given));
    return { type: 'application/json', body, facts: this.facts() };
  }

  facts(): Facts {
    const usage = sum(this.#usages);
    return {
      ...(usage === undefined ? {} : { usage }),
      ...(this.#finish === undefined ? {} : { finish: this.#finish }),
    };
  }
}

const counts = ['cacheRead', 'cacheWrite', 'cacheWrite1h', 'reasoning', 'audioIn', 'audioOut', 'requests'] as const;

function sum(usages: readonly (Usage | undefined)[]): Usage | undefined {
  const known = usages.filter((usage) => usage !== undefined);
  if (known.length === 0) return undefined;
  const total: Usage = { input: 0, output: 0 };
  for (const usage of known) {
    total.input += usage.input;
    total.output += usage.output;
    for (const name of counts) {
      const more = usage[name];
      if (more !== undefined) total[name] = (total[name] ?? 0) + more;
    }
  }
  return total;
}
