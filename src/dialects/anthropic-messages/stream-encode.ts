import type { Finish, HubEvent, HubRequest, JsonObject, Usage } from '../../hub/index.ts';
import type { Given, StreamEncoder } from '../dialect.ts';
import { self } from './carried.ts';
import { cutShort, writeErrorFrame } from './error.ts';
import { writeStopReason } from './finish.ts';
import { messageId } from './response.ts';
import { BlockWriter } from './stream-writer.ts';
import { writeDeltaUsage, writeStartUsage } from './usage.ts';

const ping = 'event: ping\ndata: {"type": "ping"}\n\n';
/** The last frame of a stream that is whole. */
export const messageStop = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';

/** Writes a Messages stream. Usage may come after the finish, so `message_delta` waits for the end. */
export function encodeStream(request: HubRequest, given: Given): StreamEncoder {
  const blocks = new BlockWriter(given);
  let started = false;
  let dead = false;
  let usage: Usage | undefined;
  let last: { finish: Finish; extra: JsonObject } | undefined;

  const start = (id: string, extra: JsonObject): string => {
    if (started) return '';
    started = true;
    return messageStart(messageId(id, given), request.model, usage, extra);
  };
  const close = (): string => {
    dead = true;
    if (last === undefined) return writeErrorFrame(cutShort());
    return start('', {}) + messageDelta(last, blocks, usage) + messageStop;
  };
  const event = (one: HubEvent): string => {
    if (dead) return '';
    switch (one.type) {
      case 'text':
        return one.choice === 0 ? blocks.text(one.text) : '';
      case 'thinking':
        return one.choice === 0 ? blocks.thinking(one.text) : '';
      case 'args':
        return one.choice === 0 ? blocks.args(one.text) : '';
      case 'start':
        usage = one.usage ?? usage;
        return start(one.id, one.extra?.[self] ?? {});
      case 'open':
        return one.choice === 0 ? start('', {}) + blocks.open(one.head) : '';
      case 'mark':
        return one.choice === 0 ? blocks.mark(one.signature, one.citation) : '';
      case 'close':
        return one.choice === 0 ? blocks.close() : '';
      case 'finish':
        if (one.choice === 0) last = { finish: one.finish, extra: one.extra?.[self] ?? {} };
        return '';
      case 'usage':
        usage = one.usage;
        return '';
      case 'ping':
        return started ? ping : '';
      case 'error':
        dead = true;
        return writeErrorFrame(one.error);
    }
  };
  return { type: 'text/event-stream; charset=utf-8', ping, event, end: () => (dead ? '' : close()) };
}

function messageStart(id: string, model: string, usage: Usage | undefined, extra: JsonObject): string {
  const message = {
    ...extra,
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    usage: writeStartUsage(usage),
  };
  return `event: message_start\ndata: ${JSON.stringify({ type: 'message_start', message })}\n\n`;
}

function messageDelta(
  last: { finish: Finish; extra: JsonObject },
  blocks: BlockWriter,
  usage: Usage | undefined,
): string {
  const { context_management: management, ...extra } = last.extra;
  const event: JsonObject = {
    type: 'message_delta',
    delta: { ...writeStopReason(last.finish, blocks.told), ...extra },
    usage: writeDeltaUsage(usage),
    ...(management === undefined ? {} : { context_management: management }),
  };
  return `event: message_delta\ndata: ${JSON.stringify(event)}\n\n`;
}
