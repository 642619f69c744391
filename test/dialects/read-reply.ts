import { createParser } from 'eventsource-parser';
import { thoughtMark } from '../../src/hub/index.ts';
import type { WrittenId } from './codecs.ts';
import type { ChatCall, ChatChunk, ChatReply, MessageBlock, MessagesEvent, MessagesReply } from './wire-shapes.ts';

/** What a reply says, whatever the wire. `finish` in OpenAI's words; calls as `[id, name, parsed arguments]`. */
export interface ReplyFacts {
  id: string;
  model: string;
  text: string;
  thinking: string;
  proofs: string[];
  calls: [string, string, unknown][];
  finish: string;
  stopSequence?: string;
  usage?: { input: number; output: number; cacheRead: number };
  error?: string;
}

/** Reads a whole reply off its wire, without the codecs. */
export function readReply(dialect: WrittenId, body: unknown): ReplyFacts {
  const text = JSON.stringify(body);
  switch (dialect) {
    case 'openai-chat':
      return readChat(JSON.parse(text));
    case 'anthropic-messages':
      return readMessages(JSON.parse(text));
  }
}

/** Joins a stream as an SDK would and reads it. */
export function readStream(dialect: WrittenId, stream: string): ReplyFacts {
  const frames: string[] = [];
  const parser = createParser({ onEvent: (event) => frames.push(event.data) });
  parser.feed(stream);
  switch (dialect) {
    case 'openai-chat':
      return joinChat(frames);
    case 'anthropic-messages':
      return joinMessages(frames);
  }
}

function readChat(reply: ChatReply): ReplyFacts {
  const choice = reply.choices[0];
  const message = choice?.message ?? {};
  const content = typeof message.content === 'string' ? message.content : '';
  const facts: ReplyFacts = {
    id: reply.id,
    model: reply.model,
    text: content + (message.refusal ?? ''),
    thinking: message.reasoning_content ?? '',
    proofs: [
      ...(message.thinking_blocks ?? []).map((block) => block.signature ?? block.data ?? ''),
      ...(message.tool_calls ?? []).flatMap(({ id = '' }) => id.split(thoughtMark).slice(1)),
    ],
    calls: (message.tool_calls ?? []).map(readCall),
    finish: message.refusal ? 'content_filter' : (choice?.finish_reason ?? 'none'),
  };
  if (reply.usage) {
    facts.usage = {
      input: reply.usage.prompt_tokens,
      output: reply.usage.completion_tokens,
      cacheRead: reply.usage.prompt_tokens_details?.cached_tokens ?? 0,
    };
  }
  return facts;
}

function readCall(call: ChatCall): [string, string, unknown] {
  // A call's proof lies behind its id.
  const [id = ''] = (call.id ?? '').split(thoughtMark);
  return [id, call.function.name ?? '', JSON.parse(call.function.arguments || '{}')];
}

const finishes: Record<string, string> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

function readMessages(reply: MessagesReply): ReplyFacts {
  const of = (type: string): MessageBlock[] => reply.content.filter((block) => block.type === type);
  const usage = reply.usage;
  return {
    id: reply.id,
    model: reply.model,
    text: of('text')
      .map((block) => block.text)
      .join(''),
    thinking: of('thinking')
      .map((block) => block.thinking)
      .join(''),
    proofs: reply.content.flatMap((block) => {
      const proof = block.type === 'thinking' ? block.signature : block.data;
      return proof ? [proof] : [];
    }),
    calls: of('tool_use').map((block) => [block.id ?? '', block.name ?? '', block.input]),
    finish: finishes[reply.stop_reason ?? ''] ?? String(reply.stop_reason),
    ...(reply.stop_sequence ? { stopSequence: reply.stop_sequence } : {}),
    usage: {
      input:
        (usage.input_tokens ?? 0) + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
      output: usage.output_tokens ?? 0,
      cacheRead: usage.cache_read_input_tokens ?? 0,
    },
  };
}

function joinChat(frames: string[]): ReplyFacts {
  const message: {
    content: string;
    refusal: string;
    reasoning_content: string;
  } = {
    content: '',
    refusal: '',
    reasoning_content: '',
  };
  const calls: ChatCall[] = [];
  const proofs: ReplyFacts['proofs'] = [];
  let finish: string | null = null;
  let last: ChatChunk = { id: '', model: '', choices: [] };
  let usage: ChatReply['usage'];
  let error: string | undefined;
  for (const frame of frames) {
    if (frame === '[DONE]') break;
    const chunk: ChatChunk = JSON.parse(frame);
    if (chunk.error) {
      error = chunk.error.message;
      continue;
    }
    last = chunk;
    usage = chunk.usage ?? usage;
    for (const choice of chunk.choices) {
      if (choice.index !== 0) continue;
      finish = choice.finish_reason ?? finish;
      const delta = choice.delta;
      if (typeof delta.content === 'string') message.content += delta.content;
      message.refusal += delta.refusal ?? '';
      message.reasoning_content += delta.reasoning_content ?? '';
      for (const block of delta.thinking_blocks ?? []) {
        const proof = block.signature ?? block.data;
        if (proof) proofs.push(proof);
      }
      for (const call of delta.tool_calls ?? []) joinCall(calls, call);
    }
  }
  const joined = { role: 'assistant', ...message, tool_calls: calls };
  const facts = readChat({
    ...last,
    choices: [{ index: 0, message: joined, finish_reason: finish }],
    usage,
  });
  return { ...facts, proofs: [...proofs, ...facts.proofs], ...(error === undefined ? {} : { error }) };
}

function joinCall(calls: ChatCall[], piece: ChatCall): void {
  const index = piece.index ?? 0;
  const call = calls[index];
  if (call === undefined) calls[index] = { ...piece, function: { arguments: '', ...piece.function } };
  else call.function.arguments = `${call.function.arguments ?? ''}${piece.function.arguments ?? ''}`;
}

function joinMessages(frames: string[]): ReplyFacts {
  let reply: MessagesReply = {
    id: '',
    model: '',
    content: [],
    stop_reason: null,
    usage: {},
  };
  const json = new Map<number, string>();
  let error: string | undefined;
  for (const frame of frames) {
    const event: MessagesEvent = JSON.parse(frame);
    switch (event.type) {
      case 'message_start':
        reply = event.message;
        break;
      case 'content_block_start':
        reply.content[event.index] = event.content_block;
        break;
      case 'content_block_delta': {
        const { text, thinking, signature, partial_json } = event.delta;
        const block = reply.content[event.index];
        if (block === undefined) throw new Error(`delta for block ${event.index}, which was never opened`);
        if (text !== undefined) block.text = `${block.text ?? ''}${text}`;
        if (thinking !== undefined) block.thinking = `${block.thinking ?? ''}${thinking}`;
        if (signature !== undefined) block.signature = `${block.signature ?? ''}${signature}`;
        if (partial_json !== undefined) json.set(event.index, (json.get(event.index) ?? '') + partial_json);
        break;
      }
      case 'content_block_stop': {
        const block = reply.content[event.index];
        const text = json.get(event.index);
        if (block !== undefined && text) block.input = JSON.parse(text);
        break;
      }
      case 'message_delta':
        reply = {
          ...reply,
          ...event.delta,
          usage: { ...reply.usage, ...event.usage },
        };
        break;
      case 'error':
        error = event.error.message;
        break;
      case 'message_stop':
      case 'ping':
        break;
    }
  }
  return { ...readMessages(reply), ...(error === undefined ? {} : { error }) };
}
