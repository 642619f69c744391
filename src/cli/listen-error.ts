import type { Config } from '../hub/index.ts';
import { readyUrl } from './banner.ts';
import { Failure } from './failure.ts';
import { identifyServer } from './running-proxy.ts';

/** A socket's error at the start as a line that says what to do. */
export async function explainListenError(thrown: unknown, config: Config): Promise<Failure> {
  const { port } = config;
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  switch (code) {
    case 'EADDRINUSE':
      return new Failure(
        `Port ${port} is in use${await holder(config)}. Take another one with --port, or a free one with --port 0`,
        1,
      );
    case 'EACCES':
      return new Failure(`Port ${port} needs more rights than this user has: take one above 1023 with --port`, 1);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EINVAL':
      return new Failure(`--host ${config.host}: this machine has no such address (${code})`, 1);
    default: {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      if (config.tls !== undefined && code.startsWith('ERR_OSSL'))
        return new Failure(`--ssl_keyfile_path and --ssl_certfile_path cannot be used together: ${reason}`, 1);
      return new Failure(`cannot listen on port ${port}: ${reason}`, 1);
    }
  }
}

async function holder(config: Config): Promise<string> {
  const found = await identifyServer(readyUrl(config, config.port), 500);
  return found === undefined ? '' : `: ${found} runs there`;
}
