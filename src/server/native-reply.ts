import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Mount, ProxyError } from '../hub/index.ts';
import type { House } from './house.ts';
import type { Story } from './story.ts';

/** What concerns one hop only, and permissions for pages, which are ours to give. */
const withheld =
  /^(?:connection|keep-alive|transfer-encoding|upgrade|trailer|proxy-.*|access-control-.*|x-request-id|request-id|server|x-powered-by)$/;
const mostErrorBytes = 2 ** 20;

/** Where a reply of a pass-through belongs. */
interface Place {
  house: House;
  mount: Mount;
  story: Story;
}

/**
 * Hands a provider's own reply to the client: as it is, or without our secrets when it is an error. What is no answer
 * (redirects, statuses that do not exist, errors that are no JSON) is `refused`.
 */
export function passReply(
  up: IncomingMessage,
  res: ServerResponse,
  place: Place,
  refused: (error: ProxyError) => void,
): void {
  const { house, mount, story } = place;
  const status = up.statusCode ?? 0;
  up.on('error', () => {});
  if (status < 200 || (status >= 300 && status < 400) || status > 599) {
    up.destroy();
    refused(unusable(status, mount));
    return;
  }
  for (const name in up.headers) {
    const value = up.headers[name];
    if (value !== undefined && !withheld.test(name)) res.setHeader(name, clean(value, house));
  }
  res.setHeader('x-modelport-provider', mount.provider);
  if (house.calls.closing) res.setHeader('connection', 'close');
  res.once('close', () => story.end(res.writableFinished ? status : 499, undefined));
  if (status >= 400) passError(up, res, status, place, refused);
  else pass(up, res, status, story);
}

function unusable(status: number, mount: Mount): ProxyError {
  const what = status >= 300 && status < 400 ? `a redirect (${status})` : `the status ${status}`;
  return new ProxyError(
    'bad-upstream-reply',
    `${new URL(mount.base).origin} answered with ${what}, which is not followed`,
    {
      provider: mount.provider,
    },
  );
}

function clean(value: string | string[], { redact }: House): string | string[] {
  return typeof value === 'string' ? redact(value) : value.map(redact);
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
  up.pipe(res);
}

function passError(
  up: IncomingMessage,
  res: ServerResponse,
  status: number,
  { house, mount, story }: Place,
  refused: (error: ProxyError) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  up.on('data', (chunk: Buffer) => {
    if (size < mostErrorBytes) chunks.push(chunk);
    size += chunk.length;
    if (size >= mostErrorBytes) up.destroy();
  });
  up.once('close', () => {
    if (res.destroyed || res.headersSent) return;
    const text = house.redact(Buffer.concat(chunks).toString('utf8'));
    if (isJson(text)) {
      res.setHeader('content-type', 'application/json');
      res.setHeader('content-length', Buffer.byteLength(text));
      res.writeHead(status);
      res.end(text);
      story.end(status, undefined, new ProxyError('upstream', text.slice(0, 500)));
      return;
    }
    for (const name of ['content-length', 'content-encoding', 'etag']) res.removeHeader(name);
    const said = readable(up, text) ? `: ${text.trim().slice(0, 500)}` : '';
    refused(new ProxyError('upstream', `${mount.provider} answered with the status ${status}${said}`, { status }));
  });
}

function isJson(text: string): boolean {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null;
  } catch {
    return false;
  }
}

/** Whether an error is words for people: no page, nothing compressed. */
function readable({ headers }: IncomingMessage, text: string): boolean {
  const encoding = headers['content-encoding'] ?? 'identity';
  return encoding === 'identity' && text.trim() !== '' && !/^\s*</.test(text);
}
