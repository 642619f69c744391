import type { Environment } from '../config/index.ts';
import { asObject, type JsonMap, type JsonValue } from '../wire/index.ts';
import { call } from './ask.ts';
import { Failure } from './failure.ts';
import type { CliFlags } from './flags.ts';
import { reach } from './reach.ts';
import type { Terminal } from './terminal.ts';

/** `--health`: what the proxy says of its models, as JSON on stdout. Resolves with 0 when all of them answer, else 1. */
export async function health(flags: CliFlags, env: Environment, terminal: Terminal): Promise<number> {
  const proxy = await reach(flags, env, terminal);
  try {
    if (!flags.quiet && !flags.json) terminal.say('info', proxy.which);
    const reply = await call(proxy, '/health', (flags.request_timeout ?? 600) * 1000);
    const state = parse(await reply.text());
    terminal.print(JSON.stringify(state, null, flags.json ? 0 : 4));
    return state['unhealthy_count'] === 0 ? 0 : 1;
  } finally {
    await proxy.close();
  }
}

function parse(text: string): JsonMap {
  try {
    const value: JsonValue = JSON.parse(text);
    return asObject(value, '');
  } catch {
    throw new Failure('/health did not answer with JSON', 6);
  }
}
