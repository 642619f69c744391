import { Agent as HttpAgent, type IncomingMessage, ServerResponse } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { RequestHandler } from 'http-proxy-middleware';
import { type Mount, ProxyError } from '../hub/index.ts';
import { join, joinHeaders } from '../upstream/index.ts';
import { idHeaders } from './headers.ts';
import type { House } from './house.ts';
import { checkLimits } from './limits.ts';
import { passReply } from './native-reply.ts';
import { refusePages } from './origin.ts';
import { clientOf, refuse } from './refusal.ts';
import { Story } from './story.ts';

/** Never sent upstream: credentials, what concerns one hop only, and what tells of the network here. */
const withheld =
  /^(?:authorization|x-api-key|api-key|x-goog-api-key|ocp-apim-subscription-key|cookie|host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|forwarded|via|origin|referer|accept-encoding|http2-settings|proxy-.*|x-litellm-.*|x-forwarded-.*|x-real-ip|sec-.*|cf-.*|x-amz-.*|x-azure-.*|x-auth-.*|set-cookie|www-authenticate|.*-client-ip|.*-token)$/;
const idleMs = 4000;

/** What of a request the library does not hold: kept beside it until its reply. */
interface Passing {
  story: Story;
  path: string;
  late: boolean;
}

/**
 * A native pass-through: method, path below the mount, query and body go up as they came, with our credentials; the
 * reply comes back as it is. The library is loaded with the first such request.
 */
export function passThrough(house: House, mount: Mount): (req: IncomingMessage, res: ServerResponse) => Promise<void> {
  const passing = new WeakMap<IncomingMessage, Passing>();
  let proxy: Promise<RequestHandler> | undefined;
  return async (req, res) => {
    const life = house.calls.begin(res);
    const path = `${mount.mount}${req.url}`;
    const story = new Story(house, req, 'openai-chat', `${req.method} ${path.split('?', 1)[0]}`);
    const headers = idHeaders(story.id, story.requestId);
    try {
      checkLimits(house);
      if (house.config.masterKey === undefined && req.headers.origin === undefined) refusePages(req);
      const target = addressOf(mount, req.url ?? '/');
      checkUpload(req, house.config.maxBody);
      const goingUp = headersFor(req, mount);
      proxy ??= openProxy(house, mount, passing);
      const run = await proxy;
      if (req.headers.expect !== undefined) res.writeContinue();
      req.headers = goingUp;
      req.url = target;
      for (let at = 0; at + 1 < headers.length; at += 2) res.setHeader(headers[at] ?? '', headers[at + 1] ?? '');
      passing.set(req, { story, path, late: false });
      life.onEnd((reason) => leave(house, req, res, reason, story, path));
      await run(req, res, (thrown: unknown) => {
        if (thrown instanceof Error) throw thrown;
      });
    } catch (thrown) {
      const error = story.clean(
        thrown instanceof ProxyError
          ? thrown
          : new ProxyError('internal', 'the pass-through failed', { cause: thrown }),
      );
      story.end(refuse(house, req, res, error, clientOf(path), headers), undefined, error);
    }
  };
}

/** The path to ask for, below the mount's base. */
function addressOf(mount: Mount, url: string): string {
  if (mount.missing !== undefined && Object.keys(mount.headers).length === 0) {
    throw new ProxyError('authentication', mount.missing, { provider: mount.provider });
  }
  if (/%2f|%5c/i.test(url.split('?', 1)[0] ?? ''))
    throw new ProxyError('invalid-request', 'the path holds an encoded slash');
  return join(mount.base, url).path;
}

function checkUpload(req: IncomingMessage, limit: number): void {
  if (Number(req.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
}

function tooLarge(limit: number): ProxyError {
  return new ProxyError('invalid-request', `the request body is larger than ${Math.floor(limit / 2 ** 20)} MB`, {
    status: 413,
  });
}

function headersFor(req: IncomingMessage, mount: Mount): IncomingMessage['headers'] {
  const headers: Record<string, string> = {};
  const hop = (req.headers.connection ?? '').toLowerCase().split(/[\s,]+/);
  for (const name in req.headers) {
    const value = req.headers[name];
    if (value !== undefined && !withheld.test(name) && !hop.includes(name)) headers[name] = String(value);
  }
  const { basic } = join(mount.base, '/');
  if (basic !== undefined) headers['authorization'] = basic;
  if (req.headers['transfer-encoding'] !== undefined) headers['transfer-encoding'] = 'chunked';
  else if (!/^(?:GET|HEAD)$/.test(req.method ?? '')) headers['content-length'] ??= '0';
  return joinHeaders(headers, mount.headers, { 'accept-encoding': 'identity' });
}

async function openProxy(
  house: House,
  mount: Mount,
  passing: WeakMap<IncomingMessage, Passing>,
): Promise<RequestHandler> {
  const { createProxyMiddleware } = await import('./middleware.ts');
  const { origin } = new URL(mount.base);
  const kept = { keepAlive: true, timeout: idleMs };
  return createProxyMiddleware<IncomingMessage, ServerResponse>({
    target: origin,
    changeOrigin: true,
    prependPath: false,
    toProxy: true,
    proxyTimeout: mount.timeoutMs,
    selfHandleResponse: true,
    agent: origin.startsWith('https:') ? new HttpsAgent(kept) : new HttpAgent(kept),
    on: {
      proxyReq(up, req, res) {
        up.once('timeout', () => {
          const one = passing.get(req);
          if (one !== undefined) one.late = true;
        });
        // Without this a client that leaves before the first byte would leave the provider working.
        res.once('close', () => {
          if (!res.writableFinished) up.destroy();
        });
        countUpload(req, house.config.maxBody, () => {
          const one = passing.get(req);
          if (one !== undefined) leave(house, req, res, tooLarge(house.config.maxBody), one.story, one.path);
          up.destroy();
        });
      },
      proxyRes(up, req, res) {
        const one = passing.get(req);
        if (one === undefined) return;
        passReply(up, res, { house, mount, story: one.story }, (error) =>
          leave(house, req, res, error, one.story, one.path),
        );
      },
      error(cause, req, res) {
        const one = passing.get(req);
        if (!(res instanceof ServerResponse) || one === undefined) return;
        leave(house, req, res, troubleOf(cause, origin, one.late), one.story, one.path);
      },
    },
  });
}

function countUpload(req: IncomingMessage, limit: number, over: () => void): void {
  if (req.headers['transfer-encoding'] === undefined) return;
  let size = 0;
  req.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit) over();
  });
}

function troubleOf(cause: Error, origin: string, late: boolean): ProxyError {
  if (late) return new ProxyError('timeout', `${origin} did not answer in time: raise --request_timeout`, { cause });
  const code = 'code' in cause ? ` (${String(cause.code)})` : '';
  return new ProxyError('connection', `could not talk to ${origin}${code}: is the server running?`, { cause });
}

/** Before the head: an error in the form of the path. After it only a broken end tells the client. */
function leave(
  house: House,
  req: IncomingMessage,
  res: ServerResponse,
  reason: ProxyError,
  story: Story,
  path: string,
): void {
  const error = story.clean(reason);
  if (error.kind === 'cancelled') {
    story.end(499, undefined, error);
  } else if (res.headersSent) {
    res.destroy();
    story.end(res.statusCode, undefined, error);
  } else {
    story.end(refuse(house, req, res, error, clientOf(path)), undefined, error);
  }
}
