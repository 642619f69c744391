import type { IncomingMessage, ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import type { ClientSide } from '../dialects/index.ts';
import { type Config, type Facts, ProxyError } from '../hub/index.ts';
import { askAll, askFastest, modelsOf, type Part, partsOf, type Tried } from '../router/index.ts';
import { failure } from '../translate/index.ts';
import { type JsonValue, type Members, members, readJson, splice } from '../wire/index.ts';
import type { Answer } from './answer.ts';
import { Life } from './calls.ts';
import type { Way } from './handle.ts';
import { idHeaders } from './headers.ts';
import { given, type House, redacted } from './house.ts';
import { checkBudget } from './limits.ts';
import type { Streaming } from './pump.ts';
import { refuse } from './refusal.ts';
import { Story } from './story.ts';
import { version } from './version.ts';

/** One call as far as the first bytes of its answer. Throws, or rejects, with what it is refused. */
type Reach = (part: { body: Members; story: Story; life: Life }) => Promise<Tried<Answer>>;

/** A request that is several calls, and what it is answered through. */
export interface Batch {
  house: House;
  way: Way;
  client: ClientSide;
  req: IncomingMessage;
  res: ServerResponse;
  life: Life;
  story: Story;
  body: Members;
  reach: Reach;
  /** Hands the answer of the fastest over. */
  settle(story: Story, tried: Tried<Answer>, res: ServerResponse): void;
}

const comma = 0x2c;
const list = 0x5b;

/** The models of a chat that asks several at once (LITELLM.md 8). Throws invalid-request. */
export function severalModels(
  { operation, dialect }: Way,
  body: Members,
  config: Config,
  pathModel: string | undefined,
): readonly string[] | undefined {
  if (operation !== 'chat' || dialect !== 'openai-chat') return undefined;
  if (pathModel !== undefined) return modelsOf(pathModel, config);
  const bytes = body.bytes('model');
  if (bytes === undefined || (bytes[0] !== list && !bytes.includes(comma))) return undefined;
  return modelsOf(body.get('model'), config);
}

/**
 * Asks several models the same, each as a call of its own: an array of their answers in the order asked, a failed one in
 * its place (DECISIONS.md 29); with `fastest_response` the first that succeeds. Rejects with invalid-request.
 */
export async function fanOut(batch: Batch, models: readonly string[]): Promise<void> {
  const { body, client, life } = batch;
  const lists = conversationsOf(body);
  const fastest = flagOf(body, 'fastest_response');
  if (flagOf(body, 'stream') && !fastest) {
    throw wrong('stream', "with several models needs 'fastest_response': true, which streams the first that answers");
  }
  if (lists !== undefined && fastest) throw wrong('messages', "must be one conversation with 'fastest_response'");
  const parts = partsOf(models, lists?.length ?? 1);
  const bodyOf = ({ model, conversation }: Part): Members => {
    const set = lists === undefined ? { model } : { model, messages: lists[conversation] ?? [] };
    return members(splice(body, { set, drop: ['fastest_response'] }));
  };
  for (const part of parts) if (part.place % models.length === 0) client.check(bodyOf(part));
  const running = new Running(batch, parts, bodyOf);
  life.onEnd((reason) => running.endAll(reason));
  if (fastest) await race(batch, running, parts);
  else await gather(batch, running, parts, lists === undefined ? undefined : models.length);
}

/** The parts of a batch that are under way. */
class Running {
  readonly #batch: Batch;
  readonly #bodyOf: (part: Part) => Members;
  readonly #stories: readonly Story[];
  readonly #lives: readonly Life[];
  readonly #reached = new Set<Part>();
  #size = 0;

  constructor(batch: Batch, parts: readonly Part[], bodyOf: (part: Part) => Members) {
    const { house, req, way } = batch;
    this.#batch = batch;
    this.#bodyOf = bodyOf;
    this.#stories = parts.map(() => new Story(house, req, way.dialect));
    this.#lives = parts.map(() => new Life());
  }

  endAll(reason: ProxyError): void {
    for (const life of this.#lives) life.end(reason);
  }

  story({ place }: Part): Story {
    return this.#stories[place] ?? this.#batch.story;
  }

  /** Rejects with a ProxyError without secrets. */
  async reach(part: Part): Promise<Tried<Answer>> {
    const story = this.story(part);
    const life = this.#lives[part.place] ?? this.#batch.life;
    try {
      if (life.reason !== undefined) throw life.reason;
      checkBudget(this.#batch.house);
      const tried = await this.#batch.reach({ body: this.#bodyOf(part), story, life });
      story.answered(tried);
      this.#reached.add(part);
      if (life.reason !== undefined) throw life.reason;
      return tried;
    } catch (thrown) {
      throw this.failed(part, thrown);
    }
  }

  async whole(part: Part): Promise<string> {
    const { value: answer } = await this.reach(part);
    try {
      const text = answer.kind === 'whole' ? String(answer.body) : await collected(answer.pump);
      const facts: Facts = answer.kind === 'whole' ? answer.facts : answer.pump.facts();
      this.#size += text.length;
      if (this.#size > this.#batch.house.config.maxReply) throw tooLarge(this.#batch.house.config.maxReply);
      this.story(part).end(200, facts);
      return text;
    } catch (thrown) {
      throw this.failed(part, thrown);
    }
  }

  /** Ends a part that nobody waits for. */
  lose(part: Part): void {
    const reason = new ProxyError('cancelled', 'another model answered first');
    this.#lives[part.place]?.end(reason);
    if (this.#reached.has(part)) this.failed(part, reason);
  }

  failed(part: Part, thrown: unknown): ProxyError {
    const story = this.story(part);
    const error = story.clean(failure(thrown));
    story.end(error.status, undefined, error);
    return error;
  }
}

async function race({ house, req, res, life, client, story, settle }: Batch, running: Running, parts: readonly Part[]) {
  const outcome = await askFastest(
    parts,
    (part) => running.reach(part),
    (part) => running.lose(part),
  );
  if ('winner' in outcome && life.reason !== undefined) {
    running.failed(outcome.winner, life.reason);
    return;
  }
  if ('winner' in outcome) {
    res.setHeader('x-litellm-fastest_response_batch_completion', 'True');
    settle(running.story(outcome.winner), outcome.value, res);
    return;
  }
  const reasons = parts.map(({ model, place }) => `${model}: ${failure(outcome.errors[place]).message}`);
  const error = new ProxyError('upstream', `All tasks failed (${reasons.join('; ')})`, { status: 500 });
  refuse(house, req, res, error, client, idHeaders(story.id, story.requestId));
}

/** `perList`: how many answers each list of messages has, where the request has several. */
async function gather(
  { house, res, client, story }: Batch,
  running: Running,
  parts: readonly Part[],
  perList?: number,
) {
  const outcomes = await askAll(parts, (part) => running.whole(part));
  if (res.destroyed) return;
  const head = [...idHeaders(story.id, story.requestId), 'x-litellm-version', version];
  let status: number | undefined;
  const texts = outcomes.map((outcome, place) => {
    if ('value' in outcome) return outcome.value;
    const refused = client.encodeError(redacted(failure(outcome.error), house.redact), given);
    status ??= refused.status;
    return JSON.stringify({ ...refused.body, model: parts[place]?.model ?? '' });
  });
  const failed = outcomes.every((outcome) => 'error' in outcome);
  const text = perList === undefined ? arrayOf(texts) : arrayOf(groupsOf(texts, perList).map(arrayOf));
  head.push('x-litellm-response-duration-ms', String(Date.now() - story.at));
  head.push('content-type', 'application/json', 'content-length', String(Buffer.byteLength(text)));
  if (house.calls.closing) head.push('connection', 'close');
  res.writeHead(failed ? (status ?? 500) : 200, head);
  res.end(text);
}

function groupsOf(texts: readonly string[], size: number): string[][] {
  return Array.from({ length: texts.length / size }, (_, index) => texts.slice(index * size, (index + 1) * size));
}

function arrayOf(texts: readonly string[]): string {
  return `[${texts.join(',')}]`;
}

/** Each list of a list of lists of messages; undefined: it is one conversation. */
function conversationsOf(body: Members): JsonValue[] | undefined {
  const all = body.elements('messages');
  if (all?.[0]?.[0] !== list) return undefined;
  return all.map((one, index) => {
    const messages = readJson(one.toString('utf8'));
    if (!Array.isArray(messages)) throw wrong(`messages[${index}]`, 'must be a list of messages, as the first one is');
    return messages;
  });
}

function flagOf(body: Members, word: string): boolean {
  const value = body.has(word) ? (body.get(word) ?? false) : false;
  if (typeof value === 'boolean') return value;
  throw wrong(word, 'must be true or false');
}

function tooLarge(most: number): ProxyError {
  return new ProxyError('bad-upstream-reply', `the answers together are larger than ${Math.floor(most / 2 ** 20)} MB`);
}

function wrong(param: string, problem: string): ProxyError {
  return new ProxyError('invalid-request', `'${param}' ${problem}`, { param });
}

/** The bytes of an answer that was collected from a stream. */
function collected(stream: Streaming): Promise<string> {
  const pieces: Buffer[] = [];
  const taken = new Writable({
    write: (chunk: Buffer, _encoding, next) => {
      pieces.push(chunk);
      next();
    },
  });
  return new Promise((resolve, reject) => {
    stream.attach(taken, (error) => {
      if (error !== undefined) reject(error);
      else taken.once('finish', () => resolve(Buffer.concat(pieces).toString('utf8')));
    });
  });
}
