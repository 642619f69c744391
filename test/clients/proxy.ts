import { type Flags, resolveConfig } from '../../src/config/index.ts';
import type { Entry } from '../../src/hub/index.ts';
import { createProxy } from '../../src/server/index.ts';

export interface RunningProxy {
  /** Origin, without a trailing slash. */
  url: string;
  /** Finished calls, oldest first. */
  entries: Entry[];
  notes: string[];
  close(): Promise<void>;
}

/** Keys that are no keys; every provider that is tried has one. */
const keys: Readonly<Record<string, string>> = {
  OPENAI_API_KEY: 'sk-proxy-openai-0123456789',
  ANTHROPIC_API_KEY: 'sk-ant-proxy-0123456789',
};

/** The proxy as `modelport --model ...` starts it, on a free port, in this process. */
export async function startProxy(flags: Flags, env: Readonly<Record<string, string>> = keys): Promise<RunningProxy> {
  const entries: Entry[] = [];
  const notes: string[] = [];
  const { config } = resolveConfig({ host: '127.0.0.1', port: 0, drain_timeout: 1, ...flags }, env);
  const proxy = createProxy(config, {
    call: (entry) => void entries.push(entry),
    note: (level, text) => void notes.push(`${level}: ${text}`),
    debug: false,
    bodies: false,
  });
  const { port } = await proxy.listen();
  return { url: `http://127.0.0.1:${port}`, entries, notes, close: () => proxy.close() };
}
