import type { Block, HubRequest, Tool } from '../hub/index.ts';
import type { Adapted } from './adapt.ts';
import { renamedChoice } from './allowed-tools.ts';

interface Named {
  namespace: string;
  name: string;
}

/** A tool of a namespace is `namespace__name`, and called so it is told back by both. */
export function namespaces(request: HubRequest): Adapted {
  const { tools = [], toolChoice } = request;
  const taken = new Set(tools.flatMap((tool) => (tool.kind === 'hosted' || isNamed(tool) ? [] : [tool.name])));
  const there = new Map<string, string>();
  const back = new Map<string, Named>();
  const flat = ({ namespace, name }: Named): string => {
    const key = `${namespace}\n${name}`;
    const known = there.get(key);
    if (known !== undefined) return known;
    const made = freeName(joined(namespace, name), taken);
    taken.add(made);
    there.set(key, made);
    back.set(made, { namespace, name });
    return made;
  };
  const flatTools = tools.map((tool) => flatTool(tool, flat));
  const messages = request.messages.map((message) => ({
    ...message,
    blocks: message.blocks.map((block) => flatCall(block, flat)),
  }));
  const flatName = (name: string): string => {
    const one = chosenOf(tools, name);
    return one === undefined ? name : flat(one);
  };
  return {
    request: {
      ...request,
      messages,
      ...(request.tools === undefined ? {} : { tools: flatTools }),
      ...(toolChoice === undefined ? {} : { toolChoice: renamedChoice(toolChoice, flatName) }),
    },
    undo: (emit) => (event) => {
      if (event.type !== 'open' || event.head.type !== 'tool-call') return emit(event);
      const named = back.get(event.head.name);
      emit(named === undefined ? event : { ...event, head: { ...event.head, ...named } });
    },
  };
}

/** Whether a request has tools in namespaces, or calls of them in its history. */
export function hasNamespaces({ tools = [], messages }: HubRequest): boolean {
  return tools.some(isNamed) || messages.some(({ blocks }) => blocks.some(isNamedCall));
}

function isNamed(tool: Tool): tool is Exclude<Tool, { kind: 'hosted' }> & Named {
  return tool.kind !== 'hosted' && tool.namespace !== undefined;
}

function isNamedCall(block: Block): block is Extract<Block, { type: 'tool-call' }> & Named {
  return block.type === 'tool-call' && block.namespace !== undefined;
}

/** A choice names no namespace: it means one only when no other tool is called so. */
function chosenOf(tools: readonly Tool[], name: string): Named | undefined {
  if (tools.some((tool) => tool.kind !== 'hosted' && !isNamed(tool) && tool.name === name)) return undefined;
  return tools.filter(isNamed).find((tool) => tool.name === name);
}

/** Some namespaces bring their own border (`mcp__files__`). */
function joined(namespace: string, name: string): string {
  return namespace.endsWith('__') ? namespace + name : `${namespace}__${name}`;
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name}_${n}`;
  return free;
}

function flatTool(tool: Tool, flat: (named: Named) => string): Tool {
  if (tool.kind === 'hosted' || !isNamed(tool)) return tool;
  const name = flat(tool);
  if (tool.kind === 'custom') {
    const { namespace: _, ...rest } = tool;
    return { ...rest, name };
  }
  const { namespace: _, ...rest } = tool;
  return { ...rest, name };
}

function flatCall(block: Block, flat: (named: Named) => string): Block {
  if (!isNamedCall(block)) return block;
  const { namespace: _, ...rest } = block;
  return { ...rest, name: flat(block) };
}
