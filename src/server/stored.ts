import type { IncomingMessage, ServerResponse } from 'node:http';
import { clients } from '../dialects/index.ts';
import { type Config, type Deployment, type JsonObject, ProxyError } from '../hub/index.ts';
import type { Responses } from '../ledger/index.ts';
import { failure, planStored } from '../translate/index.ts';
import { members } from '../wire/index.ts';
import { send } from './answer.ts';
import { callOf } from './call.ts';
import { answerHeaders, idHeaders } from './headers.ts';
import type { House } from './house.ts';
import { checkLimits } from './limits.ts';
import { arrival, keeping, loneKeeper } from './recall.ts';
import { refuse } from './refusal.ts';
import { Story } from './story.ts';

/** What is asked of a stored answer. */
export type Asked = 'get' | 'delete' | 'input-items' | 'cancel';

type Ours = NonNullable<NonNullable<ReturnType<Responses['find']>>['ours']>;

/** Stored answers of the Responses form: ours out of the ledger, a provider's from that provider. Never rejects. */
export async function stored(
  house: House,
  asked: Asked,
  id: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const life = house.calls.begin(res);
  const story = new Story(house, req, keeping);
  try {
    checkLimits(house);
    await arrival(house, id);
    const known = house.responses.find(id);
    const head = idHeaders(story.id, story.requestId);
    const keeper = known === undefined ? loneKeeper(house.config) : named(house.config, known.deployment);
    if (known?.ours !== undefined) {
      const { searchParams } = new URL(req.url ?? '/', 'http://localhost');
      if (asked === 'get' && searchParams.get('stream') === 'true') {
        write(res, replay(known.ours.response, searchParams), 'text/event-stream; charset=utf-8', head);
      } else {
        const answer = answerOf(house.responses, id, known.ours, asked, searchParams);
        write(res, JSON.stringify(answer), 'application/json', head);
      }
    } else {
      if (keeper === undefined) throw notFound(id);
      const empty = members(Buffer.from('{}'));
      const about = {
        id: story.id,
        operation: 'chat',
        headers: req.headers,
        url: req.url ?? '/',
        pathModel: keeper.group,
      } as const;
      const call = callOf(about, clients[keeping], empty, house.config, (error) => story.broken(error));
      const { method, below } = ways[asked];
      const answer = await send(
        house,
        call,
        keeper,
        { life },
        planStored(call, keeper, method, `/${encodeURIComponent(id)}${below}`),
      );
      story.answeredBy(keeper, []);
      if (asked === 'delete') house.responses.remove(id);
      const told = { ms: Date.now() - story.at, retries: 0, dropped: [], cost: undefined, estimated: false };
      head.push(...answerHeaders(keeper, answer.headers, told, house.redact));
      if (answer.kind === 'whole') write(res, answer.body, answer.type, head);
    }
    story.end(200, undefined);
  } catch (thrown) {
    const error = story.clean(failure(thrown));
    const status = refuse(house, req, res, error, clients[keeping].client, idHeaders(story.id, story.requestId));
    story.end(error.kind === 'cancelled' ? 499 : status, undefined, error);
  }
}

const ways: Readonly<Record<Asked, { method: string; below: string }>> = {
  get: { method: 'GET', below: '' },
  delete: { method: 'DELETE', below: '' },
  'input-items': { method: 'GET', below: '/input_items' },
  cancel: { method: 'POST', below: '/cancel' },
};

function named({ deployments }: Config, id: string): Deployment | undefined {
  return deployments.find((one) => one.id === id);
}

function write(res: ServerResponse, body: Buffer | string, type: string, head: readonly string[]): void {
  res.writeHead(200, [...head, 'content-type', type, 'content-length', String(Buffer.byteLength(body))]);
  res.end(body);
}

function answerOf(responses: Responses, id: string, ours: Ours, asked: Asked, query: URLSearchParams): JsonObject {
  switch (asked) {
    case 'get':
      return ours.response;
    case 'delete':
      responses.remove(id);
      return { id, object: 'response', deleted: true };
    case 'cancel':
      throw new ProxyError('invalid-request', 'Cannot cancel a synchronous response.');
    case 'input-items':
      return listOf(inputOf(responses, id, ours), query);
  }
}

/**
 * The stream that told an answer, once more, behind the event of this number. Who has heard more pieces than there are in
 * this telling hears the end: it holds the whole answer. Throws invalid-request.
 */
function replay(response: JsonObject, query: URLSearchParams): string {
  const given = query.get('starting_after') ?? '-1';
  const after = /^-?\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
  if (Number.isNaN(after)) {
    throw new ProxyError('invalid-request', "'starting_after' must be a number", { param: 'starting_after' });
  }
  const frames = clients[keeping].client.retell?.(response) ?? [];
  if (after < frames.length - 1) return frames.slice(after + 1).join('');
  const end = frames.at(-1) ?? '';
  return end.replace(/"sequence_number":\d+\}\s*$/, `"sequence_number":${after + 1}}\n\n`);
}

/** All that was asked, those of the conversation before included; each with an id that stays the same. */
function inputOf(responses: Responses, id: string, { input, previous }: Ours): JsonObject[] {
  const before = previous === undefined ? { items: [] } : responses.history(previous);
  const items = [...('items' in before ? before.items : []), ...input];
  const own = id.replace(/^resp_/, '');
  return items.map((item, index) => ({ ...shaped(item), id: item['id'] ?? `${prefixOf(item)}_${own}_${index}` }));
}

/** Messages in their whole form. */
function shaped(item: JsonObject): JsonObject {
  const { type = 'message', content, role } = item;
  if (type !== 'message') return item;
  const kind = role === 'assistant' ? 'output_text' : 'input_text';
  const more = role === 'assistant' ? { annotations: [], logprobs: [] } : {};
  const parts = typeof content === 'string' ? [{ type: kind, text: content, ...more }] : (content ?? []);
  return { status: 'completed', ...item, type, content: parts };
}

function prefixOf({ type = 'message' }: JsonObject): string {
  return type === 'message' ? 'msg' : type === 'function_call' ? 'fc' : type === 'reasoning' ? 'rs' : 'item';
}

const most = 100;
const usual = 20;

/** OpenAI's lists: the newest first unless `order=asc`, cut by `limit`, behind `after`. Throws invalid-request. */
function listOf(items: readonly JsonObject[], query: URLSearchParams): JsonObject {
  const limit = Number(query.get('limit') ?? usual);
  if (!Number.isInteger(limit) || limit < 1 || limit > most) {
    throw new ProxyError('invalid-request', `'limit' must be a number from 1 to ${most}`, { param: 'limit' });
  }
  const ordered = query.get('order') === 'asc' ? items : items.toReversed();
  const after = query.get('after');
  const from = after === null ? 0 : ordered.findIndex(({ id }) => id === after) + 1;
  const data = ordered.slice(from, from + limit);
  const [first] = data;
  return {
    object: 'list',
    data,
    first_id: first?.['id'] ?? null,
    last_id: data.at(-1)?.['id'] ?? null,
    has_more: from + limit < ordered.length,
  };
}

function notFound(id: string): ProxyError {
  return new ProxyError('not-found', `Response with id '${id}' not found.`, { type: 'invalid_request_error' });
}
