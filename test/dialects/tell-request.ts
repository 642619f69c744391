import { type ClientId, clients } from '../../src/dialects/index.ts';
import type { JsonObject } from '../../src/hub/index.ts';
import { decodeRequest, encodeRequest } from './codecs.ts';
import { told } from './scenarios.ts';

export const clientIds: readonly ClientId[] = Object.keys(clients).filter((id): id is ClientId => id in clients);

/** A scenario of rosetta/ as a client of this dialect asks it: as it is written down, else in its own dialect's words. */
export function askedBy(client: ClientId, scenario: string): JsonObject {
  if (client === 'openai-chat' || client === 'anthropic-messages') return told(scenario, client).request;
  const hub = decodeRequest('openai-chat', told(scenario, 'openai-chat').request);
  return encodeRequest(client, hub, client === 'ollama' ? { thinks: true, namesTools: true } : {});
}
