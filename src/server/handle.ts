import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ClientId, type ClientSide, checkMedia, clients, forms } from '../dialects/index.ts';
import { type ForwardedOperation, type Operation, ratedModel, type UploadedMedia } from '../hub/index.ts';
import type { Tried } from '../router/index.ts';
import { type Call, type ClientDialect, failure, steer } from '../translate/index.ts';
import { type Members, members } from '../wire/index.ts';
import type { Answer, Wish } from './answer.ts';
import { readBody } from './body.ts';
import { cacheHeaders, throughCache } from './cached.ts';
import { askingUsage, callOf } from './call.ts';
import type { Life } from './calls.ts';
import { compact } from './compact.ts';
import { count } from './count.ts';
import { either } from './either.ts';
import { embed } from './embed.ts';
import { fanOut, severalModels } from './fan-out.ts';
import { formOf } from './form.ts';
import { answerHeaders, idHeaders } from './headers.ts';
import type { House } from './house.ts';
import { checkLimits } from './limits.ts';
import { media } from './media.ts';
import { arrival, keeping, recall, remember } from './recall.ts';
import { refuse } from './refusal.ts';
import { withTexts } from './spelled.ts';
import { Story } from './story.ts';
import { type Ask, type Asking, tryModels } from './trial.ts';

/** What a model is asked for, and in whose words. */
export interface Way {
  operation: Exclude<Operation, 'models' | 'stored-responses' | ForwardedOperation | UploadedMedia> | 'image-edits';
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
    const sent = members(await readBody(req, res, house.config.maxBody, life));
    const body = askingUsage(sent, house.config, dialect);
    const asked: Asked = { house, way, req, speaker, body, story, life, pathModel };
    const several = severalModels(way, body, house.config, pathModel);
    if (several !== undefined) {
      await fanOut(
        { ...asked, client, res, reach: (part) => reach({ ...asked, ...part, pathModel: undefined }), settle },
        several,
      );
      return;
    }
    checkBody(client, operation, body);
    if (dialect === keeping) await arrival(house, body.get('previous_response_id'));
    const tried = await reach(asked);
    story.answered(tried);
    if (life.reason !== undefined) throw life.reason;
    settle(story, tried, res);
  } catch (thrown) {
    const error = story.clean(failure(thrown));
    const status = refuse(house, req, res, error, client, story.headers());
    story.end(error.kind === 'cancelled' ? 499 : status, undefined, error);
  }
}

/** A request that is read. */
interface Asked {
  house: House;
  way: Way;
  req: IncomingMessage;
  speaker: ClientDialect;
  body: Members;
  story: Story;
  life: Life;
  pathModel: string | undefined;
}

/** A call as far as the first bytes of its answer. Throws, or rejects, with what it is refused. */
function reach({ house, way, req, speaker, body, story, life, pathModel }: Asked): Promise<Tried<Answer>> {
  const { dialect, operation } = way;
  const { config } = house;
  const known = callFacts(story, req, way, pathModel);
  const recalled = dialect === keeping ? recall(house, body) : { body };
  const clean: Call['clean'] = (error) => story.broken(error);
  const call = callOf(known, speaker, recalled.body, config, clean);
  if (dialect === keeping) remember(house, call, body, recalled);
  const wish = wishOf(call, life);
  story.of(call, wish.key);
  const spells = operation === 'embeddings' || dialect === 'openai-completions';
  const ask = spells ? withTexts(asks[operation]) : asks[operation];
  const asking: Asking = {
    ask: config.cache === undefined ? ask : throughCache(config.cache, ask),
    wish,
    trying: (to, at) => story.trying(to, at),
    remake(other, model) {
      checkBody(speaker.client, operation, other);
      const again = callOf({ ...known, pathModel: model }, speaker, other, config, clean);
      if (dialect === keeping) remember(house, again, other, recalled);
      return { call: again, wish: wishOf(again, life) };
    },
  };
  if (recalled.pin !== undefined) asking.pin = recalled.pin;
  return tryModels(house, call, asking);
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

const asks: Readonly<Record<Way['operation'], Ask>> = {
  chat: either,
  embeddings: embed,
  'count-tokens': count,
  compact,
  images: media,
  'image-edits': media,
  speech: media,
  moderations: media,
  rerank: media,
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
    case 'images':
    case 'image-edits':
    case 'speech':
    case 'moderations':
    case 'rerank':
      checkMedia(operation, body);
      return;
  }
}

/** The caller's own key, which not every deployment takes, and how long the caller waits. */
export function wishOf(call: Call, life: Life): Wish {
  const { apiKey, timeoutMs, streamTimeoutMs } = steer(call.body);
  const wish: Wish = { life };
  if (apiKey !== undefined) wish.key = apiKey;
  const wanted = secondsOf(call.headers['x-litellm-timeout']) ?? timeoutMs;
  if (wanted !== undefined) wish.timeoutMs = wanted;
  const first = secondsOf(call.headers['x-litellm-stream-timeout']) ?? streamTimeoutMs;
  if (first !== undefined) wish.streamTimeoutMs = first;
  return wish;
}

/** Milliseconds. */
function secondsOf(header: string | string[] | undefined): number | undefined {
  const seconds = Number(header ?? Number.NaN);
  return seconds > 0 ? seconds * 1000 : undefined;
}

/** To a hundredth of a millisecond. */
function overheadOf({ began }: Story, { waitedMs, cache }: Answer): number | undefined {
  if (waitedMs === undefined && cache?.hit !== true) return undefined;
  return Math.round((performance.now() - began - (waitedMs ?? 0)) * 100) / 100;
}

/** Hands the answer over; from here on nothing is tried again. */
export function settle(story: Story, tried: Tried<Answer>, res: ServerResponse): void {
  const { house, id, requestId } = story;
  const { value: answer, deployment: to } = tried;
  const usage = answer.kind === 'whole' ? answer.facts.usage : undefined;
  const hit = answer.cache?.hit === true;
  const cost = hit
    ? 0
    : usage === undefined
      ? undefined
      : house.ledger.price(usage, to.provider, ratedModel(to), to.price);
  const told = {
    ms: Date.now() - story.at,
    overheadMs: overheadOf(story, answer),
    at: tried,
    dropped: answer.dropped,
    cost,
    estimated: answer.estimated === true,
  };
  const head = answerHeaders(to, answer.headers, told, house.redact);
  head.push(...idHeaders(id, requestId));
  if (answer.cache !== undefined) head.push(...cacheHeaders(answer.cache));
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
