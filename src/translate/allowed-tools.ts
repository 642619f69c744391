import type { HubRequest, Tool, ToolChoice } from '../hub/index.ts';
import type { Adapted } from './adapt.ts';
import type { Table } from './table.ts';

/** Whether a choice among some tools has no place in the provider's form, or its tools are told otherwise. */
export function needsFewerTools({ toolChoice, from }: HubRequest, { speaker, promptTools, lacks }: Table): boolean {
  if (toolChoice === undefined || !('only' in toolChoice)) return false;
  if (promptTools || lacks.has('schema-output')) return true;
  return from !== speaker.id && speaker.provider.limits?.includes(toolChoice.kind) !== true;
}

/** The tools that may be called are the only ones offered. */
export function fewerTools(request: HubRequest): Adapted {
  const { tools = [], toolChoice } = request;
  if (toolChoice === undefined || !('only' in toolChoice)) return { request, undo: (emit) => emit };
  const allowed = new Set(toolChoice.only);
  return {
    request: {
      ...request,
      tools: tools.filter((tool) => namesOf(tool).some((name) => allowed.has(name))),
      toolChoice: { kind: toolChoice.kind },
    },
    undo: (emit) => emit,
  };
}

/** A choice may name a tool of a namespace with it. */
function namesOf(tool: Tool): string[] {
  if (tool.kind === 'hosted') {
    const { type, name, server_label: label } = tool.value;
    return [type, name, label].filter((word) => typeof word === 'string');
  }
  return tool.namespace === undefined ? [tool.name] : [tool.name, tool.namespace, `${tool.namespace}.${tool.name}`];
}

/** The choice where tools are called otherwise. */
export function renamedChoice(choice: ToolChoice, to: (name: string) => string): ToolChoice {
  switch (choice.kind) {
    case 'none':
      return choice;
    case 'auto':
    case 'any':
      return choice.only === undefined ? choice : { kind: choice.kind, only: choice.only.map(to) };
    case 'one':
      return { kind: 'one', name: to(choice.name) };
  }
}
