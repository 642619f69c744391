import type { Auth, Maker } from './provider.ts';

/** Whether what is sent is made for each request, or fetched, instead of being the key itself. */
export function isMaker(auth: Auth): auth is Extract<Auth, Maker> {
  return auth.kind !== 'bearer' && auth.kind !== 'header';
}

/** The headers that carry a key, by the row's word for it. */
export function keyHeaders(auth: Exclude<Auth, Maker>, key: string): Record<string, string> {
  switch (auth.kind) {
    case 'bearer':
      return { ...auth.headers, authorization: `${auth.scheme ?? 'Bearer'} ${key}` };
    case 'header':
      return { [auth.name]: key };
  }
}
