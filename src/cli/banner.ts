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
  const [served] = config.deployments;
  const bearer = config.masterKey === undefined ? '' : " -H 'authorization: Bearer <LITELLM_MASTER_KEY>'";
  const body = '{"model":"any","messages":[{"role":"user","content":"Hello"}]}';
  const rows: [string, string][] = [
    ...(served === undefined
      ? []
      : ([
          ['model', oneLine(served.group)],
          ['upstream', served.origin],
        ] satisfies [string, string][])),
    ['auth', config.masterKey === undefined ? 'off, any key is accepted' : 'on, LITELLM_MASTER_KEY is asked for'],
    ['try', `curl ${url}/v1/chat/completions -H 'content-type: application/json'${bearer} -d '${body}'`],
  ];
  return rows.map(([name, text]) => `  ${style.dim(name.padEnd(8))} ${text}`);
}
