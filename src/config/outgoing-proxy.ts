import type { Config } from '../hub/index.ts';
import { type Environment, firstSet } from './environment.ts';

export interface OutgoingProxy {
  proxy?: NonNullable<Config['proxy']>;
  secrets: string[];
  warnings: string[];
}

/** Never reached through a proxy: a proxy's localhost is another machine. */
const loopback = 'localhost,127.0.0.1,[::1]';

/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, lower case first, as other programs read them. */
export function resolveProxy(env: Environment): OutgoingProxy {
  const found: OutgoingProxy = { secrets: [], warnings: [] };
  const none = firstSet(env, ['no_proxy', 'NO_PROXY'])?.value ?? '';
  if (none.split(/[,\s]+/).includes('*')) return found;
  const http = read(['http_proxy', 'HTTP_PROXY'], env, found);
  const https = read(['https_proxy', 'HTTPS_PROXY'], env, found);
  if (http === undefined && https === undefined) return found;
  const proxy = { none: none === '' ? loopback : `${none},${loopback}` };
  return { ...found, proxy: { ...proxy, ...(http && { http }), ...(https && { https }) } };
}

function read(names: readonly string[], env: Environment, found: OutgoingProxy): string | undefined {
  const variable = firstSet(env, names);
  if (variable === undefined) return undefined;
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(variable.value) ? variable.value : `http://${variable.value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') {
    if (url.password !== '') found.secrets.push(url.password);
    return text;
  }
  found.warnings.push(`${variable.name} is not used: it must be an http:// or https:// URL`);
  return undefined;
}
