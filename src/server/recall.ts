import { type Config, type Deployment, type JsonObject, ProxyError } from '../hub/index.ts';
import { knownAs } from '../router/index.ts';
import type { Call, Told } from '../translate/index.ts';
import { isObject, type JsonValue, type Members, members, splice } from '../wire/index.ts';
import type { House } from './house.ts';

/** The form whose answers can be asked for again. */
export const keeping = 'openai-responses';

/** A body that goes on from stored answers, made whole. */
interface Recalled {
  body: Members;
  /** The deployment that keeps them itself. */
  pin?: string;
  /** The answer that it goes on from. */
  previous?: string;
}

const reference = Buffer.from('"item_reference"');

/**
 * Answers of ours are put before the input, and items that it only names in their places; what a provider keeps goes to
 * that provider as it is. Throws not-found for what nobody keeps.
 */
export function recall({ responses, config }: House, body: Members): Recalled {
  const previous = body.get('previous_response_id') ?? undefined;
  const refers = body.body.includes(reference);
  if (typeof previous !== 'string' && !refers) return { body };
  const known = typeof previous === 'string' ? responses.find(previous) : undefined;
  if (typeof previous === 'string' && known?.ours === undefined) {
    const keeper = config.deployments.find(({ id }) => id === known?.deployment) ?? loneKeeper(config);
    if (keeper === undefined) throw lost(previous);
    return { body, previous, ...(known === undefined || reaches(config, body, keeper) ? {} : { pin: keeper.id }) };
  }
  const history = typeof previous === 'string' ? responses.history(previous) : { items: [] };
  if ('missing' in history) throw lost(history.missing);
  const own = inputItems(body).map((item) => found(item, responses, config));
  const input = [...history.items, ...own];
  const whole = members(splice(body, { set: { input }, drop: ['previous_response_id'] }));
  return { body: whole, ...(typeof previous === 'string' ? { previous } : {}) };
}

const lookMs = 10;
const looks = 10;

/** With several processes an answer may still be on its way from the one that made it. Resolves when it is here or late. */
export async function arrival({ responses, together }: House, id: unknown): Promise<void> {
  if (!together || typeof id !== 'string') return;
  for (let left = looks; left > 0 && responses.find(id) === undefined; left--) {
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

/** Remembers what the call is answered; `asked`: the client's own body. */
export function remember({ responses }: House, call: Call, asked: Members, { previous }: Recalled): void {
  const decode = call.request;
  Object.assign(call, { request: () => (previous === undefined ? decode() : { ...decode(), previous }) });
  if (asked.get('store') === false || call.operation !== 'chat') return;
  Object.assign(call, {
    told({ id, by, whole }: Told): void {
      const head = { id, deployment: by.id, model: call.model };
      if (whole === undefined) responses.keep(head);
      else {
        const input = inputItems(asked).map((item) => resolved(item, responses.item));
        responses.keep({ ...head, ours: { response: whole, input, ...(previous === undefined ? {} : { previous }) } });
      }
    },
  });
}

/** Whether a deployment speaks the form itself. */
function speaksIt({ row }: Deployment): boolean {
  return row.dialect === keeping || row.also?.includes(keeping) === true;
}

/** The one deployment there is, when it may keep answers that we have not seen. */
export function loneKeeper({ deployments }: Config): Deployment | undefined {
  const [only] = deployments;
  return deployments.length === 1 && only !== undefined && speaksIt(only) ? only : undefined;
}

/** The model that is asked for lies with the account that keeps the answer. */
function reaches(config: Config, body: Members, keeper: Deployment): boolean {
  const name = body.get('model');
  const to = config.anyModel ? config.deployments[0] : typeof name === 'string' ? knownAs(config, name) : undefined;
  return to !== undefined && speaksIt(to) && to.origin === keeper.origin && to.key === keeper.key;
}

/** A text is a message. */
function inputItems(body: Members): JsonObject[] {
  const input: JsonValue | undefined = body.get('input');
  if (typeof input === 'string') {
    return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }];
  }
  return Array.isArray(input) ? input.filter(isObject) : [];
}

function found(item: JsonObject, responses: House['responses'], config: Config): JsonObject {
  const whole = resolved(item, responses.item);
  if (whole !== item || item['type'] !== 'item_reference' || loneKeeper(config) !== undefined) return whole;
  throw new ProxyError('not-found', `Item with id '${String(item['id'])}' not found.`, { param: 'input' });
}

function resolved(item: JsonObject, find: House['responses']['item']): JsonObject {
  const { type, id } = item;
  return type === 'item_reference' && typeof id === 'string' ? (find(id) ?? item) : item;
}

function lost(id: string): ProxyError {
  const facts = { param: 'previous_response_id', code: 'previous_response_not_found', type: 'invalid_request_error' };
  return new ProxyError('not-found', `Previous response with id '${id}' not found.`, facts);
}
