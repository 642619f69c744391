import { asArray, asObject, asString, framer, isObject, type JsonMap, type JsonValue } from '../wire/index.ts';
import { Failure } from './failure.ts';
import type { Reached } from './reach.ts';

/** What a sample chat brought. Times in milliseconds since it was sent. */
export interface Answer {
  model: string;
  text: string;
  finish?: string;
  input?: number;
  output?: number;
  firstTokenMs: number;
  totalMs: number;
}

export interface Question {
  model: string;
  prompt: string;
  stream: boolean;
  maxTokens?: number;
  timeoutMs: number;
}

const maxEvent = 16 * 1024 * 1024;

/** One chat. `onText` gets the text as it comes. Throws Failure with the exit code of DECISIONS.md 1. */
export async function ask(proxy: Reached, question: Question, onText: (text: string) => void): Promise<Answer> {
  const started = performance.now();
  const reply = await call(proxy, '/v1/chat/completions', question.timeoutMs, {
    model: question.model,
    messages: [{ role: 'user', content: question.prompt }],
    stream: question.stream,
    ...(question.stream ? { stream_options: { include_usage: true } } : {}),
    ...(question.maxTokens === undefined ? {} : { max_tokens: question.maxTokens }),
  });
  const answer: Answer = { model: question.model, text: '', firstTokenMs: 0, totalMs: 0 };
  const told = (text: string) => {
    if (text === '') return;
    if (answer.text === '') answer.firstTokenMs = performance.now() - started;
    answer.text += text;
    onText(text);
  };
  try {
    if (question.stream) await readStream(reply, answer, told);
    else told(readWhole(parse(await reply.text()), answer, 'message'));
  } catch (thrown) {
    throw thrown instanceof Failure ? thrown : unreachable(thrown);
  }
  answer.totalMs = performance.now() - started;
  if (answer.text.trim() === '')
    throw new Failure(`the model answered with nothing${answer.finish === undefined ? '' : ` (${answer.finish})`}`, 1);
  return answer;
}

/** The first model that the proxy lists. Throws Failure. */
export async function firstModel(proxy: Reached, timeoutMs: number): Promise<string> {
  const reply = await call(proxy, '/v1/models', timeoutMs);
  const list = asArray(parse(await reply.text())['data'], 'data');
  const [first] = list;
  if (!isObject(first)) throw new Failure('the proxy lists no model: add --model', 1);
  return asString(first['id'], 'data[0].id');
}

/** A GET, or a POST with a body; a status of 400 or more is a Failure. */
export async function call(proxy: Reached, path: string, timeoutMs: number, body?: JsonMap): Promise<Response> {
  const request: RequestInit = { headers: proxy.headers, signal: AbortSignal.timeout(timeoutMs), redirect: 'manual' };
  if (body !== undefined) {
    request.method = 'POST';
    request.headers = { ...proxy.headers, 'content-type': 'application/json' };
    request.body = JSON.stringify(body);
  }
  let reply: Response;
  try {
    reply = await fetch(`${proxy.url}${path}`, request);
  } catch (thrown) {
    throw unreachable(thrown);
  }
  if (reply.ok) return reply;
  throw new Failure(errorText(await reply.text(), reply.status), exitCodeOf(reply.status));
}

/** 3 auth, 4 not found, 6 upstream or time-out, 1 anything else (DECISIONS.md 1). */
function exitCodeOf(status: number): number {
  if (status === 401 || status === 403) return 3;
  if (status === 404) return 4;
  return status === 408 || status === 429 || status >= 500 || status < 400 ? 6 : 1;
}

async function readStream(reply: Response, answer: Answer, told: (text: string) => void): Promise<void> {
  const type = reply.headers.get('content-type') ?? '';
  if (reply.body === null || !type.includes('text/event-stream'))
    throw new Failure(`not a stream but ${type || 'nothing'}`, 6);
  const frames = framer('sse', maxEvent, {
    frame: ({ data }) => {
      if (data !== '[DONE]') told(readWhole(parse(data), answer, 'delta'));
    },
  });
  for await (const chunk of reply.body) frames.push(Buffer.from(chunk));
  frames.end();
  if (answer.finish === undefined) throw new Failure('the stream ended without a finish reason', 6);
}

/** The text of a reply or of a chunk; model, finish reason and usage go into the answer. Throws Failure for an error. */
function readWhole(body: JsonMap, answer: Answer, part: 'message' | 'delta'): string {
  if (isObject(body['error'])) throw streamError(body['error']);
  if (typeof body['model'] === 'string') answer.model = body['model'];
  const { usage, choices } = body;
  if (isObject(usage)) {
    if (typeof usage['prompt_tokens'] === 'number') answer.input = usage['prompt_tokens'];
    if (typeof usage['completion_tokens'] === 'number') answer.output = usage['completion_tokens'];
  }
  const [choice] = Array.isArray(choices) ? choices : [];
  if (!isObject(choice)) return '';
  if (typeof choice['finish_reason'] === 'string') answer.finish = choice['finish_reason'];
  const said = choice[part];
  return isObject(said) ? textOf(said) : '';
}

function textOf(said: JsonMap): string {
  for (const value of [said['content'], said['refusal']]) if (typeof value === 'string' && value !== '') return value;
  return '';
}

function streamError(error: JsonMap): Failure {
  const status = Number(error['code']);
  const message = typeof error['message'] === 'string' ? error['message'] : 'the stream broke';
  return new Failure(message, Number.isInteger(status) ? exitCodeOf(status) : 6);
}

function errorText(text: string, status: number): string {
  try {
    const message = asObject(asObject(JSON.parse(text), '')['error'], 'error')['message'];
    return `${status}: ${asString(message, 'message')}`;
  } catch {
    return `${status}: ${text.trim().slice(0, 500) || 'no explanation'}`;
  }
}

function parse(text: string): JsonMap {
  try {
    const value: JsonValue = JSON.parse(text);
    return asObject(value, '');
  } catch {
    throw new Failure(`not JSON: ${text.slice(0, 200)}`, 6);
  }
}

function unreachable(thrown: unknown): Failure {
  if (thrown instanceof Error && thrown.name === 'TimeoutError') return new Failure('no answer in time', 6);
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  return new Failure(code === 'ECONNREFUSED' ? 'nothing listens there' : `the connection failed (${code})`, 6);
}
