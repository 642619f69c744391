import type { IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ClientSide, clients } from '../dialects/index.ts';
import type { ProxyError } from '../hub/index.ts';
import { visible } from './headers.ts';
import { given, type House, redacted } from './house.ts';

/** The words in which a path's clients expect errors; `url`: with its query or without. */
export function clientOf(url: string, headers: IncomingMessage['headers'] = {}): ClientSide {
  const [path = ''] = url.split('?', 1);
  const speaksMessages =
    /^(?:\/v1)?\/messages(?:\/|$)|^\/anthropic(?:\/|$)/.test(path) ||
    (headers['anthropic-version'] !== undefined && /^(?:\/v1)?\/models(?:\/|$)/.test(path));
  if (speaksMessages) return clients['anthropic-messages'].client;
  if (speaksGoogle(path, headers)) return clients.gemini.client;
  return clients[path.startsWith('/api/') ? 'ollama' : 'openai-chat'].client;
}

const googleVerb = /:(?:generateContent|streamGenerateContent|countTokens|embedContent|batchEmbedContents)$/;

/** Whether a path or, where several share one, its caller is Google's. */
export function speaksGoogle(path: string, headers: IncomingMessage['headers']): boolean {
  if (/^\/(?:v1beta1?|gemini|vertex[_-]ai)(?:\/|$)/.test(path)) return true;
  if (path.includes('/models/') && googleVerb.test(path)) return true;
  const google = headers['x-goog-api-client'] !== undefined || headers['x-goog-api-key'] !== undefined;
  return google && /^(?:\/v1)?\/models(?:\/|$)/.test(path);
}

/** Answers a request with an error, unless its head is out or its client gone. Returns the status that was told. */
export function refuse(
  house: House,
  req: IncomingMessage,
  res: ServerResponse,
  error: ProxyError,
  client: ClientSide,
  more: readonly string[] = [],
): number {
  const { status, headers, body } = client.encodeError(redacted(error, house.redact), given);
  if (res.headersSent || res.destroyed) return status;
  const text = JSON.stringify(body);
  for (let at = 0; at + 1 < more.length; at += 2) res.setHeader(more[at] ?? '', more[at + 1] ?? '');
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, visible(value));
  res.setHeader('content-type', 'application/json');
  if (house.calls.closing) res.setHeader('connection', 'close');
  if (bodyIsWaiting(req) && res.socket !== null) {
    part(res.socket, status, headersOf(res), text);
    return status;
  }
  res.writeHead(status, { 'content-length': Buffer.byteLength(text) });
  res.end(text);
  return status;
}

/** Whether so much of the body is still to come that reading it all only to throw it away would be wrong. */
function bodyIsWaiting(req: IncomingMessage): boolean {
  if (req.complete) return false;
  if (req.headers['transfer-encoding'] !== undefined || req.headers.expect !== undefined) return true;
  return Number(req.headers['content-length'] ?? 0) > 64 * 1024;
}

function headersOf(res: ServerResponse): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of res.getHeaderNames()) found[name] = String(res.getHeader(name));
  return found;
}

const lingerMs = 1000;

/**
 * Writes a last answer to a socket that still sends, and closes it. Closed at once, the kernel would answer the unread
 * bytes with a reset, and the client would lose the answer; so the socket stays half open for a moment, unread.
 */
export function part(socket: Duplex, status: number, headers: Record<string, string>, body: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' });
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  socket.end(head + body);
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
}
