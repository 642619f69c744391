import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Mount, ProxyError } from '../hub/index.ts';
import type { House } from './house.ts';
import type { Story } from './story.ts';

/** What concerns one hop only, and permissions for pages, which are ours to give. */
const withheld =
  /^(?:connection|keep-alive|transfer-encoding|upgrade|trailer|proxy-.*|access-control-.*|x-request-id|request-id|server|x-powered-by)$/;
const mostErrorBytes = 2 ** 20;

/** Hands a provider's own reply to the client: as it is, or without our secrets when it is an error. */
export function redactedReply(
  up: IncomingMessage,
  res: ServerResponse,
  house: House,
  mount: Mount,
  story: Story,
): void {
  const status = up.statusCode ?? 502;
  for (const name in up.headers) {
    const value = up.headers[name];
    if (value !== undefined && !withheld.test(name)) res.setHeader(name, value);
  }
  res.setHeader('x-modelport-provider', mount.provider);
  if (house.calls.closing) res.setHeader('connection', 'close');
  res.once('close', () => story.end(res.writableFinished ? status : 499, undefined));
  const readable = /^(?:|identity)$/i.test(up.headers['content-encoding'] ?? '');
  if (status >= 400 && readable) redactError(up, res, status, house, story);
  else pass(up, res, status, story);
}

function pass(up: IncomingMessage, res: ServerResponse, status: number, story: Story): void {
  res.writeHead(status);
  res.flushHeaders();
  // Without this a client would wait for ever for a provider that broke off.
  up.once('close', () => {
    if (up.complete || res.writableEnded) return;
    story.end(
      status,
      undefined,
      new ProxyError('connection', 'the provider closed the connection in the middle of its answer'),
    );
    res.destroy();
  });
  up.on('error', () => {});
  up.pipe(res);
}

function redactError(up: IncomingMessage, res: ServerResponse, status: number, house: House, story: Story): void {
  const chunks: Buffer[] = [];
  let size = 0;
  up.on('data', (chunk: Buffer) => {
    if (size < mostErrorBytes) chunks.push(chunk);
    size += chunk.length;
    if (size >= mostErrorBytes) up.destroy();
  });
  up.on('error', () => {});
  up.once('close', () => {
    const text = house.redact(Buffer.concat(chunks).toString('utf8'));
    if (res.destroyed || res.headersSent) return;
    res.setHeader('content-length', Buffer.byteLength(text));
    res.writeHead(status);
    res.end(text);
    story.end(status, undefined, new ProxyError('upstream', text.slice(0, 500)));
  });
}
