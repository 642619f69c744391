import { Calls, set, toolLine } from './asked.ts';
import type { RequestFacts } from './read-request.ts';

interface TextPart {
  type: string;
  text?: string;
  image_url?: string | { url: string };
}

interface ToolCall {
  id?: string;
  function: { name: string; arguments?: unknown };
}

interface ChatLike {
  role: string;
  content?: string | TextPart[];
  images?: string[];
  tool_plan?: string;
  tool_calls?: ToolCall[];
  tool_call_id?: string;
  tool_name?: string;
}

interface NamedTool {
  function: { name: string; description?: string };
}

interface CohereBody {
  messages: ChatLike[];
  tools?: NamedTool[];
  tool_choice?: string;
  max_tokens?: number;
  temperature?: number;
  p?: number;
  stop_sequences?: string[];
  response_format?: { json_schema?: unknown };
}

/** Cohere's v2 chat. */
export function readCohere(body: CohereBody, facts: RequestFacts): void {
  const ids: string[] = [];
  for (const message of body.messages) {
    const { role } = message;
    if (role === 'tool') {
      const told = partsOf(message.content).map(({ text }) => text);
      facts.turns.push(`result ${ids.indexOf(message.tool_call_id ?? '') + 1}: ${told.join('')}`);
      continue;
    }
    if (message.tool_plan) facts.turns.push(`${role}: ${message.tool_plan}`);
    readParts(role, partsOf(message.content), facts);
    for (const { id, function: fn } of message.tool_calls ?? []) {
      const args: unknown = JSON.parse(String(fn.arguments));
      facts.turns.push(`call ${ids.push(id ?? '')}: ${fn.name} ${JSON.stringify(args)}`);
    }
  }
  facts.tools = (body.tools ?? []).map((tool) => toolLine(tool.function));
  set(facts, {
    maxTokens: body.max_tokens,
    temperature: body.temperature,
    topP: body.p,
    stop: body.stop_sequences,
    toolChoice: body.tool_choice?.toLowerCase(),
    schema: body.response_format?.json_schema,
  });
}

interface OllamaBody {
  messages: ChatLike[];
  tools?: NamedTool[];
  format?: unknown;
  options?: { num_predict?: number; temperature?: number; top_p?: number; stop?: string[] };
}

/** Ollama's /api/chat. */
export function readOllama(body: OllamaBody, facts: RequestFacts): void {
  const calls = new Calls();
  for (const message of body.messages) {
    const { role, content = '' } = message;
    if (role === 'tool') {
      facts.turns.push(`result ${calls.answered(message.tool_name)}: ${content}`);
      continue;
    }
    readParts(role, partsOf(content), facts);
    for (const data of message.images ?? []) facts.turns.push(`${role}: image data:image/png;base64,${data}`);
    for (const { function: fn } of message.tool_calls ?? []) {
      facts.turns.push(`call ${calls.made(fn.name)}: ${fn.name} ${JSON.stringify(fn.arguments)}`);
    }
  }
  const options = body.options ?? {};
  facts.tools = (body.tools ?? []).map((tool) => toolLine(tool.function));
  set(facts, {
    maxTokens: options.num_predict,
    temperature: options.temperature,
    topP: options.top_p,
    stop: options.stop,
    schema: body.format,
  });
}

interface ResponsesItem {
  type?: string;
  role?: string;
  content?: string | TextPart[];
  call_id?: string;
  name?: string;
  arguments?: string;
  output?: string | TextPart[];
  encrypted_content?: string;
}

interface ResponsesBody {
  instructions?: string;
  input: ResponsesItem[];
  tools?: { name: string; description?: string }[];
  tool_choice?: string | { name?: string };
  max_output_tokens?: number;
  temperature?: number;
  top_p?: number;
  text?: { format?: { schema?: unknown } };
}

/** OpenAI's Responses. */
export function readResponses(body: ResponsesBody, facts: RequestFacts): void {
  const ids: string[] = [];
  if (body.instructions) facts.system.push(body.instructions);
  for (const item of body.input) {
    if (item.encrypted_content) facts.proofs.push(item.encrypted_content);
    const at = ids.indexOf(item.call_id ?? '') + 1;
    if (item.type === 'function_call') {
      const args: unknown = JSON.parse(item.arguments ?? '{}');
      facts.turns.push(`call ${ids.push(item.call_id ?? '')}: ${item.name} ${JSON.stringify(args)}`);
    } else if (item.type === 'function_call_output') {
      const told = partsOf(item.output).map(({ text }) => text);
      facts.turns.push(`result ${at}: ${told.join('')}`);
    } else readParts(item.role ?? '', partsOf(item.content), facts);
  }
  const choice = body.tool_choice;
  facts.tools = (body.tools ?? []).map(toolLine);
  set(facts, {
    maxTokens: body.max_output_tokens,
    temperature: body.temperature,
    topP: body.top_p,
    toolChoice: typeof choice === 'string' ? choice : choice?.name,
    schema: body.text?.format?.schema,
  });
}

function partsOf(content: string | TextPart[] | undefined): TextPart[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);
}

function readParts(role: string, parts: readonly TextPart[], facts: RequestFacts): void {
  for (const { text, image_url: image } of parts) {
    const said = image === undefined ? text : `image ${typeof image === 'string' ? image : image.url}`;
    if (!said) continue;
    if (role === 'system' || role === 'developer') facts.system.push(said);
    else facts.turns.push(`${role}: ${said}`);
  }
}
