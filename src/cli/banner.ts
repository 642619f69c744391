import { isLoopback } from '../config/index.ts';
import type { Config } from '../hub/index.ts';
import { oneLine, type Terminal } from './terminal.ts';

/** The URL that clients write: `localhost` for loopback and for every address at once. */
export function readyUrl(config: Pick<Config, 'host' | 'tls' | 'rootPath'>, port: number): string {
  const { host } = config;
  const every = host === '0.0.0.0' || host === '::';
  const name = host === undefined || every || isLoopback(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `${config.tls === undefined ? 'http' : 'https'}://${name}:${port}${config.rootPath}`;
}

/** What is served and how to call it, under the ready line. */
export function banner(url: string, config: Config, { style }: Terminal): string[] {
  const names = [...new Set(config.deployments.map(({ group }) => group))];
  const [first = 'any'] = names;
  const origins = [...new Set(config.deployments.flatMap(({ origin }) => (origin === '' ? [] : [origin])))];
  const bearer = config.masterKey === undefined ? '' : " -H 'authorization: Bearer <LITELLM_MASTER_KEY>'";
  const body = `{"model":"${config.anyModel ? 'any' : oneLine(first)}","messages":[{"role":"user","content":"Hello"}]}`;
  const rows: [string, string][] = [
    ...(config.file === undefined ? [] : [['config', config.file] satisfies [string, string]]),
    ...(names.length === 0 ? [] : [[names.length === 1 ? 'model' : 'models', few(names)] satisfies [string, string]]),
    ...(origins.length === 0 ? [] : [['upstream', few(origins)] satisfies [string, string]]),
    ['auth', config.masterKey === undefined ? 'off, any key is accepted' : 'on, LITELLM_MASTER_KEY is asked for'],
    ['try', `curl ${url}/v1/chat/completions -H 'content-type: application/json'${bearer} -d '${body}'`],
  ];
  return rows.map(([name, text]) => `  ${style.dim(name.padEnd(8))} ${text}`);
}

const mostNames = 5;

/** The first few of them, and how many there are. */
function few(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).map((name) => oneLine(name));
  return names.length > mostNames ? `${shown.join(', ')} ... ${names.length} in all` : shown.join(', ');
}
