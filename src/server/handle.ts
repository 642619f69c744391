import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ClientId, type ClientSide, clients, forms } from '../dialects/index.ts';
import type { Deployment, Operation } from '../hub/index.ts';
import { attempt, type Trial } from '../router/index.ts';
import { type Call, failure, steer } from '../translate/index.ts';
import { type Members, members } from '../wire/index.ts';
import type { Answer, Wish } from './answer.ts';
import { readBody } from './body.ts';
import { callOf } from './call.ts';
import type { Life } from './calls.ts';
import { compact } from './compact.ts';
import { count } from './count.ts';
import { either } from './either.ts';
import { embed } from './embed.ts';
import { formOf } from './form.ts';
import { answerHeaders, idHeaders } from './headers.ts';
import type { House } from './house.ts';
import { checkLimits } from './limits.ts';
import { keeping, recall, remember } from './recall.ts';
import { refuse } from './refusal.ts';
import { Story } from './story.ts';

/** What a model is asked for, and in whose words. */
export interface Way {
  operation: Exclude<Operation, 'models' | 'stored-responses'>;
  dialect: ClientId;
  form?: keyof typeof forms;
  stream?: 'default' | 'always' | 'never';
}

/**
 * The life of a call: body, call, attempt, answer, ledger. An error before the first byte leaves as an HTTP error
 * in the client's form; a stream that broke says so itself (see Pump). `pathModel`: the model of the URL. Never rejects.
 */
export async function handle(
  house: House,
  way: Way,
  req: IncomingMessage,
  res: ServerResponse,
  pathModel?: string,
): Promise<void> {
  const { dialect, operation, form } = way;
  const life = house.calls.begin(res);
  const story = new Story(house, req, dialect);
  const spoken = form ?? formOf(dialect, req.headers);
  const speaker = spoken === undefined ? clients[dialect] : forms[spoken];
  const { client } = speaker;
  try {
    checkLimits(house);
    const body = members(await readBody(req, res, house.config.maxBody, life));
    checkBody(client, operation, body);
    const known = callFacts(story, req, way, pathModel);
    const recalled = dialect === keeping ? recall(house, body) : { body };
    const call = callOf(known, speaker, recalled.body, house.config, (error) => story.broken(error));
    if (dialect === keeping) remember(house, call, body, recalled);
    const wish = wishOf(house, call, life);
    story.of(call, wish.key);
    const trial: Trial = { operation, model: call.model, config: house.config };
    if (recalled.pin !== undefined) trial.pin = recalled.pin;
    const { value: answer, deployment, retries } = await attempt(trial, (to) => asks[operation](house, call, to, wish));
    story.answeredBy(deployment, answer.dropped);
    if (life.reason !== undefined) throw life.reason;
    settle(story, answer, deployment, retries, res);
  } catch (thrown) {
    const error = story.clean(failure(thrown));
    const status = refuse(house, req, res, error, client, idHeaders(story.id, story.requestId));
    story.end(error.kind === 'cancelled' ? 499 : status, undefined, error);
  }
}

/** Written out: a literal made of spreads costs more than the rest of a small call's plan. */
function callFacts(
  { id, at }: Story,
  req: IncomingMessage,
  { operation, stream }: Pick<Way, 'operation' | 'stream'>,
  pathModel: string | undefined,
): Parameters<typeof callOf>[0] {
  const streams = stream === 'default' || stream === 'always';
  const known: Parameters<typeof callOf>[0] = {
    id,
    operation,
    headers: req.headers,
    url: req.url ?? '/',
    streams,
    since: at,
  };
  if (pathModel !== undefined) known.pathModel = pathModel;
  if (stream === 'always' || stream === 'never') known.stream = streams;
  return known;
}

type Ask = (house: House, call: Call, to: Deployment, wish: Wish) => Promise<Answer>;

const asks: Readonly<Record<Way['operation'], Ask>> = {
  chat: either,
  embeddings: embed,
  'count-tokens': count,
  compact,
};

function checkBody(client: ClientSide, operation: Way['operation'], body: Members): void {
  switch (operation) {
    case 'chat':
    case 'compact':
      client.check(body);
      return;
    case 'embeddings':
      client.embeddings?.check(body);
      return;
    case 'count-tokens':
      client.count?.check(body);
      return;
  }
}

function wishOf({ config }: House, call: Call, life: Life): Wish {
  const { apiKey, timeoutMs } = steer(call.body);
  const wish: Wish = { life };
  if (config.clientKeys && apiKey !== undefined) wish.key = apiKey;
  const seconds = Number(call.headers['x-litellm-timeout'] ?? Number.NaN);
  const wanted = seconds > 0 ? seconds * 1000 : timeoutMs;
  if (wanted !== undefined) wish.timeoutMs = wanted;
  return wish;
}

/** Hands the answer over; from here on nothing is tried again. */
function settle(story: Story, answer: Answer, to: Deployment, retries: number, res: ServerResponse): void {
  const { house, id, requestId } = story;
  const usage = answer.kind === 'whole' ? answer.facts.usage : undefined;
  const cost = usage === undefined ? undefined : house.ledger.price(usage, to.provider, to.model);
  const told = {
    ms: Date.now() - story.at,
    retries,
    dropped: answer.dropped,
    cost,
    estimated: answer.estimated === true,
  };
  const head = [...idHeaders(id, requestId), ...answerHeaders(to, answer.headers, told, house.redact)];
  if (house.calls.closing) head.push('connection', 'close');
  if (answer.kind === 'whole') {
    head.push('content-type', answer.type, 'content-length', String(Buffer.byteLength(answer.body)));
    res.writeHead(200, head);
    res.end(answer.body);
    story.end(200, answer.facts);
    return;
  }
  const { pump } = answer;
  head.push('content-type', pump.type, 'cache-control', 'no-cache', 'x-accel-buffering', 'no');
  res.writeHead(200, head);
  pump.attach(res, (error) => story.end(error?.kind === 'cancelled' ? 499 : 200, pump.facts(), error));
}
