import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DialectId, JsonObject } from '../../src/hub/index.ts';
import { answered } from '../dialects/scenarios.ts';
import { complaints } from '../dialects/wires.ts';

/** A request as a vendor saw it. */
interface Seen {
  path: string;
  headers: IncomingHttpHeaders;
  body: JsonObject;
  /** What the vendor's published schema says against it. */
  invalid: string[];
  /** Settles when the connection of this answer is over; true: before it was complete. */
  gone: Promise<boolean>;
}

/** How a vendor answers: a conversation of rosetta/ in its own language, or by hand. */
type Answer =
  | { scenario: string; endless?: true; breakAfter?: number }
  | { status: number; headers?: Record<string, string>; body: unknown };

export interface AnyVendor {
  url: string;
  seen: Seen[];
  /** The next answers, in order; the last one is repeated. */
  will(...answers: Answer[]): void;
  close(): Promise<void>;
}

/** How each wire streams: its content-type and where its frames end. */
const streams: Partial<Record<DialectId, [type: string, ends: RegExp]>> = {
  'openai-chat': ['text/event-stream', /(?<=\n\n)/],
  'anthropic-messages': ['text/event-stream', /(?<=\n\n)/],
  gemini: ['text/event-stream', /(?<=\n\r?\n)/],
  cohere: ['text/event-stream', /(?<=\n\n)/],
  ollama: ['application/x-ndjson', /(?<=\n)/],
};

/** A vendor's server in any dialect, which checks every request against the vendor's schema. */
export async function startAnyVendor(dialect: DialectId): Promise<AnyVendor> {
  const seen: Seen[] = [];
  let answers: Answer[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const body: JsonObject = JSON.parse(Buffer.concat(chunks).toString());
      const path = req.url ?? '';
      const gone = new Promise<boolean>((resolve) => res.on('close', () => resolve(!res.writableFinished)));
      const chat = /:(?:stream)?generateContent|\/chat(?:\/completions)?$|\/messages$/i.test(path.split('?')[0] ?? '');
      seen.push({ path, headers: req.headers, body, invalid: chat ? complaints(dialect, body) : [], gone });
      const next = answers.length > 1 ? answers.shift() : answers[0];
      if (next !== undefined) answer(res, dialect, next, body['stream'] === true || path.includes(':stream'));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    will: (...next) => {
      answers = next;
      seen.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(res: ServerResponse, dialect: DialectId, next: Answer, streamed: boolean): void {
  if ('status' in next) {
    res.writeHead(next.status, { 'content-type': 'application/json', ...next.headers });
    res.end(JSON.stringify(next.body));
    return;
  }
  const told = answered(next.scenario, dialect);
  const [type, ends] = streams[dialect] ?? ['text/event-stream', /(?<=\n\n)/];
  if (told === undefined) throw new Error(`${dialect} cannot tell ${next.scenario}`);
  if (!streamed) {
    res.writeHead(200, { 'content-type': 'application/json' });
    if (!next.endless) res.end(JSON.stringify(told.response));
    return;
  }
  res.writeHead(200, { 'content-type': type });
  const frames = told.stream.toString().split(ends);
  const most = next.breakAfter ?? (next.endless ? frames.length - 3 : frames.length);
  const write = (n: number): void => {
    if (res.destroyed) return;
    if (n < most) res.write(frames[n] ?? '', () => setImmediate(write, n + 1));
    else if (next.breakAfter !== undefined) setTimeout(() => res.destroy(), 30);
    else if (!next.endless) res.end();
  };
  write(0);
}
