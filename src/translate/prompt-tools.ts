import type { Given } from '../dialects/index.ts';
import type { Block, HubRequest, JsonObject, Message, Tool, ToolChoice } from '../hub/index.ts';
import { isObject, readJson } from '../wire/index.ts';
import type { Adapted } from './adapt.ts';
import { callsFromText } from './prompt-calls.ts';

type FunctionTool = Extract<Tool, { kind: 'function' }>;

/** `--add_function_to_prompt`: tools told in the system text, calls and results told as text, answers in JSON read as calls. */
export function promptTools(request: HubRequest, given: Given): Adapted {
  const { tools = [], toolChoice, params, ...rest } = request;
  const { parallelToolCalls: _, ...others } = params;
  const offered = toolChoice?.kind === 'none' ? [] : tools.filter((tool) => tool.kind === 'function');
  const messages = request.messages.map(inText(namesById(request.messages)));
  return {
    request: {
      ...rest,
      params: others,
      messages: offered.length === 0 ? messages : instructed(messages, instruction(offered, toolChoice)),
    },
    undo: (emit) =>
      offered.length === 0 ? emit : callsFromText(new Set(offered.map(({ name }) => name)), given, emit),
  };
}

function instruction(tools: readonly FunctionTool[], choice: ToolChoice | undefined): string {
  const described = tools.map(({ name, description, schema }) =>
    JSON.stringify({ name, ...(description === undefined ? {} : { description }), parameters: schema }),
  );
  return [
    'You can use the tools below. Each line is one tool: its name, what it does, and the JSON schema of its arguments.',
    ...described,
    'To use a tool, answer with one JSON object and nothing else, no text around it and no code fence:',
    '{"name": "<name of the tool>", "arguments": {<its arguments>}}',
    'To use several tools at once, answer with a JSON array of such objects. The results come in the next message.',
    demand(choice),
  ].join('\n');
}

function demand(choice: ToolChoice | undefined): string {
  switch (choice?.kind) {
    case 'any':
      return 'You must use a tool now.';
    case 'one':
      return `You must use the tool ${JSON.stringify(choice.name)} now.`;
    case 'auto':
    case 'none':
    case undefined:
      return 'If no tool is needed, answer in plain words.';
  }
}

/** Behind the system text that is there, so that a cached beginning stays the same. */
function instructed(messages: readonly Message[], text: string): Message[] {
  const block: Block = { type: 'text', text };
  const last = messages.findLastIndex(
    (message, index) => message.role === 'system' && index === leading(messages, index),
  );
  const system = messages[last];
  if (system === undefined) return [{ role: 'system', blocks: [block] }, ...messages];
  return messages.with(last, { ...system, blocks: [...system.blocks, block] });
}

/** How many messages before `index` are system messages without a gap. */
function leading(messages: readonly Message[], index: number): number {
  const first = messages.findIndex(({ role }) => role !== 'system');
  return first < 0 || first > index ? index : -1;
}

function namesById(messages: readonly Message[]): ReadonlyMap<string, string> {
  const calls = messages.flatMap(({ blocks }) => blocks.filter((block) => block.type === 'tool-call'));
  return new Map(calls.map(({ id, name }) => [id, name]));
}

function inText(names: ReadonlyMap<string, string>): (message: Message) => Message {
  return (message) => {
    if (!message.blocks.some(({ type }) => type === 'tool-call' || type === 'tool-result')) return message;
    return { ...message, blocks: message.blocks.flatMap((block) => blockInText(block, names)) };
  };
}

function blockInText(block: Block, names: ReadonlyMap<string, string>): Block[] {
  switch (block.type) {
    case 'tool-call':
      return [{ type: 'text', text: JSON.stringify({ name: block.name, arguments: argsOf(block.args) }) }];
    case 'tool-result': {
      const name = block.name ?? names.get(block.callId) ?? block.callId;
      const head = `${block.failed === true ? 'Error' : 'Result'} of ${name}:`;
      return [{ type: 'text', text: head }, ...block.content];
    }
    case 'text':
    case 'media':
    case 'thinking':
    case 'refusal':
    case 'opaque':
      return [block];
  }
}

function argsOf(args: string): JsonObject | string {
  if (args.trim() === '') return {};
  const parsed = readJson(args);
  return isObject(parsed) ? parsed : args;
}
