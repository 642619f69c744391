import { type Headers, type Json, type JsonObject, kinds } from '../hub/index.ts';
import { asArray, asObject, FieldError, isObject, readJson } from '../wire/index.ts';
import { callTool, echo, type MockAnswer, recite, told } from './mock-answer.ts';
import { type MockFailure, raisedBy } from './mock-failure.ts';
import { type MockMedia, mediaAt } from './mock-media.ts';
import { MockPlayer, type MockSink, type Timed } from './mock-player.ts';
import { MockWire } from './mock-wire.ts';

export interface MockReply {
  status: number;
  headers: Headers;
  /** Begins on a later turn of the event loop. After `abort` the sink hears nothing more; the call's signal `fail`s it. */
  start(sink: MockSink): { pause(): void; resume(): void; abort(): void };
}

interface Model {
  answer(request: JsonObject): MockAnswer;
  /** Milliseconds before the first content (the event before it only says who speaks), and between two events. */
  pace?: { first: number; next: number };
  /** Half of the answer is lost. */
  cut?: true;
}

const models: Readonly<Record<string, Model>> = {
  echo: { answer: echo },
  lorem: { answer: recite },
  tool: { answer: callTool },
  slow: { answer: recite, pace: { first: 300, next: 50 } },
  'cut-stream': { answer: recite, cut: true },
};
/** What `mock_response` asks for: no model that could be named. */
const response: Model = { answer: told };
const failures: Readonly<Record<string, MockFailure>> = {
  '429': {
    status: kinds['rate-limit'].status,
    type: 'requests',
    code: 'rate_limit_exceeded',
    message: 'Rate limit reached for the model mock/429: it is always over its limit.',
    headers: { 'retry-after': '1' },
  },
  '500': {
    status: kinds.upstream.status,
    type: 'server_error',
    code: null,
    message: 'The model mock/500 had an error while processing your request, as it always has.',
  },
};

/** What is asked of a model beside the chat: the path below the base and the body's content-type. */
export interface MockAsked {
  path: string;
  type?: string | undefined;
}

/**
 * The models of the base `mock:`: a request of OpenAI's form answered inside the process, the same every time. What is no
 * chat every name answers.
 */
export function mock(model: string, body: Buffer, signal: AbortSignal, asked: MockAsked = chat): MockReply {
  const known = Object.hasOwn(models, model) ? models[model] : model === 'response' ? response : undefined;
  const failure = Object.hasOwn(failures, model) ? failures[model] : undefined;
  if (failure !== undefined) return refuse(failure, signal);
  const raised = model === 'response' ? raisedBy(stated(body)) : undefined;
  if (raised !== undefined) return refuse(raised, signal);
  const media = mediaAt(asked.path);
  if (media !== undefined) return measure(media, model, body, signal, asked.type);
  if (known === undefined) return refuse(notFound(model), signal);
  try {
    const request = asObject(JSON.parse(body.toString('utf8')), '');
    asArray(request['messages'], 'messages');
    return answer(known, request, new MockWire(`mock/${model}`, request, known.answer(request)), signal);
  } catch (error) {
    return refuseBody(error, signal);
  }
}

/** What a JSON body says under `mock_response`. */
function stated(body: Buffer): Json | undefined {
  const request = readJson(body.toString('utf8'));
  return isObject(request) ? request['mock_response'] : undefined;
}

const chat: MockAsked = { path: '/chat/completions' };

function measure(
  media: MockMedia,
  model: string,
  body: Buffer,
  signal: AbortSignal,
  type: string | undefined,
): MockReply {
  try {
    const told = media(model, type, body);
    const timed = told.pieces.map((text) => ({ waitMs: 0, text }));
    return reply(200, { 'content-type': told.type }, timed, signal, undefined);
  } catch (error) {
    return refuseBody(error, signal);
  }
}

function refuseBody(error: unknown, signal: AbortSignal): MockReply {
  if (!(error instanceof FieldError) && !(error instanceof SyntaxError)) throw error;
  const { status } = kinds['invalid-request'];
  return refuse({ status, type: 'invalid_request_error', code: null, message: error.message }, signal);
}

function answer({ pace, cut }: Model, request: JsonObject, wire: MockWire, signal: AbortSignal): MockReply {
  const streams = request['stream'] === true;
  const events = wire.events();
  const { first, next } = pace ?? { first: 0, next: 0 };
  const timed: Timed[] = streams
    ? events.map((text, index) => ({ waitMs: [0, first][index] ?? next, text }))
    : [{ waitMs: first + next * (events.length - 1), text: JSON.stringify(wire.whole()) }];
  const sent = cut ? half(timed) : timed;
  const error = cut && streams ? brokenConnection() : undefined;
  return reply(
    200,
    { 'content-type': streams ? 'text/event-stream; charset=utf-8' : 'application/json' },
    sent,
    signal,
    error,
  );
}

function half(timed: readonly Timed[]): Timed[] {
  const [only] = timed;
  if (timed.length === 1 && only !== undefined) return [{ ...only, text: only.text.slice(0, only.text.length / 2) }];
  return timed.slice(0, timed.length / 2);
}

function brokenConnection(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', errno: -104, syscall: 'read' });
}

function notFound(model: string): MockFailure {
  const names = [...Object.keys(models), ...Object.keys(failures)].sort().map((name) => `mock/${name}`);
  return {
    status: kinds['not-found'].status,
    type: 'invalid_request_error',
    code: 'model_not_found',
    message: `The model mock/${model} does not exist. These do: ${names.join(', ')}.`,
  };
}

function refuse({ status, message, type, code, headers = {} }: MockFailure, signal: AbortSignal): MockReply {
  const text = JSON.stringify({ error: { message, type, param: null, code } });
  return reply(status, { 'content-type': 'application/json', ...headers }, [{ waitMs: 0, text }], signal, undefined);
}

function reply(
  status: number,
  headers: Headers,
  timed: readonly Timed[],
  signal: AbortSignal,
  error: Error | undefined,
): MockReply {
  return {
    status,
    headers: { 'x-request-id': 'req_mock', ...headers },
    start: (sink) => new MockPlayer(timed, sink, error, signal),
  };
}
