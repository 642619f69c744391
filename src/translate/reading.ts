import type { EmbeddingProvider, ProviderSide } from '../dialects/index.ts';
import { type Deployment, type Emit, type HubRequest, type JsonObject, ProxyError } from '../hub/index.ts';
import { FieldError, isObject, readJson } from '../wire/index.ts';
import type { Call } from './call.ts';

/** What is needed to read the reply of one call from one deployment. */
export interface Reading {
  call: Call;
  to: Deployment;
  side: ProviderSide;
  quirks: object;
  /** The model's name as the client knows it. */
  model: string;
  /** The provider speaks the client's dialect, and keeps what it says. */
  same: boolean;
  /** The client did not ask for usage in its stream. */
  withholdUsage: boolean;
  /** The client's request, with the name that the client knows. */
  asked(): HubRequest;
  /** Whether adapters changed the request, and `undo` has something to do. */
  adapted: boolean;
  /** Puts the client's events behind the provider's. */
  undo(emit: Emit): Emit;
}

/** The client hears of an answer that can be asked for again; where the provider keeps it, only what it is called. */
export function tellAnswer({ call, to, same }: Reading, whole: JsonObject | undefined): void {
  if (call.told === undefined || typeof whole?.['id'] !== 'string') return;
  call.told({ id: whole['id'], by: to, ...(same ? {} : { whole }) });
}

/** Any failure while a reply is read, with the deployment that it came from. What is no ProxyError is the reply's fault. */
export function blame(thrown: unknown, { to }: Pick<Reading, 'to'>): ProxyError {
  const error = thrown instanceof ProxyError ? thrown : unusable(thrown);
  const { provider = to.provider.id, model = to.model } = error.facts;
  return new ProxyError(error.kind, error.message, { ...error.facts, provider, model });
}

function unusable(thrown: unknown): ProxyError {
  const problem = thrown instanceof FieldError ? thrown.message : 'it could not be read';
  return new ProxyError('bad-upstream-reply', `the provider's reply is unusable: ${problem}`, { cause: thrown });
}

export function endedEarly(): ProxyError {
  return new ProxyError('bad-upstream-reply', "the provider's stream ended before the answer was finished");
}

/** Readers of replies that are lists. */
interface Lists {
  joinReplies?: ProviderSide['joinReplies'] | undefined;
  readList?: EmbeddingProvider['readList'] | undefined;
}

/** The object that a reply is, or that this dialect makes of a list. Throws bad-upstream-reply (RELIABILITY.md A4). */
export function readObject(body: Buffer, side?: Lists): JsonObject {
  const parsed = readJson(body.toString('utf8').replace(/^\uFEFF/, ''));
  if (isObject(parsed)) return parsed;
  if (Array.isArray(parsed) && side?.readList !== undefined) return side.readList(parsed);
  const list = Array.isArray(parsed) ? parsed.filter(isObject) : [];
  if (list.length > 0 && side?.joinReplies !== undefined) return side.joinReplies(list);
  const problem =
    body.length === 0 ? 'it is empty' : parsed === undefined ? 'it is no valid JSON' : 'it is no JSON object';
  throw new ProxyError('bad-upstream-reply', `the provider's reply is unusable: ${problem}`);
}
