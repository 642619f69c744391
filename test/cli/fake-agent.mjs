/**
 * Stands in for an agent: finds its proxy as the agent of its name (FAKE_NAME) does, by that agent's own documentation.
 * Words: `report` prints what it was given, `call` asks the model and prints what came, `fail` asks and tells on stderr,
 * `exit <code>`, `die <signal>`, `wait` tells signals and ends with 9 after SIGTERM or a second SIGINT, `stdin` prints what it reads.
 */
import { writeFileSync } from 'node:fs';

const { env, argv } = process;
const own = argv.slice(2);
const word = own.findIndex((arg) => /^(?:report|call|fail|exit|die|wait|stdin)$/.test(arg));
const [what, detail] = own.slice(word);
const say = (value) => process.stdout.write(`${typeof value === 'string' ? value : JSON.stringify(value)}\n`);

const messages = [{ role: 'user', content: 'Hello' }];
const chat = (base, key, model) =>
  ask(`${base}/chat/completions`, { authorization: `Bearer ${key}` }, { model, messages });
const message = (base, headers, model) => ask(`${base}/v1/messages`, headers, { model, max_tokens: 9, messages });
const contents = [{ role: 'user', parts: [{ text: 'Hello' }] }];
const option = (name) => own[own.indexOf(name) + 1] ?? '';

/** How each agent reaches its model: url, headers and body of a call. */
const agents = {
  claude: () => {
    const given = { ...env, ...JSON.parse(option('--settings')).env };
    const headers = { authorization: `Bearer ${given.ANTHROPIC_AUTH_TOKEN}` };
    if (given.ANTHROPIC_API_KEY) headers['x-api-key'] = given.ANTHROPIC_API_KEY;
    return [message(given.ANTHROPIC_BASE_URL, headers, given.ANTHROPIC_MODEL)];
  },
  codex: () => {
    const settings = own.filter((_, at) => own[at - 1] === '-c').join('\n');
    const setting = (name) => new RegExp(`${name}="([^"]*)"`).exec(settings)?.[1];
    const headers = { authorization: `Bearer ${env[setting('env_key')]}` };
    return [ask(`${setting('base_url')}/responses`, headers, { model: setting('model'), input: 'Hello' })];
  },
  gemini: () => {
    const path = `/v1beta1/publishers/google/models/${env.GEMINI_MODEL}:generateContent`;
    return [ask(env.GOOGLE_VERTEX_BASE_URL + path, { 'x-goog-api-key': env.GOOGLE_API_KEY }, { contents })];
  },
  aider: () => [chat(env.AIDER_OPENAI_API_BASE, env.AIDER_OPENAI_API_KEY, option('--model').replace(/^openai\//, ''))],
  opencode: () => {
    const { model, provider } = JSON.parse(env.OPENCODE_CONFIG_CONTENT);
    const [, id, name] = /^([^/]*)\/(.*)$/.exec(model);
    const { options, models } = provider[id];
    if (models[name] === undefined) throw new Error(`no model ${name}`);
    return [
      chat(
        options.baseURL,
        options.apiKey.replace(/\{env:(\w+)\}/, (_, key) => env[key]),
        name,
      ),
    ];
  },
  qwen: () => [chat(option('--openai-base-url'), env.OPENAI_API_KEY, option('--model'))],
  other: () => {
    const { OPENAI_MODEL, ANTHROPIC_MODEL, ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN } = env;
    const azure = `${env.AZURE_OPENAI_ENDPOINT}/openai/deployments/${OPENAI_MODEL}/chat/completions?api-version=${env.OPENAI_API_VERSION}`;
    return [
      chat(env.OPENAI_BASE_URL, env.OPENAI_API_KEY, OPENAI_MODEL),
      chat(env.OPENAI_API_BASE, env.OPENAI_API_KEY, OPENAI_MODEL),
      message(env.ANTHROPIC_BASE_URL, { 'x-api-key': ANTHROPIC_API_KEY }, ANTHROPIC_MODEL),
      message(env.ANTHROPIC_BASE_URL, { authorization: `Bearer ${ANTHROPIC_AUTH_TOKEN}` }, ANTHROPIC_MODEL),
      ask(azure, { 'api-key': env.AZURE_OPENAI_API_KEY }, { messages }),
      chat(`${env.LITELLM_PROXY_API_BASE}/v1`, env.LITELLM_PROXY_API_KEY, OPENAI_MODEL),
      ...['GOOGLE_GEMINI_BASE_URL', 'OLLAMA_HOST', 'MODELPORT_URL'].map((name) =>
        ask(`${env[name]}/health/liveliness`),
      ),
    ];
  },
};

async function ask(url, headers = {}, body = undefined) {
  const init = body && { method: 'POST', body: JSON.stringify(body) };
  const reply = await fetch(url, { ...init, headers: { 'content-type': 'application/json', ...headers } });
  return { url, status: reply.status, text: await reply.text() };
}

const words = {
  report: () => say({ args: own, env, pid: process.pid }),
  call: async () => {
    for (const reply of await Promise.all(agents[env.FAKE_NAME]())) say(reply);
  },
  fail: async () => {
    await Promise.all(agents[env.FAKE_NAME]());
    await new Promise((resolve) => setTimeout(resolve, 200));
    process.stderr.write('the agent is done\n');
  },
  exit: () => process.exit(Number(detail)),
  die: () => process.kill(process.pid, detail),
  wait: () => {
    let interrupts = 0;
    process.on('SIGHUP', () => say('got SIGHUP'));
    process.on('SIGINT', () => {
      if (++interrupts === 2) process.exit(9);
      say('got SIGINT');
    });
    process.on('SIGTERM', () => process.exit(9));
    if (env.FAKE_PID) writeFileSync(env.FAKE_PID, String(process.pid));
    setInterval(() => {}, 1000);
    say(`ready ${env.MODELPORT_URL ?? env.OPENAI_BASE_URL}`);
  },
  stdin: () => process.stdin.pipe(process.stdout),
};

await words[what]();
