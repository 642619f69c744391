import { collector, type HubEvent, ProxyError } from '../hub/index.ts';
import type { Framing } from '../wire/index.ts';
import type { Relay } from './call.ts';
import { eventSource } from './events.ts';
import { blame, type Reading, tellAnswer } from './reading.ts';

/** A stream from the provider's dialect into the client's; what one chunk tells goes out in one piece. */
export function translatingRelay(reading: Reading, framing: Framing): Relay {
  const { call } = reading;
  const encoder = call.client.client.encodeStream(reading.asked(), call.given, call);
  let text = '';
  let open = false;
  let handed = false;
  let over = false;
  let failure: ProxyError | undefined;
  let broken: ProxyError | undefined;
  const take = (event: HubEvent): void => {
    switch (event.type) {
      case 'error':
        if (handed) text += encoder.event({ type: 'error', error: call.clean(event.error) });
        else failure = event.error;
        broken = event.error;
        over = true;
        return;
      case 'ping':
        if (open) text += encoder.event(event);
        return;
      case 'start':
        text += encoder.event(event);
        return;
      case 'open':
      case 'text':
      case 'thinking':
      case 'args':
      case 'mark':
      case 'close':
      case 'finish':
      case 'usage':
        open = true;
        text += encoder.event(event);
        return;
    }
  };
  const source = eventSource(reading, framing, take);
  const hand = (): string => {
    if (failure !== undefined) {
      const thrown = failure;
      failure = undefined;
      text = '';
      throw thrown;
    }
    if (!open || text === '') return '';
    const told = text;
    text = '';
    handed = true;
    return told;
  };
  return {
    kind: 'relay',
    type: encoder.type,
    ping: encoder.ping,
    push: (chunk) => {
      if (over) return '';
      source.push(chunk);
      return hand();
    },
    flush: () => {
      if (over) return '';
      open = true;
      return hand();
    },
    end: (cause) => {
      if (over) return '';
      source.end(cause);
      if (!over) {
        text += encoder.end();
        tellAnswer(reading, encoder.whole?.());
      }
      over = true;
      open = true;
      return hand();
    },
    facts: source.facts,
    broken: () => broken,
  };
}

/** A stream for a client that wants one whole answer: nothing goes out before the end. */
export function collectingRelay(reading: Reading, framing: Framing): Relay {
  const { call } = reading;
  const { take, response } = collector();
  let failure: ProxyError | undefined;
  let over = false;
  let length = 0;
  const source = eventSource(reading, framing, (event) => {
    if (event.type === 'error') failure = event.error;
    else take(event);
  });
  const check = (): void => {
    if (failure === undefined) return;
    over = true;
    throw failure;
  };
  return {
    kind: 'relay',
    type: 'application/json',
    ping: '',
    push: (chunk) => {
      if (over) return '';
      length += chunk.length;
      if (length > call.limits.maxReply) failure = blame(tooLong(call.limits.maxReply), reading);
      else source.push(chunk);
      check();
      return '';
    },
    flush: () => '',
    end: (cause) => {
      if (over) return '';
      source.end(cause);
      check();
      over = true;
      const encoded = call.client.client.encodeResponse(response(), reading.asked(), call.given);
      tellAnswer(reading, encoded);
      return JSON.stringify(encoded);
    },
    facts: source.facts,
    broken: () => failure,
  };
}

function tooLong(most: number): ProxyError {
  return new ProxyError('bad-upstream-reply', `the provider's reply is longer than ${most} bytes`);
}
