import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../../src/hub/index.ts';
import type { WrittenId } from '../dialects/codecs.ts';
import { told } from '../dialects/scenarios.ts';
import { validate } from '../dialects/validators.ts';

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
  | { scenario: string; pieceMs?: number; endless?: true; breakAfter?: number }
  | { status: number; headers?: Record<string, string>; body: unknown };

export interface Vendor {
  url: string;
  seen: Seen[];
  /** The next answers, in order; the last one is repeated. */
  will(...answers: Answer[]): void;
  close(): Promise<void>;
}

/** A vendor's server in one dialect, which checks every request against the vendor's schema. */
export async function startVendor(dialect: WrittenId): Promise<Vendor> {
  const seen: Seen[] = [];
  let answers: Answer[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const body: JsonObject = JSON.parse(Buffer.concat(chunks).toString());
      const gone = new Promise<boolean>((resolve) => res.on('close', () => resolve(!res.writableFinished)));
      const kind = dialect === 'openai-chat' ? 'chat.request' : 'request';
      const vendor = dialect === 'openai-chat' ? 'openai' : 'anthropic';
      seen.push({
        path: req.url ?? '',
        headers: req.headers,
        body,
        invalid: validate(vendor, body, kind, { beta: true }).errors,
        gone,
      });
      const next = answers.length > 1 ? answers.shift() : answers[0];
      if (next !== undefined) void answer(res, dialect, next, body.stream === true);
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

async function answer(res: ServerResponse, dialect: WrittenId, next: Answer, streamed: boolean): Promise<void> {
  if ('status' in next) {
    res.writeHead(next.status, { 'content-type': 'application/json', ...next.headers });
    res.end(JSON.stringify(next.body));
    return;
  }
  const { response, stream } = told(next.scenario, dialect);
  if (!streamed) {
    res.writeHead(200, { 'content-type': 'application/json' });
    if (!next.endless) res.end(JSON.stringify(response));
    return;
  }
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  const frames = stream.toString().split(/(?<=\n\n)/);
  for (const [n, frame] of frames.entries()) {
    if (res.destroyed) return;
    if (n === next.breakAfter) {
      res.destroy();
      return;
    }
    if (next.endless && n === frames.length - 3) return;
    res.write(frame);
    await new Promise((resolve) => setTimeout(resolve, next.pieceMs ?? 0));
  }
  res.end();
}

/** An error body in the vendor's own words. */
export function vendorError(dialect: WrittenId, type: string, message: string, code: string | null = null): unknown {
  return dialect === 'openai-chat'
    ? { error: { message, type, param: null, code } }
    : { type: 'error', error: { type, message }, request_id: 'req_1' };
}
