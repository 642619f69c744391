import type { HubRequest, JsonObject } from '../hub/index.ts';
import type { Call } from './call.ts';
import type { Table } from './table.ts';

/**
 * What a request says inside its words and the provider is not told, as paths: what the client's vendor runs itself, and
 * what only its dialect can say. The words themselves are the policy's.
 */
export function lostWords(
  { client }: Call,
  asked: HubRequest,
  adapted: HubRequest,
  encoded: JsonObject,
  { speaker }: Table,
): string[] {
  const foreign = speaker.id !== client.id;
  return [...lostTools(asked, adapted, encoded), ...(foreign ? (client.client.unsaid?.(asked) ?? []) : [])];
}

/** What a vendor runs itself another does not know; an encoder that does sends it as it is, a search in its own words. */
function lostTools({ tools = [], named }: HubRequest, adapted: HubRequest, encoded: JsonObject): string[] {
  const sent = Array.isArray(encoded.tools) ? encoded.tools : [];
  const searches = named?.webSearch === undefined && adapted.named?.webSearch !== undefined;
  return tools.flatMap((tool, index) => {
    if (tool.kind !== 'hosted' || sent.includes(tool.value)) return [];
    return searches && tool.search !== undefined ? [] : [`tools[${index}]`];
  });
}
