// npm run bench [-- --quick --only=<part of a line's name> --bin=<another build's bin/modelport.js>]: what modelport adds, as ratios from one run.
// CPU per request and per event counts before wall time: it holds on a noisy machine (PERFORMANCE.md has the targets).
import { cpuOf, freePort, hasCpu, root, startLoad, startProxy, startServer, stop, timeRun } from './process.mjs';
import { failedRow, isRegression, median, print, row } from './report.mjs';

const quick = process.argv.includes('--quick');
const only = process.argv.find((arg) => arg.startsWith('--only='))?.slice(7) ?? '';
const rounds = quick ? 3 : 7;
/** How often the calls of a round are made before the first one counts. */
const warm = quick ? 1 : 12;
const events = 100;
const bin = process.argv.find((arg) => arg.startsWith('--bin='))?.slice(6) ?? `${root}bin/modelport.js`;
const keys = { OPENAI_API_KEY: 'dummy', ANTHROPIC_API_KEY: 'dummy' };

const chat = '/v1/chat/completions';
const messages = '/v1/messages';
const ask = (content, rest = {}) =>
  JSON.stringify({ model: 'x', max_tokens: 200, messages: [{ role: 'user', content }], ...rest });
const streamed = { stream: true };
/** A body as coding agents send: many messages, quotes and line ends in them. */
const filled = (bytes) => {
  const text = 'const answer = "forty-two";\n\tif (answer !== "") return answer;\n'.repeat(16);
  const content = Array.from({ length: Math.ceil(bytes / 1_150) }, () => ({ type: 'text', text }));
  return ask(content);
};

/** `path` and `expect`: of modelport and its client; `reference`: what the forwarder passes from the same provider. */
const works = [
  {
    name: 'small chat, passed, 64 connections',
    path: chat,
    body: ask('hello'),
    per: 1,
    connections: 64,
    count: 4_000,
    target: 1.3,
  },
  { name: '100 KB chat, passed', path: chat, body: filled(100_000), per: 1, connections: 32, count: 600, target: 1.2 },
  { name: '2 MB chat, passed', path: chat, body: filled(2_000_000), per: 1, connections: 4, count: 40, target: 1.2 },
  {
    name: 'stream event, passed',
    path: chat,
    body: ask('hello', streamed),
    per: events,
    connections: 16,
    count: 400,
    target: 1.1,
    expect: '[DONE]',
  },
  {
    name: 'stream event, passed (Anthropic)',
    to: 'anthropic',
    path: messages,
    body: ask('hello', streamed),
    per: events,
    connections: 16,
    count: 400,
    target: 1.1,
    expect: 'message_stop',
  },
  {
    name: 'stream event, Anthropic to OpenAI client',
    to: 'anthropic',
    path: chat,
    reference: messages,
    body: ask('hello', streamed),
    per: events,
    connections: 16,
    count: 400,
    target: 1.5,
    expect: '[DONE]',
    referenceExpect: 'message_stop',
  },
  {
    name: 'stream event, OpenAI to Anthropic client',
    path: messages,
    reference: chat,
    body: ask('hello', streamed),
    per: events,
    connections: 16,
    count: 400,
    target: 1.5,
    expect: 'message_stop',
    referenceExpect: '[DONE]',
  },
  {
    name: 'plain reply, Anthropic to OpenAI client',
    to: 'anthropic',
    path: chat,
    reference: messages,
    body: ask('hello'),
    per: 1,
    connections: 64,
    count: 3_000,
    target: 1.8,
  },
  {
    name: 'plain reply, OpenAI to Anthropic client',
    path: messages,
    reference: chat,
    body: ask('hello'),
    per: 1,
    connections: 64,
    count: 3_000,
    target: 1.8,
  },
];

async function measure(load, proxy, job) {
  const before = cpuOf(proxy);
  const result = await load({ ...job, origin: proxy.origin, headers: { 'anthropic-version': '2023-06-01' } });
  return { ...result, cpu: cpuOf(proxy) - before };
}

/** Interleaved rounds; who goes first changes, so that a machine that gets slower hits both. */
async function compare(load, work, forwarder, ours) {
  const { path, reference = path, body, connections, per, expect = '"usage"', referenceExpect = expect } = work;
  const count = quick ? Math.ceil(work.count / 2) : work.count;
  const sides = [
    { proxy: forwarder, job: { path: reference, body, connections, count, expect: referenceExpect }, results: [] },
    { proxy: ours, job: { path, body, connections, count, expect }, results: [] },
  ];
  // Warm: the first thousands of calls run in the interpreter, on both sides.
  for (const { proxy, job } of sides) await measure(load, proxy, { ...job, count: work.count * warm });
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed())
      side.results.push(await measure(load, side.proxy, side.job));
  }
  const [bare, own] = sides.map(({ results }) => ({
    cpu: (median(results.map(({ cpu }) => cpu)) / count / per) * 1e6,
    rate: count / median(results.map(({ seconds }) => seconds)),
    p50: median(results.map(({ p50 }) => p50)),
  }));
  const more = `${bare.rate.toFixed(0)} against ${own.rate.toFixed(0)} requests/s`;
  const wall = row(work.name, 1e6 / bare.rate / per, 1e6 / own.rate / per, undefined, { unit: 'us wall', more });
  return hasCpu ? row(work.name, bare.cpu, own.cpu, work.target, { unit: 'us CPU', more }) : wall;
}

/** One connection, one call after the other: what a single caller feels. */
async function compareLatency(load, forwarder, ours) {
  const job = { path: chat, body: ask('hello'), connections: 1, count: quick ? 200 : 500, expect: '"usage"' };
  const results = { bare: [], own: [] };
  for (let round = 0; round < rounds; round++) {
    results.bare.push(await measure(load, forwarder, job));
    results.own.push(await measure(load, ours, job));
  }
  const of = (side, share) => median(results[side].map((result) => result[share]));
  return [
    row('latency p50, one connection', of('bare', 'p50'), of('own', 'p50'), 1.3, { unit: 'ms', digits: 2 }),
    row('latency p99, one connection', of('bare', 'p99'), of('own', 'p99'), 1.5, { unit: 'ms', digits: 2 }),
  ];
}

const openaiArgs = (upstream, port) => [
  bin,
  '--model',
  'openai/x',
  '--api_base',
  `${upstream.origin}/v1`,
  '--port',
  String(port),
];
const anthropicArgs = (upstream, port) => [
  bin,
  '--model',
  'anthropic/claude-x',
  '--api_base',
  upstream.origin,
  '--port',
  String(port),
];

/** Milliseconds from the start of the process to its first answer. */
async function timeStart(args, port, path) {
  const started = performance.now();
  const proxy = await startProxy(args, port, keys);
  const reply = await fetch(proxy.origin + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: ask('hello'),
  });
  await reply.text();
  const took = performance.now() - started;
  await stop(proxy);
  if (reply.status !== 200) throw new Error(`the first call was answered with ${reply.status}`);
  return took;
}

async function compareStart(upstream) {
  const bare = [];
  const own = [];
  for (let round = 0; round <= rounds; round++) {
    const [first, second] = [await freePort(), await freePort()];
    bare.push(await timeStart([`${root}test/bench/bare-server.mjs`, String(first)], first, '/'));
    own.push(await timeStart(openaiArgs(upstream, second), second, chat));
  }
  return row('start to the first answer', median(bare.slice(1)), median(own.slice(1)), 1.7, {
    unit: 'ms',
    more: 'reference: bare node:http server',
  });
}

async function compareRun(flag) {
  const bare = [];
  const own = [];
  for (let round = 0; round <= rounds; round++) {
    bare.push(await timeRun(['-e', '0']));
    own.push(await timeRun([bin, flag]));
  }
  return row(flag, median(bare.slice(1)), median(own.slice(1)), 1.3, { unit: 'ms', more: 'reference: node -e 0' });
}

const rows = [];
async function attempt(name, measureRow) {
  if (!name.includes(only)) return;
  try {
    rows.push(...[await measureRow()].flat());
  } catch (error) {
    rows.push(failedRow(name, error));
  }
  process.stderr.write(`${rows.at(-1).verdict.padEnd(6)} ${name}\n`);
}

async function run() {
  const upstream = await startServer('upstream.mjs');
  const forwarder = await startServer('forwarder.mjs', upstream.origin);
  const load = startLoad();
  const ports = { openai: await freePort(), anthropic: await freePort() };
  const proxies = {
    openai: await startProxy(openaiArgs(upstream, ports.openai), ports.openai, keys),
    anthropic: await startProxy(anthropicArgs(upstream, ports.anthropic), ports.anthropic, keys),
  };
  for (const work of works) {
    await attempt(work.name, () => compare(load, work, forwarder, proxies[work.to ?? 'openai']));
  }
  await attempt('latency', () => compareLatency(load, forwarder, proxies.openai));
  for (const proxy of [...Object.values(proxies), forwarder]) await stop(proxy);
  await attempt('start to the first answer', () => compareStart(upstream));
  for (const flag of ['--version', '--help']) await attempt(flag, () => compareRun(flag));
}

try {
  await run();
} catch (error) {
  rows.push(failedRow('the bench itself', error));
  console.error(error.message);
}
const reference = `${hasCpu ? 'CPU of' : 'time through'} the bare node:http + undici forwarder`;
console.log(`\n${rounds} interleaved rounds, medians; reference: ${reference}\n`);
print(rows);
process.exit(isRegression(rows) ? 1 : 0);
