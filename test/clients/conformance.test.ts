import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, type Driver, type Feature, features, type How, type Mode } from './drivers/driver.ts';
import { drivers } from './drivers/index.ts';
import {
  asked,
  models,
  type Pair,
  picture,
  refusal,
  type Spoken,
  said,
  signing,
  spoken,
  startPair,
  thrownBy,
  weather,
} from './spoken.ts';

/** Every client over every provider dialect with every feature: what the client hears and what the vendor is asked. */

const key = 'sk-the-clients-own-0123456789';
const question = 'Weather in Paris and Tokyo?';
const places = ['Paris', 'Tokyo'];

interface Walk {
  driver: Driver;
  client: Client;
  dialect: Spoken;
  pair: Pair;
}

/** The vendor was asked so often, in its own words, and without the client's key. */
function lookAt({ driver, pair, dialect }: Walk, count: number) {
  const { seen } = pair.vendor;
  const { oddities = /^never$/ } = driver;
  const wrong = seen.map(({ invalid }) => invalid.filter((complaint) => !oddities.test(complaint)));
  expect(wrong).toEqual(Array.from({ length: count }, () => []));
  for (const { headers, path } of seen) expect(JSON.stringify([headers, path])).not.toContain(key);
  return seen.map(({ body }) => asked(dialect, body));
}

async function plain(walk: Walk, feature: 'chat' | 'stream', mode: Mode): Promise<void> {
  const { driver, client, pair } = walk;
  const [scenario, text] = driver.plays?.[feature] ?? ['plain', said.hello];
  pair.vendor.will({ scenario });
  const pieces: string[] = [];
  const how: How = { mode, system: 'Be brief.', maxTokens: 99, temperature: 0.5 };
  const heard = await client.talk({ ...how, onText: (piece) => void pieces.push(piece) }).say('hi');
  expect(heard.text).toBe(text);
  if (driver.finishes !== undefined) expect(heard.finish).toBe(driver.finishes[0]);
  if (heard.usage !== undefined) expect(heard.usage).toEqual([21, 9]);
  if (mode === 'stream') expect(pieces.length).toBeGreaterThan(1);
  const [facts] = lookAt(walk, 1);
  expect(facts).toMatchObject({ maxTokens: 99, temperature: 0.5 });
  expect(facts?.turns.at(-1)).toMatch(/^user: (?:Be brief\.\s+)?hi$/);
  expect(JSON.stringify(pair.vendor.seen[0]?.body)).toContain('Be brief.');
}

async function tools(walk: Walk, mode: Mode): Promise<void> {
  const { driver, client, pair } = walk;
  pair.vendor.will({ scenario: 'parallel-tools' }, { scenario: 'tool-result-follow-up' });
  const talk = client.talk({ mode, tools: true });
  const first = await talk.say(question);
  expect(first.calls).toEqual(places.map((location) => ({ name: weather.name, args: { location } })));
  if (driver.finishes !== undefined) expect(first.finish).toBe(driver.finishes[1]);
  const second = await talk.tell(places.map((place) => `sunny in ${place}`));
  expect(second.text).toBe(said.after);
  expect(second.calls).toEqual([]);
  const [before, after] = lookAt(walk, 2);
  expect(before?.tools).toEqual([expect.stringContaining(weather.name)]);
  const told = after?.turns.filter((line) => /^(?:call|result)/.test(line));
  expect(told?.sort()).toEqual([
    'call 1: get_current_weather {"location":"Paris"}',
    'call 2: get_current_weather {"location":"Tokyo"}',
    'result 1: sunny in Paris',
    'result 2: sunny in Tokyo',
  ]);
  // The prefix must be the same every turn, or prompt caches miss.
  expect(after?.turns.slice(0, before?.turns.length)).toEqual(before?.turns);
  expect(after?.tools).toEqual(before?.tools);
}

async function thinking(walk: Walk, mode: Mode): Promise<void> {
  const { driver, client, dialect, pair } = walk;
  pair.vendor.will({ scenario: 'thinking-signature' }, { scenario: 'plain' });
  const talk = client.talk({ mode, thinks: true });
  expect(await talk.say('Is it cold?')).toMatchObject({ text: said.cold, thought: said.thought });
  expect((await talk.say('And now?')).text).toBe(said.hello);
  const [, after] = lookAt(walk, 2);
  const kept = driver.keepsProofs.includes(mode) && driver.losesProofsOf?.includes(dialect) !== true;
  expect(after?.proofs).toEqual(kept && signing.has(dialect) ? [said.proof] : []);
  expect(after?.turns.filter((line) => line.startsWith('user'))).toEqual(['user: Is it cold?', 'user: And now?']);
  // Gemini's own stream is kept piece by piece.
  expect(after?.turns.join('').replaceAll('assistant: ', '')).toContain(said.cold);
  if (signing.has(dialect)) expect(JSON.stringify(pair.vendor.seen[0]?.body)).toMatch(/"(?:thinking|reasoning)/);
}

async function image(walk: Walk): Promise<void> {
  const { driver, client, pair } = walk;
  const [scenario, text] = driver.plays?.image ?? ['image-base64', 'A cat.'];
  pair.vendor.will({ scenario });
  const mode = driver.absent.chat === undefined ? 'whole' : 'stream';
  expect((await client.talk({ mode }).say('What is this?', picture)).text).toBe(text);
  const [facts] = lookAt(walk, 1);
  expect([...(facts?.turns ?? [])].sort()).toEqual([
    'user: What is this?',
    `user: image data:image/png;base64,${picture}`,
  ]);
}

async function error(walk: Walk, mode: Mode): Promise<void> {
  const { client, dialect, pair } = walk;
  for (const status of [400, 401, 404, 429, 500]) {
    pair.vendor.will(refusal(dialect, status));
    const thrown = await thrownBy(() => client.talk({ mode }).say('hi'));
    expect(client.isError(thrown, status), `${status}: ${thrown}`).toBe(true);
    expect(String(thrown)).toContain('the vendor says no');
    lookAt(walk, 1);
  }
}

async function abort(walk: Walk): Promise<void> {
  // On a machine that is busy one try may be late by no fault of ours.
  let late = await lateness(walk);
  for (let n = 1; n < 3 && late >= 200; n++) late = Math.min(late, await lateness(walk));
  expect(late).toBeLessThan(1000);
}

/** Milliseconds from the client's leaving to the end of the request at the vendor. */
async function lateness({ driver, client, pair }: Walk): Promise<number> {
  pair.vendor.will({ scenario: driver.plays?.abort?.[0] ?? 'plain', endless: true });
  const leaving = new AbortController();
  let at = 0;
  const onText = (): void => {
    at ||= Date.now();
    leaving.abort();
  };
  await thrownBy(() => client.talk({ mode: 'stream', signal: leaving.signal, onText }).say('hi'));
  expect(at).toBeGreaterThan(0);
  const [seen] = pair.vendor.seen;
  expect(await seen?.gone).toBe(true);
  return (seen?.goneAt ?? 0) - at;
}

async function count({ client, pair }: Walk): Promise<void> {
  pair.vendor.will();
  const few = (await client.count?.('hi')) ?? 0;
  const many = (await client.count?.('hi there, how are you? '.repeat(50))) ?? 0;
  expect(few).toBeGreaterThan(0);
  expect(many).toBeGreaterThan(few * 5);
  // Who has a counter is asked; elsewhere it is estimated.
  expect([[], [few, many]]).toContainEqual(pair.vendor.counted);
}

async function tried(walk: Walk, feature: Feature): Promise<void> {
  const { modes } = walk.driver;
  switch (feature) {
    case 'chat':
      return plain(walk, feature, 'whole');
    case 'stream':
      return plain(walk, feature, 'stream');
    case 'tools':
      for (const mode of modes) await tools(walk, mode);
      return;
    case 'thinking':
      for (const mode of modes) await thinking(walk, mode);
      return;
    case 'image':
      return image(walk);
    case 'error':
      for (const mode of modes) await error(walk, mode);
      return;
    case 'abort':
      return abort(walk);
    case 'count':
      return count(walk);
  }
}

const names = Object.keys(features).filter((name): name is Feature => name in features);

/** What the README's table is made of: by client what it cannot do, by provider the letters of what has passed. */
interface Conformance {
  features: Record<string, string>;
  providers: Record<string, string>;
  clients: Record<string, { absent: Partial<Record<Feature, string>>; passed: Record<string, string> }>;
}

const file = join(import.meta.dirname, 'conformance.json');
const found: Conformance = {
  features,
  providers: models,
  clients: Object.fromEntries(drivers.map(({ name, absent }) => [name, { absent, passed: {} }])),
};

describe.each(spoken)('provider speaks %s', (dialect) => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await startPair(dialect, { flags: { drop_params: true } });
  });
  afterAll(() => pair.close());

  describe.each(drivers)('$name', (driver) => {
    test.each(names.filter((name) => driver.absent[name] === undefined))('%s', { timeout: 60_000 }, async (feature) => {
      const client = driver.open(pair.proxy.url, key);
      await tried({ driver, client, dialect, pair }, feature);
      const passed = found.clients[driver.name]?.passed;
      if (passed !== undefined) passed[dialect] = (passed[dialect] ?? '') + features[feature];
    });
  });
});

// Behind all others; `MODELPORT_CONFORMANCE=1 npx vitest run --config test/vitest.config.ts test/clients/conformance.test.ts`
// writes it, then `npm run docs`.
test('the table in the README tells what was found', () => {
  const text = `${JSON.stringify(found, null, 2)}\n`;
  if (process.env['MODELPORT_CONFORMANCE'] === '1') writeFileSync(file, text);
  expect(readFileSync(file, 'utf8')).toBe(text);
});
