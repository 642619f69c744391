import type { Auth } from './provider.ts';

/** The headers that carry a key, by the row's word for it. */
export function keyHeaders(auth: Auth, key: string): Record<string, string> {
  switch (auth.kind) {
    case 'bearer':
      return { ...auth.headers, authorization: `${auth.scheme ?? 'Bearer'} ${key}` };
    case 'header':
      return { [auth.name]: key };
  }
}
