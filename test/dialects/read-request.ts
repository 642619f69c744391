import type { WrittenId } from './codecs.ts';
import type { CacheMark, ChatMessage, ChatRequest, MessageBlock, MessagesRequest } from './wire-shapes.ts';

/** What a request asks, whatever the wire. `turns`: one line a piece, in order; thinking and proofs apart. */
export interface RequestFacts {
  system: string[];
  turns: string[];
  proofs: string[];
  cacheMarks: string[];
  maxTokens?: number;
  temperature?: number;
  topP?: number;
  stop?: string[];
  tools: string[];
  toolChoice?: string;
  schema?: unknown;
}

/** Reads a chat request off its wire, without the codecs. */
export function readRequest(dialect: WrittenId, body: unknown): RequestFacts {
  const text = JSON.stringify(body);
  switch (dialect) {
    case 'openai-chat':
      return readChat(JSON.parse(text));
    case 'anthropic-messages':
      return readMessages(JSON.parse(text));
  }
}

function tool(name: string, description: string | undefined, schema: unknown): string {
  return `${name}: ${description} ${JSON.stringify(schema)}`;
}

function marked(what: string, mark: CacheMark | undefined): string[] {
  return mark === undefined ? [] : [`${what} @${mark.ttl ?? '5m'}`];
}

function readChat(request: ChatRequest): RequestFacts {
  const facts: RequestFacts = {
    system: [],
    turns: [],
    proofs: [],
    cacheMarks: [],
    tools: [],
  };
  for (const message of request.messages) readChatMessage(message, facts);
  for (const { function: fn, cache_control } of request.tools ?? []) {
    facts.tools.push(tool(fn.name, fn.description, fn.parameters));
    facts.cacheMarks.push(...marked(fn.name, cache_control));
  }
  const choice = request.tool_choice;
  const most = request.max_completion_tokens ?? request.max_tokens;
  if (choice !== undefined) facts.toolChoice = typeof choice === 'string' ? choice : choice.function.name;
  if (most !== undefined) facts.maxTokens = most;
  if (request.temperature !== undefined) facts.temperature = request.temperature;
  if (request.top_p !== undefined) facts.topP = request.top_p;
  if (request.stop !== undefined) facts.stop = [request.stop].flat();
  if (request.response_format?.json_schema) facts.schema = request.response_format.json_schema.schema;
  return facts;
}

function readChatMessage(message: ChatMessage, facts: RequestFacts): void {
  const parts = typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : message.content;
  const role = message.role ?? '';
  for (const block of message.thinking_blocks ?? []) facts.proofs.push(block.signature ?? block.data ?? '');
  if (role === 'tool') {
    facts.turns.push(`result ${message.tool_call_id}: ${(parts ?? []).map((part) => part.text).join('')}`);
    return;
  }
  for (const part of parts ?? []) {
    const said = part.image_url === undefined ? (part.text ?? '') : `image ${part.image_url.url}`;
    if (said === '') continue;
    if (role === 'system' || role === 'developer') facts.system.push(said);
    else facts.turns.push(`${role}: ${said}`);
    facts.cacheMarks.push(...marked(said, part.cache_control));
  }
  for (const call of message.tool_calls ?? []) {
    const args: unknown = JSON.parse(call.function.arguments || '{}');
    facts.turns.push(`call ${call.id}: ${call.function.name} ${JSON.stringify(args)}`);
  }
}

const choices: Record<string, string> = {
  auto: 'auto',
  none: 'none',
  any: 'required',
};

function readMessages(request: MessagesRequest): RequestFacts {
  const facts: RequestFacts = {
    system: [],
    turns: [],
    proofs: [],
    cacheMarks: [],
    tools: [],
  };
  for (const block of asBlocks(request.system)) {
    facts.system.push(block.text ?? '');
    facts.cacheMarks.push(...marked(block.text ?? '', block.cache_control));
  }
  for (const message of request.messages) {
    for (const block of asBlocks(message.content)) readBlock(message.role, block, facts);
  }
  for (const { name, description, input_schema, cache_control } of request.tools ?? []) {
    facts.tools.push(tool(name, description, input_schema));
    facts.cacheMarks.push(...marked(name, cache_control));
  }
  const choice = request.tool_choice;
  if (choice !== undefined) facts.toolChoice = choice.name ?? choices[choice.type] ?? choice.type;
  facts.maxTokens = request.max_tokens;
  if (request.temperature !== undefined) facts.temperature = request.temperature;
  if (request.top_p !== undefined) facts.topP = request.top_p;
  if (request.stop_sequences !== undefined) facts.stop = request.stop_sequences;
  if (request.output_config?.format) facts.schema = request.output_config.format.schema;
  return facts;
}

function asBlocks(content: string | MessageBlock[] | undefined): MessageBlock[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);
}

function readBlock(role: string, block: MessageBlock, facts: RequestFacts): void {
  switch (block.type) {
    case 'text':
      facts.turns.push(`${role}: ${block.text}`);
      facts.cacheMarks.push(...marked(block.text ?? '', block.cache_control));
      return;
    case 'image': {
      const { url, media_type, data } = block.source ?? {};
      facts.turns.push(`${role}: image ${url ?? `data:${media_type};base64,${data}`}`);
      return;
    }
    case 'tool_use':
      facts.turns.push(`call ${block.id}: ${block.name} ${JSON.stringify(block.input)}`);
      return;
    case 'tool_result':
      facts.turns.push(
        `result ${block.tool_use_id}: ${asBlocks(block.content)
          .map((one) => one.text)
          .join('')}`,
      );
      return;
    case 'thinking':
    case 'redacted_thinking':
      facts.proofs.push(block.signature ?? block.data ?? '');
      return;
  }
}
