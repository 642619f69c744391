import { afterAll, expect, it } from 'vitest';
import { endAll, once, sayHello, type Upstream, upstream } from './spawn.ts';

let provider: Upstream | undefined;
afterAll(() => {
  endAll();
  provider?.close();
});

it('reaches a provider that is more than 250 ms away', async () => {
  provider = await upstream(sayHello);
  const far = new URL('./far-host.mjs', import.meta.url);
  const argv = ['test', '--model', 'openai/gpt-4o', '--api_base', provider.url.replace('127.0.0.1', 'far.test')];
  const env = { OPENAI_API_KEY: 'sk-test', NODE_OPTIONS: `--import=${far}` };
  expect(await once(argv, { env })).toMatchObject({ code: 0, out: 'Hello!\n' });
});
