import { type Deployment, type HubRequest, type Json, params } from '../hub/index.ts';
import { type Edits, members, splice } from '../wire/index.ts';
import type { Call } from './call.ts';
import type { Table } from './table.ts';
import { refusing } from './words.ts';

/** Words of OpenAI's form, which every provider is told in its own words. */
const openaiWords: ReadonlySet<string> = new Set(Object.values(params).flatMap(({ words }) => words));

/**
 * The call as if the client had said what the configuration adds, where it is said in the client's own form; the client's
 * words win.
 */
export function withAdditions(call: Call, { adds }: Deployment): Call {
  if (adds === undefined || refusing[call.client.id] === undefined) return call;
  const lacking = Object.entries(adds).filter(([word]) => openaiWords.has(word) && !call.body.has(word));
  if (lacking.length === 0) return call;
  const body = members(splice(call.body, { set: Object.fromEntries(lacking) }));
  let decoded: HubRequest | undefined;
  const more: Call = {
    ...call,
    body,
    parsed: () => ({ ...call.parsed(), ...Object.fromEntries(lacking) }),
    request() {
      decoded ??= call.client.client.decodeRequest(more.parsed(), more);
      return decoded;
    },
  };
  return more;
}

/** Edits that also set what the configuration adds and a body that passes lacks. */
export function addMissing(edits: Edits, call: Call, to: Deployment, table: Table): Edits {
  const lacking = ownWords(call, to, table).filter(([word]) => !call.body.has(word));
  return lacking.length === 0 ? edits : { ...edits, set: { ...Object.fromEntries(lacking), ...edits.set } };
}

/** The same for a request that is written anew: the encoder knows where the provider keeps a model's own words. */
export function addUnknown(request: HubRequest, call: Call, to: Deployment, table: Table): HubRequest {
  const own = ownWords(call, to, table);
  return own.length === 0 ? request : { ...request, unknown: { ...Object.fromEntries(own), ...request.unknown } };
}

/** What goes to the provider as it is written. */
function ownWords(call: Call, { adds }: Deployment, table: Table): [string, Json][] {
  if (adds === undefined) return [];
  const told = refusing[call.client.id] !== undefined;
  return Object.entries(adds).filter(([word]) => !openaiWords.has(word) || (!told && table.known.has(word)));
}
