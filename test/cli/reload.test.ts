import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { childrenOf, emptyFolder, endAll, type Running, serveOn } from './spawn.ts';

afterAll(endAll);

const one = (name: string, said: string, more = '') =>
  `  - {model_name: ${name}, litellm_params: {model: openai/gpt-4o, api_key: k-0123456789, mock_response: ${said}}${more}}\n`;
const good = (said: string) => `model_list:\n${one('a', said)}`;

interface Watched extends Running {
  url: string;
  file: string;
  /** How many of these lines there are so far. */
  count(pattern: RegExp): number;
  /** Waits for one line more of the kind. */
  more(pattern: RegExp, act: () => void): Promise<void>;
}

async function serveFile(text: string, argv: readonly string[] = []): Promise<Watched> {
  const file = join(emptyFolder(), 'config.yaml');
  writeFileSync(file, text);
  const proxy = await serveOn(['--config', file, ...argv]);
  const count = (pattern: RegExp) => proxy.run.err.match(new RegExp(pattern, 'g'))?.length ?? 0;
  return {
    ...proxy,
    file,
    count,
    async more(pattern, act) {
      const before = count(pattern);
      act();
      const until = Date.now() + 15_000;
      while (count(pattern) <= before) {
        if (Date.now() > until) throw new Error(`no more ${pattern}: ${proxy.run.err}`);
        await new Promise((done) => setTimeout(done, 20));
      }
    },
  };
}

async function ask(url: string, model = 'a'): Promise<[number, string]> {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] });
  const reply = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body });
  const answer = (await reply.json()) as { choices?: { message: { content: string } }[]; error?: { message: string } };
  return [reply.status, answer.choices?.[0]?.message.content ?? answer.error?.message ?? ''];
}

const taken = /configuration taken/;

it('a saved change is live, whichever way an editor saves, and a line says what it was', async () => {
  const proxy = await serveFile(good('one'));
  expect(await ask(proxy.url)).toEqual([200, 'one']);
  await proxy.more(taken, () => writeFileSync(proxy.file, good('two') + one('b', 'other')));
  expect(proxy.run.err).toMatch(/configuration taken: added b; changed a\n/);
  expect(await ask(proxy.url)).toEqual([200, 'two']);
  expect(await ask(proxy.url, 'b')).toEqual([200, 'other']);
  await proxy.more(taken, () => {
    writeFileSync(`${proxy.file}.new`, good('three'));
    renameSync(`${proxy.file}.new`, proxy.file);
  });
  expect(proxy.run.err).toMatch(/configuration taken: changed a; removed b\n/);
  expect(await ask(proxy.url)).toEqual([200, 'three']);
  expect((await ask(proxy.url, 'b'))[0]).toBe(400);
  await proxy.more(taken, () => writeFileSync(proxy.file, `${good('three')}general_settings: {master_key: sk-now}\n`));
  expect((await ask(proxy.url))[0]).toBe(401);
  expect(proxy.run.err).toMatch(/configuration taken: settings changed\n/);
  proxy.child.kill('SIGTERM');
  expect(await proxy.ended).toMatchObject({ code: 0 });
});

it('a wrong edit is complained about with its place, and what was served goes on', async () => {
  const secret = 'sk-very-secret-0123456789';
  const proxy = await serveFile(good('one'));
  const wrong = [
    'model_list: [',
    'model_list: 5',
    '',
    `model_list:\n${one('a', 'x')}router_settings: {num_retries: ${secret}}`,
  ];
  for (const text of wrong) {
    await proxy.more(/the configuration was not taken/, () => writeFileSync(proxy.file, text));
    expect(await ask(proxy.url)).toEqual([200, 'one']);
  }
  expect(proxy.run.err).toMatch(/config\.yaml:3:32: router_settings\.num_retries: expected a whole number, not a text/);
  expect(proxy.run.err).not.toContain(secret);
  await proxy.more(taken, () => writeFileSync(proxy.file, good('two')));
  expect(await ask(proxy.url)).toEqual([200, 'two']);
  proxy.child.kill('SIGTERM');
});

it('files that are included are watched too, and SIGHUP reads all of them again', async () => {
  const folder = emptyFolder();
  const more = join(folder, 'more.yaml');
  writeFileSync(more, `model_list:\n${one('b', 'first')}`);
  const served = await serveFile(`include: ['${more}']\n${good('one')}`);
  expect(await ask(served.url, 'b')).toEqual([200, 'first']);
  await served.more(taken, () => writeFileSync(more, `model_list:\n${one('b', 'second')}`));
  expect(await ask(served.url, 'b')).toEqual([200, 'second']);
  await served.more(/configuration taken: nothing that matters has changed/, () => served.child.kill('SIGHUP'));
  expect(await ask(served.url)).toEqual([200, 'one']);
  served.child.kill('SIGTERM');
  expect(await served.ended).toMatchObject({ code: 0 });
});

it('no call is dropped while the file is written again and again, rightly and wrongly', async () => {
  const proxy = await serveFile(good('one'), ['--quiet']);
  const said = new Set<string>();
  let calls = 0;
  let over = false;
  const caller = async () => {
    while (!over) {
      const [status, text] = await ask(proxy.url);
      expect([status, text]).toEqual([200, expect.stringMatching(/^v\d+$|^one$/)]);
      said.add(text);
      calls++;
    }
  };
  const callers = Array.from({ length: 16 }, caller);
  const end = Date.now() + 9000;
  for (let version = 0; Date.now() < end || calls < 3000; version++) {
    const text = version % 3 === 2 ? 'model_list: [ {' : good(`v${version}`);
    if (version % 2 === 0) writeFileSync(proxy.file, text);
    else {
      writeFileSync(`${proxy.file}.new`, text);
      renameSync(`${proxy.file}.new`, proxy.file);
    }
    await new Promise((done) => setTimeout(done, 400));
  }
  over = true;
  await Promise.all(callers);
  expect(calls).toBeGreaterThanOrEqual(3000);
  expect(said.size).toBeGreaterThan(3);
  expect(proxy.run.err).toMatch(/the configuration was not taken/);
  proxy.child.kill('SIGTERM');
  expect(await proxy.ended).toMatchObject({ code: 0 });
}, 60_000);

it('several processes take a change together', async () => {
  const proxy = await serveFile(good('one'), ['--num_workers', '2']);
  await proxy.more(taken, () => writeFileSync(proxy.file, good('two')));
  await new Promise((done) => setTimeout(done, 300));
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(proxy.url)));
  expect(new Set(answers.map(([, text]) => text))).toEqual(new Set(['two']));
  proxy.child.kill('SIGTERM');
  expect(await proxy.ended).toMatchObject({ code: 0 });
});

it.runIf(process.platform === 'linux')(
  'a worker that dies while the file is wrong has a successor once it is right',
  async () => {
    const proxy = await serveFile(good('one'), ['--num_workers', '2']);
    await proxy.more(/not taken/, () => writeFileSync(proxy.file, 'model_list: ['));
    const [worker = 0] = childrenOf(proxy.child.pid ?? 0);
    await proxy.more(/another takes its place/, () => process.kill(worker, 'SIGKILL'));
    expect(await ask(proxy.url)).toEqual([200, 'one']);
    await new Promise((done) => setTimeout(done, 3000));
    expect(proxy.run.err.match(/not taken/g)).toHaveLength(1);
    expect(proxy.run.err.match(/worker \d ended/g)).toHaveLength(1);
    await proxy.more(taken, () => writeFileSync(proxy.file, good('two')));
    await expect.poll(() => childrenOf(proxy.child.pid ?? 0).length, { timeout: 15_000 }).toBe(2);
    await new Promise((done) => setTimeout(done, 1000));
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(proxy.url)));
    expect(new Set(answers.map(([, text]) => text))).toEqual(new Set(['two']));
    proxy.child.kill('SIGTERM');
    expect(await proxy.ended).toMatchObject({ code: 0 });
  },
  60_000,
);
