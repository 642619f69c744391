import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DialectId, JsonObject } from '../../src/hub/index.ts';
import { answered } from '../dialects/scenarios.ts';
import { complaints } from '../dialects/wires.ts';
import { countOf, wires } from './vendor-wires.ts';

/** A request as a vendor saw it. */
interface Seen {
  path: string;
  headers: IncomingHttpHeaders;
  body: JsonObject;
  /** What the vendor's published schema says against it. */
  invalid: string[];
  /** Settles when the connection of this answer is over; true: before it was complete. */
  gone: Promise<boolean>;
  /** `Date.now()` of that. */
  goneAt: number | undefined;
}

/** How a vendor answers: a conversation of rosetta/ in its own language, or by hand. */
type Answer =
  | { scenario: string; pieceMs?: number; endless?: true; breakAfter?: number }
  | { status: number; headers?: Record<string, string>; body: unknown };

export interface Vendor {
  url: string;
  seen: Seen[];
  /** What its counter of tokens has said since the last `will`. */
  counted: number[];
  /** The next answers, in order; the last one is repeated. */
  will(...answers: Answer[]): void;
  close(): Promise<void>;
}

/**
 * A vendor's server in any dialect, which checks every request against the vendor's schema, counts tokens where such
 * a vendor does, and knows no path but its own: a conversation that is asked for elsewhere is a 404.
 */
export async function startVendor(dialect: DialectId): Promise<Vendor> {
  const seen: Seen[] = [];
  const counted: number[] = [];
  let answers: Answer[] = [];
  const wire = wires[dialect];
  const hear = (path: string, headers: IncomingHttpHeaders, body: JsonObject, res: ServerResponse): void => {
    const next = answers[0];
    const bare = path.split('?')[0] ?? '';
    const talks = wire.path.test(bare);
    const byHand = next !== undefined && 'status' in next;
    if (!byHand && wire.counts?.test(bare)) {
      counted.push(countOf(body));
      send(res, { status: 200, body: wire.count?.(counted.at(-1) ?? 0) });
      return;
    }
    const foreign = Object.values(wires).some((other) => other.path.test(bare));
    if (!talks && (!byHand || foreign)) {
      send(res, { status: 404, ...vendorError(dialect, 'not_found_error', `no such path: ${bare}`, { status: 404 }) });
      return;
    }
    if (goesOn(body)) {
      send(res, {
        status: 404,
        ...vendorError(dialect, 'not_found_error', 'no such thread', { code: 'thread_not_found' }),
      });
      return;
    }
    const one: Seen = { path, headers, body, invalid: [], gone: Promise.resolve(false), goneAt: undefined };
    if (talks) one.invalid = complaints(dialect, body, { beta: headers['anthropic-beta'] !== undefined });
    one.gone = new Promise<boolean>((resolve) =>
      res.on('close', () => {
        one.goneAt = Date.now();
        resolve(!res.writableFinished);
      }),
    );
    seen.push(one);
    if (answers.length > 1) answers.shift();
    if (next !== undefined) answer(res, dialect, next, body['stream'] === true || /stream/i.test(bare));
  };
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => hear(req.url ?? '', req.headers, JSON.parse(Buffer.concat(chunks).toString() || '{}'), res));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    counted,
    will: (...next) => {
      answers = next;
      seen.length = 0;
      counted.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A conversation that Anthropic's server should hold; this one holds none, as its documentation allows. */
function goesOn({ thread }: JsonObject): boolean {
  return JSON.stringify(thread ?? {}).includes('"continue"');
}

function send(res: ServerResponse, { status, headers, body }: Extract<Answer, { status: number }>): void {
  res.writeHead(status, { 'content-type': 'application/json', ...headers });
  res.end(JSON.stringify(body));
}

function answer(res: ServerResponse, dialect: DialectId, next: Answer, streamed: boolean): void {
  if ('status' in next) {
    send(res, next);
    return;
  }
  const told = answered(next.scenario, dialect);
  if (told === undefined) throw new Error(`${dialect} cannot tell ${next.scenario}`);
  if (!streamed) {
    if (!next.endless) send(res, { status: 200, body: told.response });
    else res.writeHead(200, { 'content-type': 'application/json' });
    return;
  }
  const { type, cut } = wires[dialect];
  res.writeHead(200, { 'content-type': type });
  const frames = cut(told.stream);
  const most = next.breakAfter ?? (next.endless ? frames.length - 3 : frames.length);
  const pause = next.pieceMs ?? 0;
  const write = (n: number): void => {
    if (res.destroyed) return;
    const goOn = (): void => {
      if (pause > 0) setTimeout(write, pause, n + 1);
      else setImmediate(write, n + 1);
    };
    if (n < most) res.write(frames[n] ?? '', goOn);
    // What was written must be on its way before the socket is torn down.
    else if (next.breakAfter !== undefined) setTimeout(() => res.destroy(), 30);
    else if (!next.endless) res.end();
  };
  write(0);
}

/** An error body in the vendor's own words, with the header that belongs to it. */
export function vendorError(
  dialect: DialectId,
  type: string,
  message: string,
  { code = null, status = 500 }: { code?: string | null; status?: number } = {},
): { body: unknown; headers?: Record<string, string> } {
  switch (dialect) {
    case 'openai-chat':
    case 'openai-responses':
    case 'openai-completions':
      return { body: { error: { message, type, param: null, code } } };
    case 'anthropic-messages':
      return {
        body: {
          type: 'error',
          error: { type, message, ...(code === null ? {} : { details: { error_code: code } }) },
          request_id: 'req_1',
        },
      };
    case 'gemini':
      return { body: { error: { message, code: status, status: 'UNKNOWN' } } };
    case 'bedrock-converse':
      return { body: { message }, headers: { 'x-amzn-errortype': exceptions[status] ?? 'InternalServerException' } };
    case 'cohere':
      return { body: { message } };
    case 'ollama':
      return { body: { error: message } };
    case 'replicate':
      return { body: { detail: message, status } };
  }
}

/** What Bedrock calls an error of this status. */
const exceptions: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  401: 'UnrecognizedClientException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  429: 'ThrottlingException',
  503: 'ServiceUnavailableException',
};
