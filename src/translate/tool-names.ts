import type { Block, HubRequest, Message, Tool } from '../hub/index.ts';
import type { Adapted, Adapter } from './adapt.ts';
import { renamedChoice } from './allowed-tools.ts';

/** Names of tools that a wire refuses, mapped by a table made from the request alone: the same every turn. */
export function toolNames(allowed: RegExp): { needed(request: HubRequest): boolean; adapter: Adapter } {
  return {
    needed: (request) => namesIn(request).some((name) => !allowed.test(name)),
    adapter: (request) => mapNames(request, allowed),
  };
}

function mapNames(request: HubRequest, allowed: RegExp): Adapted {
  const there = new Map<string, string>();
  const back = new Map<string, string>();
  const names = namesIn(request);
  const taken = new Set(names);
  for (const name of names) {
    if (allowed.test(name) || there.has(name)) continue;
    const short = freeName(name, allowed, taken);
    taken.add(short);
    there.set(name, short);
    back.set(short, name);
  }
  return {
    request: renamed(request, (name) => there.get(name) ?? name),
    undo: (emit) => (event) => {
      if (event.type !== 'open' || event.head.type !== 'tool-call') return emit(event);
      const name = back.get(event.head.name);
      emit(name === undefined ? event : { ...event, head: { ...event.head, name } });
    },
  };
}

/** In the order of the request. */
function namesIn({ tools = [], toolChoice, messages }: HubRequest): string[] {
  const names = tools.flatMap((tool) => (tool.kind === 'function' ? [tool.name] : []));
  if (toolChoice?.kind === 'one') names.push(toolChoice.name);
  else if (toolChoice !== undefined && 'only' in toolChoice) names.push(...(toolChoice.only ?? []));
  for (const { blocks } of messages) {
    for (const block of blocks) {
      if (block.type === 'tool-call') names.push(block.name);
      if (block.type === 'tool-result' && block.name !== undefined) names.push(block.name);
    }
  }
  return names;
}

/** Readable characters and a hash of the whole name: a table does not depend on what other tools there are. */
function freeName(name: string, allowed: RegExp, taken: ReadonlySet<string>): string {
  const readable = name.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 48);
  for (let n = 0; n < 1000; n++) {
    const short = `${readable}_${hash(n === 0 ? name : `${name}\n${n}`)}`;
    const usable = [short, `t_${short}`].find((one) => allowed.test(one));
    if (usable !== undefined && !taken.has(usable)) return usable;
  }
  return name;
}

/** FNV-1a in 32 bits, as eight hexadecimal digits. */
function hash(text: string): string {
  let sum = 0x811c9dc5;
  for (const byte of Buffer.from(text)) sum = Math.imul(sum ^ byte, 0x01000193) >>> 0;
  return sum.toString(16).padStart(8, '0');
}

function renamed(request: HubRequest, to: (name: string) => string): HubRequest {
  const { tools, toolChoice } = request;
  return {
    ...request,
    messages: request.messages.map(
      (message): Message => ({ ...message, blocks: message.blocks.map((one) => renamedBlock(one, to)) }),
    ),
    ...(tools === undefined
      ? {}
      : { tools: tools.map((tool): Tool => (tool.kind === 'function' ? { ...tool, name: to(tool.name) } : tool)) }),
    ...(toolChoice === undefined ? {} : { toolChoice: renamedChoice(toolChoice, to) }),
  };
}

function renamedBlock(block: Block, to: (name: string) => string): Block {
  if (block.type === 'tool-call') return { ...block, name: to(block.name) };
  if (block.type === 'tool-result' && block.name !== undefined) return { ...block, name: to(block.name) };
  return block;
}
