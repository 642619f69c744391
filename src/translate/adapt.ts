import type { Given } from '../dialects/index.ts';
import type { Emit, HubRequest } from '../hub/index.ts';
import { fewerTools, needsFewerTools } from './allowed-tools.ts';
import { customTools, hasCustomTools } from './custom-tools.ts';
import { hostedSearch, searchesElsewhere } from './hosted-search.ts';
import { hasNamespaces, namespaces } from './namespaces.ts';
import { promptTools } from './prompt-tools.ts';
import { schemaTool } from './schema-tool.ts';
import type { Table } from './table.ts';
import { toolNames } from './tool-names.ts';

/** A request in other words, and how its reply is told back: `undo` gets the provider's events and emits the client's. */
export interface Adapted {
  request: HubRequest;
  undo(emit: Emit): Emit;
}

/** Rewords what a provider cannot say. */
export type Adapter = (request: HubRequest, given: Given) => Adapted;

/** The adapters that a request needs at a deployment, in the order in which they change it. Undone the other way round. */
export function adapt(request: HubRequest, table: Table, given: Given): Adapted & { changed: boolean } {
  const undone: Adapted['undo'][] = [];
  let current = request;
  for (const adapter of needed(request, table)) {
    const adapted = adapter(current, given);
    current = adapted.request;
    undone.push(adapted.undo);
  }
  return {
    request: current,
    changed: undone.length > 0,
    undo: (emit) => undone.reduce((next, undo) => undo(next), emit),
  };
}

/** A schema goes into the prompt as a tool does where a provider has neither. */
function needed(request: HubRequest, table: Table): Adapter[] {
  const adapters: Adapter[] = [];
  if (needsFewerTools(request, table)) adapters.push(fewerTools);
  if (searchesElsewhere(request, table)) adapters.push((one) => hostedSearch(one, table));
  // Custom tools first: what they are called in their namespace is how their calls are known.
  if (table.lacks.has('custom-tools') && hasCustomTools(request)) adapters.push(customTools);
  if (table.lacks.has('namespaces') && hasNamespaces(request)) adapters.push(namespaces);
  if (table.lacks.has('schema-output') && request.output?.kind === 'schema') adapters.push(schemaTool);
  if (table.promptTools) return [...adapters, promptTools];
  const names = toolNames(table.speaker.provider.toolNames);
  return [...adapters, ...(names.needed(request) ? [names.adapter] : [])];
}
