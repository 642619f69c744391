import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ProxyError } from '../hub/index.ts';

const keyHeaders = ['x-api-key', 'api-key', 'x-goog-api-key', 'x-litellm-api-key'] as const;

/**
 * A function that throws authentication unless a request carries the master key in one of the headers SDKs use, in
 * `header`, or as `more`.
 */
export function keyCheck(masterKey: string, header?: string): (headers: IncomingHttpHeaders, more?: string) => void {
  const wanted = digest(masterKey);
  return (headers, more) => {
    const keys = presented(headers, header === undefined ? keyHeaders : [...keyHeaders, header]);
    if (more !== undefined && more !== '') keys.push(more);
    // Every key is compared, and always in full: neither place nor length of a near miss shows in the time.
    let found = false;
    for (const key of keys) found = timingSafeEqual(digest(key), wanted) || found;
    if (found) return;
    const problem = keys.length === 0 ? 'No api key passed in.' : 'Invalid proxy server token passed.';
    throw new ProxyError('authentication', `Authentication Error, ${problem}`, { type: 'auth_error' });
  };
}

function presented(headers: IncomingHttpHeaders, names: readonly string[]): string[] {
  const keys: string[] = [];
  const bearer = /^bearer\s+(.*)$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) keys.push(bearer.trim());
  for (const name of names) {
    const value = headers[name];
    if (typeof value === 'string' && value !== '') keys.push(value.replace(/^bearer\s+/i, '').trim());
  }
  return keys;
}

/** A URL without the keys in its query, and the last of them: Google's clients may write it there (DECISIONS.md 20). */
export function withoutKey(url: string): { url: string; key?: string } {
  const cut = url.indexOf('?');
  if (cut < 0 || !/[?&]key=/.test(url)) return { url };
  const fields = url.slice(cut + 1).split('&');
  const rest = fields.filter((field) => !field.startsWith('key='));
  const key = fields.findLast((field) => field.startsWith('key='))?.slice(4) ?? '';
  return { url: url.slice(0, cut) + (rest.length === 0 ? '' : `?${rest.join('&')}`), key: plain(key) };
}

/** How a page brings its key to a WebSocket, which cannot have headers: as one of the protocols it offers. */
export const keyProtocol = /^openai-insecure-api-key\.(.+)$/;

export function offeredKey(headers: IncomingHttpHeaders): string | undefined {
  const offered = headers['sec-websocket-protocol']?.split(',') ?? [];
  return offered.flatMap((one) => keyProtocol.exec(one.trim())?.[1] ?? [])[0];
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
