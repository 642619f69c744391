import { Chalk } from 'chalk';
import { expect, test } from 'vitest';
import { createLog } from '../../src/cli/log.ts';
import type { Entry } from '../../src/hub/index.ts';

const entry: Entry = {
  ...{
    id: '1',
    at: 1_700_000_000_000,
    client: 'curl',
    route: 'POST /v1/chat/completions',
    model: 'fast',
    provider: 'openai',
  },
  ...{ upstreamModel: 'gpt-4o', status: 200, stream: false, ms: 7, dropped: [] },
};

/** What the terminal shows of a call. */
function shown(more: Partial<Entry>): string {
  let text = '';
  const silent = { print: () => {}, write: () => {}, say: () => {}, line: () => '', flush: async () => {} };
  const append = (line: string): void => {
    text += line;
  };
  const terminal = { ...silent, style: new Chalk({ level: 0 }), log: append };
  const log = createLog(terminal, { json: false, quiet: false, debug: false, bodies: false });
  log.call({ ...entry, ...more });
  log.flush();
  return text.replace(/^\S+ /, '').trimEnd();
}

const call = 'curl POST /v1/chat/completions fast -> openai/gpt-4o';

test.each<[string, Partial<Entry>, string]>([
  ['a call', {}, `${call} 200 7 ms`],
  ['what was tried again', { retries: 1 }, `${call} 1 retry 200 7 ms`],
  ['what was tried elsewhere', { retries: 2, fallbacks: 3 }, `${call} 2 retries 3 fallbacks 200 7 ms`],
  ['what went wrong', { status: 429, error: 'slow down' }, `${call} 429 7 ms slow down`],
])('%s', (_, more, line) => {
  expect(shown(more)).toBe(line);
});
