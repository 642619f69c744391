import type { Block, Emit, HubRequest, Json, Tool } from '../hub/index.ts';
import { isObject } from '../wire/index.ts';
import type { Adapted } from './adapt.ts';
import { InputReader } from './input-reader.ts';
import { perChoice } from './per-choice.ts';

type CustomTool = Extract<Tool, { kind: 'custom' }>;

/** A tool that takes free text as a function of `{input: string}`; its text is unescaped while it streams. */
export function customTools(request: HubRequest): Adapted {
  const { tools = [] } = request;
  const custom = new Set(tools.flatMap((tool) => (tool.kind === 'custom' ? [keyOf(tool)] : [])));
  return {
    request: {
      ...request,
      messages: request.messages.map((message) => ({ ...message, blocks: message.blocks.map(asFunctionCall) })),
      ...(request.tools === undefined ? {} : { tools: tools.map(asFunction) }),
    },
    undo: (emit) => (custom.size === 0 ? emit : perChoice(emit, () => textFromInput(custom, emit))),
  };
}

/** Whether a request has custom tools, or calls of them in its history. */
export function hasCustomTools({ tools = [], messages }: HubRequest): boolean {
  const called = ({ blocks }: HubRequest['messages'][number]): boolean => blocks.some(isCustomCall);
  return tools.some(({ kind }) => kind === 'custom') || messages.some(called);
}

function isCustomCall(block: Block): boolean {
  return block.type === 'tool-call' && block.kind === 'custom';
}

function keyOf({ namespace = '', name }: { namespace?: string; name: string }): string {
  return `${namespace}\n${name}`;
}

function asFunction(tool: Tool): Tool {
  if (tool.kind !== 'custom') return tool;
  const { format: _, kind: _custom, extra: _own, ...rest } = tool;
  const description = describe(tool);
  return {
    ...rest,
    kind: 'function',
    ...(description === '' ? {} : { description }),
    schema: {
      type: 'object',
      properties: { input: { type: 'string', description: 'The text for the tool, as it is.' } },
      required: ['input'],
      additionalProperties: false,
    },
  };
}

/** The grammar goes into the description: a model that cannot be bound to it can still follow it. */
function describe({ description = '', format }: CustomTool): string {
  const { syntax, definition } = grammarOf(format);
  if (definition === undefined) return description;
  return `${description}\n\nThe text in \`input\` must follow this ${syntax} grammar:\n${definition}`.trimStart();
}

/** As the Responses form has it, or a level deeper as the chat form does. */
function grammarOf(format: Json | undefined): { syntax: string; definition?: string } {
  if (!isObject(format)) return { syntax: '' };
  const { syntax, definition } = isObject(format.grammar) ? format.grammar : format;
  return {
    syntax: typeof syntax === 'string' ? syntax : 'context-free',
    ...(typeof definition === 'string' ? { definition } : {}),
  };
}

function asFunctionCall(block: Block): Block {
  if (block.type !== 'tool-call' || block.kind !== 'custom') return block;
  const { kind: _, extra: _own, ...rest } = block;
  return { ...rest, args: JSON.stringify({ input: block.args }) };
}

function textFromInput(custom: ReadonlySet<string>, emit: Emit): Emit {
  let open: { block: number; reader: InputReader } | undefined;
  return (event) => {
    if (event.type === 'open' && event.head.type === 'tool-call' && custom.has(keyOf(event.head))) {
      open = { block: event.block, reader: new InputReader() };
      emit({ ...event, head: { ...event.head, kind: 'custom' } });
      return;
    }
    if (open === undefined || !('block' in event) || event.block !== open.block) return emit(event);
    if (event.type === 'args') {
      const text = open.reader.push(event.text);
      if (text !== '') emit({ ...event, text });
      return;
    }
    if (event.type === 'close') {
      const text = open.reader.end();
      if (text !== '') emit({ type: 'args', choice: event.choice, block: event.block, text });
      open = undefined;
    }
    emit(event);
  };
}
