import { type Deployment, type HubRequest, type JsonObject, ProxyError } from '../hub/index.ts';
import { type Edits, splice } from '../wire/index.ts';
import { adapt } from './adapt.ts';
import { amend } from './amend.ts';
import type { Call, Outgoing } from './call.ts';
import { type Fetched, inlineMedia } from './links.ts';
import { demand, passes, targetOf } from './plan.ts';
import { judge, type Ruling } from './policy.ts';
import { blame, readObject } from './reading.ts';
import { speakerFor } from './speaker.ts';
import { type Speaker, tableOf } from './table.ts';

/** Whether the provider counts tokens itself. A row with paths of its own has a counter only if it says where. */
export function hasCounter(call: Call, to: Deployment): boolean {
  const speaker = speakerFor(call, to);
  if (speaker.provider.count === undefined) return false;
  const { dialect, paths } = to.row;
  return speaker.id !== dialect || paths?.chat === undefined || paths['count-tokens'] !== undefined;
}

/** The request to the provider's own counter of tokens. Throws invalid-request. */
export function planCount(call: Call, to: Deployment, fetched?: ReadonlyMap<string, Fetched>): Outgoing {
  const speaker = speakerFor(call, to);
  const table = tableOf(to, speaker);
  const same = speaker.id === call.client.id;
  const ruling = judge(call, to, table, same);
  const asked = same && passes(call.body, ruling, table) ? undefined : encoded(call, to, speaker, ruling, fetched);
  const target = targetOf(call, to, speaker, false);
  demand(target, asked?.headers);
  const read = (bytes: Buffer): Buffer | string => {
    const reply = readObject(bytes, speaker.provider);
    const tokens = counterOf(speaker).decodeResponse(reply);
    return same ? bytes : JSON.stringify(writeCount(call, tokens));
  };
  return {
    target,
    body: asked?.body ?? splice(call.body, editsOf(call, ruling, to, speaker)),
    dropped: [],
    stream: false,
    reply: ({ status }) =>
      status < 200 || status > 299
        ? blame(new ProxyError('bad-upstream-reply', `the provider's reply is unusable: it has the status ${status}`), {
            to,
          })
        : { kind: 'whole', type: 'application/json', read: (bytes) => reading(to, () => read(bytes)) },
    refused: (status, headers, body) => blame(speaker.provider.decodeError(status, headers, body), { to }),
  };
}

/** The count in the client's form. Throws invalid-request where that has none. */
export function writeCount({ client }: Call, tokens: number): JsonObject {
  if (client.client.count !== undefined) return client.client.count.encodeResponse(tokens);
  throw new ProxyError('invalid-request', `clients of ${client.title} count no tokens`);
}

/** What a counter says that is none: the endpoint or the model is not there, or is not known to it. */
export function countsNot(error: ProxyError, call: Call, to: Deployment): boolean {
  if (error.kind === 'not-found' || error.status === 405 || error.status === 501) return true;
  return counterOf(speakerFor(call, to)).unsupported?.(error) === true;
}

/** For models whose provider has no counter. Loads the estimator on first use. */
export async function estimateInput(request: HubRequest): Promise<number> {
  const { estimateTokens } = await import('./estimate.ts');
  return estimateTokens(request);
}

function counterOf({ provider, title }: Speaker): NonNullable<Speaker['provider']['count']> {
  if (provider.count === undefined) throw new ProxyError('internal', `${title} has no counter`);
  return provider.count;
}

function encoded(
  call: Call,
  to: Deployment,
  speaker: Speaker,
  ruling: Ruling,
  fetched: ReadonlyMap<string, Fetched> | undefined,
): { body: Buffer; headers: Record<string, string> } {
  const table = tableOf(to, speaker);
  const asked = fetched === undefined ? call.request() : inlineMedia(call.request(), fetched);
  const { request } = adapt(amend(asked, ruling, to.model, table), table, call.given);
  const body = counterOf(speaker).encodeRequest(request, table.quirks);
  return { body: Buffer.from(JSON.stringify(body)), headers: speaker.provider.requires?.(body) ?? {} };
}

/** A body of the client's own form: without what steers, and what a counter takes no interest in and refuses. */
function editsOf({ body }: Call, ruling: Ruling, to: Deployment, speaker: Speaker): Edits {
  const { set = {}, drop = [], rename = {} } = ruling.pass();
  const { refuses, names } = counterOf(speaker);
  const kept = Object.entries({ ...set, model: to.model }).filter(([word]) => !refuses.includes(word));
  return {
    set: { ...Object.fromEntries(kept), ...names?.(body, to.model) },
    drop: [...drop.filter((word) => word !== 'model' || refuses.includes(word)), ...refuses],
    rename,
  };
}

function reading(to: Deployment, read: () => Buffer | string): { body: Buffer | string; facts: Record<string, never> } {
  try {
    return { body: read(), facts: {} };
  } catch (thrown) {
    throw blame(thrown, { to });
  }
}
