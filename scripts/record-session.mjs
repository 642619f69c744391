/**
 * Records a session of ten turns of a real coding agent: `node scripts/record-session.mjs <agent> ...`, with agents
 * installed below MODELPORT_TEST_AGENTS (npm install --prefix) or on PATH. The agent runs on modelport over a scripted
 * model of Anthropic's; what it sends to the proxy becomes test/clients/recorded/<agent>.json. Paths, names and ids of this machine are
 * replaced, and so is the prose of prompts and descriptions: by filler of the same shape.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { agentSteps } from '../test/clients/agent-steps.mjs';
import { startScriptedModel } from '../test/clients/scripted-model.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const installed = process.env.MODELPORT_TEST_AGENTS;
const bins = installed === undefined ? [] : [join(installed, 'node_modules/.bin'), join(installed, '.bin'), installed];
const path = [...bins, process.env.PATH].join(':');

/** How an agent finds its proxy: the table of `modelport run`. */
async function loadSetup() {
  const outfile = join(root, `node_modules/.cache/modelport-agents-${process.pid}.mjs`);
  await build({
    entryPoints: [join(root, 'src/cli/agents.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
  const { setupOf } = await import(pathToFileURL(outfile).href);
  rmSync(outfile);
  return setupOf;
}

/** The proxy, on a free port. */
function startProxy(upstream) {
  const args = ['bin/modelport.js', '--port', '0', '--model', 'anthropic/claude-sonnet-4-5', '--api_base', upstream];
  const env = { PATH: path, ANTHROPIC_API_KEY: 'sk-ant-recording-0123456789' };
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] });
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`the proxy ended with ${code}`)));
    child.stderr.on('data', (chunk) => {
      const found = /running on http:\/\/localhost:(\d+)/.exec(String(chunk));
      if (found !== null) resolve({ port: Number(found[1]), stop: () => child.kill() });
    });
  });
}

/** Stands before the proxy and keeps what comes. */
function startRecorder(port) {
  const kept = [];
  const server = createServer((req, res) => {
    const chunks = [];
    req.on('data', (chunk) => chunks.push(chunk));
    req.on('end', () => {
      const bytes = Buffer.concat(chunks);
      if (req.method === 'POST') kept.push({ path: req.url, headers: req.headers, body: JSON.parse(bytes.toString()) });
      const { method, url, headers } = req;
      const onward = request(
        { port, method, path: url, headers: { ...headers, host: `localhost:${port}` } },
        (reply) => {
          res.writeHead(reply.statusCode, reply.headers);
          reply.pipe(res);
        },
      );
      onward.on('error', () => res.destroy());
      onward.end(bytes);
    });
  });
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () =>
      resolve({ kept, url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() }),
    ),
  );
}

async function record(name, setupOf) {
  const agent = agentSteps[name];
  const folder = mkdtempSync(join(tmpdir(), 'modelport-record-'));
  const [home, project] = [join(folder, 'home'), join(folder, 'project')];
  mkdirSync(home);
  mkdirSync(project);
  writeFileSync(join(project, 'notes.txt'), 'first line\nsecond line\nthird line: Grüße, 東京 🙂\n');
  writeFileSync(join(project, 'sum.js'), 'export function sum(a, b) {\n  return a - b;\n}\n');
  const model = await startScriptedModel({ tool: agent.tool, steps: agent.steps(project) });
  const proxy = await startProxy(model.url);
  const recorder = await startRecorder(proxy.port);
  const setup = setupOf(name, { url: recorder.url, key: 'sk-modelport', model: 'claude-sonnet-4-5' });
  const env = { PATH: path, HOME: home, TERM: 'dumb', LANG: 'C.UTF-8', ...agent.env, ...setup.variables };
  const child = spawn(name, [...setup.args, ...agent.args('Mend sum.js, then tell me what you did.')], {
    cwd: project,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), 180_000);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(limit);
  const version = spawnSync(name, ['--version'], { env, encoding: 'utf8' }).stdout.trim().split('\n').at(-1);
  recorder.stop();
  proxy.stop();
  model.stop();
  rmSync(folder, { recursive: true, force: true });
  const main = recorder.kept.filter(({ body }) => JSON.stringify(body.tools ?? []).includes(`"name":"${agent.tool}"`));
  const file = join(root, 'test/clients/recorded', `${name}.json`);
  const how =
    'node scripts/record-session.mjs, over the scripted model of scripted-model.mjs (Claude); prose is filler';
  const neutral = neutralizer(project, home);
  const requests = main.map(({ path: at, headers, body }) => ({
    path: at,
    headers: telling(headers),
    body: neutral(body),
  }));
  writeFileSync(file, `${JSON.stringify({ agent: name, version, how, turns: deltas(requests) }, null, 1)}\n`);
  spawnSync('npx', ['biome', 'format', '--write', file], { cwd: root });
  console.error(`${name} ${version}: exit code ${code}, ${main.length} turns of ${recorder.kept.length} requests`);
}

/** Headers that say something about the dialect. */
function telling(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([key]) => /^anthropic-(?:beta|version)$/.test(key)));
}

/** Texts that must stay what they are: proofs, arguments, ids. */
const literal =
  /^(?:arguments|input|args|signature|encrypted_content|thoughtSignature|data|id|call_id|tool_use_id|tool_call_id|name|type|model|\$schema|pattern)$/;

function neutralizer(project, home) {
  const words = [
    [project, '/home/user/project'],
    [home, '/home/user'],
    [tmpdir(), '/tmp'],
    [hostname(), 'machine'],
  ];
  // Ids that differ stay different.
  const ids = [];
  const numberOf = (id) => String((ids.includes(id) ? ids.indexOf(id) : ids.push(id) - 1) + 1);
  const plain = (text) => {
    let out = text;
    for (const [word, instead] of words) out = out.replaceAll(word, instead);
    return out
      .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, (id) => {
        return `00000000-0000-4000-8000-${numberOf(id).padStart(12, '0')}`;
      })
      .replace(/\b[0-9a-f]{64}\b/g, (id) => numberOf(id).padStart(64, '0'))
      .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:4000');
  };
  const walk = (value, key, inside) => {
    if (typeof value === 'string') {
      const text = plain(value);
      if (inside || literal.test(key)) return text;
      return text.length > 160 || (key === 'description' && text.length > 24) ? filler(text) : text;
    }
    if (Array.isArray(value)) return value.map((one) => walk(one, '', inside));
    if (value === null || typeof value !== 'object') return value;
    // Arguments of calls are objects in some dialects, and what is inside them is literal, whatever it is called.
    const literals = inside || /^(?:args|arguments|input)$/.test(key);
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, walk(one, name, literals)]));
  };
  return (body) => walk(body, '', false);
}

const vocabulary =
  'stone river lamp quiet harbor seven maple window garden copper evening bread letter signal meadow'.split(' ');

/** Words of the same number in the same lines, marks and all, as far as 700 characters go. */
function filler(text) {
  let n = 0;
  const shaped = text.slice(0, 700).replace(/[\p{L}\p{N}_./-]+/gu, (word) => {
    const next = vocabulary[n++ % vocabulary.length];
    return /^\p{Lu}/u.test(word) ? next[0].toUpperCase() + next.slice(1) : next;
  });
  // Two texts that begin alike stay two texts.
  return text.length > 700 ? `${shaped} (${text.length} characters)` : shaped;
}

/** Each request as what it adds to the one before: fields that changed, and the conversation from the first new item on. */
function deltas(requests) {
  let before = {};
  return requests.map(({ path: at, headers, body }) => {
    const history = ['messages', 'input', 'contents'].find((field) => Array.isArray(body[field]));
    const fields = Object.fromEntries(
      Object.entries(body).filter(
        ([key, value]) => key !== history && JSON.stringify(before[key]) !== JSON.stringify(value),
      ),
    );
    const gone = Object.keys(before).filter((key) => !(key in body));
    const old = before[history] ?? [];
    const differs = body[history].findIndex((item, n) => JSON.stringify(item) !== JSON.stringify(old[n]));
    const keep = differs === -1 ? body[history].length : differs;
    before = body;
    return { path: at, headers, history, keep, items: body[history].slice(keep), fields, gone };
  });
}

const setupOf = await loadSetup();
const asked = process.argv.slice(2);
for (const name of asked.length === 0 ? Object.keys(agentSteps) : asked) await record(name, setupOf);
process.exit(0);
