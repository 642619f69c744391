import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyFolder, endAll, json, once, type Upstream, upstream } from './spawn.ts';

/**
 * Real agents, through a model of another dialect: one turn, and one with a tool that writes a file. They are taken from
 * where a variable such as MODELPORT_TEST_CLAUDE says, or from node_modules; npm test installs none.
 */
interface RealAgent {
  name: string;
  file: string | undefined;
  /** A provider of another dialect than the agent's. */
  provider: 'openai' | 'anthropic';
  args: readonly string[];
  env: Record<string, string>;
  /** The tool that writes a file, and how it is called. */
  tool: string;
  input(file: string, text: string): object;
}

const native = `${process.platform}-${process.arch}`;
const prompt = 'Write the file, then tell me.';
const text = 'Hello "quotes" \\ and ünïcödé\n';
const done = 'FINAL WORDS 7431';
const asFilePath = (file: string, content: string) => ({ file_path: file, content });

const agents: readonly RealAgent[] = [
  {
    name: 'claude',
    file: find('claude', `@anthropic-ai/claude-code-${native}/claude`),
    provider: 'openai',
    args: ['-p', prompt, '--dangerously-skip-permissions'],
    env: { IS_SANDBOX: '1', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' },
    tool: 'Write',
    input: asFilePath,
  },
  {
    name: 'opencode',
    file: find('opencode', `opencode-${native}/bin/opencode`),
    provider: 'anthropic',
    args: ['run', '--pure', '--auto', prompt],
    env: { OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_MODELS_FETCH: '1', OPENCODE_DISABLE_LSP_DOWNLOAD: '1' },
    tool: 'write',
    input: (filePath, content) => ({ filePath, content }),
  },
  {
    name: 'qwen',
    file: find('qwen', '@qwen-code/qwen-code/cli.js'),
    provider: 'anthropic',
    args: ['-y', '-p', prompt],
    env: { QWEN_TELEMETRY_ENABLED: 'false' },
    tool: 'write_file',
    input: asFilePath,
  },
];

function find(name: string, inModules: string): string | undefined {
  const given = process.env[`MODELPORT_TEST_${name.toUpperCase()}`];
  const found = resolve(import.meta.dirname, '../../node_modules', inModules);
  return given ?? (existsSync(found) ? found : undefined);
}

/** What a model does with a request: it writes the file when it has the tool and has not done so. */
interface Turn {
  say: string;
  call?: { id: string; name: string; input: string };
}

function turn(body: string, agent: RealAgent, file: string): Turn {
  const { tools, messages } = JSON.parse(body) as { tools?: object[]; messages: object[] };
  if (!JSON.stringify(tools ?? []).includes(`"name":"${agent.tool}"`)) return { say: 'A title' };
  if (JSON.stringify(messages).includes('call_write_1')) return { say: done };
  const input = JSON.stringify(agent.input(file, text));
  return { say: 'I write it.', call: { id: 'call_write_1', name: agent.tool, input } };
}

type Speak = (res: ServerResponse, stream: boolean, turn: Turn) => void;

const speak: Record<RealAgent['provider'], Speak> = {
  openai: (res, stream, { say, call }) => {
    const head = { id: 'chatcmpl-1', created: 1, model: 'm' };
    const calls = call && [{ id: call.id, type: 'function', function: { name: call.name, arguments: call.input } }];
    const finish_reason = call === undefined ? 'stop' : 'tool_calls';
    const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 };
    if (!stream) {
      const message = { role: 'assistant', content: say, ...(calls && { tool_calls: calls }) };
      json(res, 200, { ...head, object: 'chat.completion', choices: [{ index: 0, message, finish_reason }], usage });
      return;
    }
    const deltas = [
      { role: 'assistant', content: say },
      ...(calls ?? []).map((one) => ({ tool_calls: [{ index: 0, ...one }] })),
    ];
    const choices = [...deltas.map((delta) => ({ delta, finish_reason: null })), { delta: {}, finish_reason }];
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const choice of choices)
      res.write(
        `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: [{ index: 0, ...choice }] })}\n\n`,
      );
    res.end(
      `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: [], usage })}\n\ndata: [DONE]\n\n`,
    );
  },
  anthropic: (res, stream, { say, call }) => {
    const stop_reason = call === undefined ? 'end_turn' : 'tool_use';
    const head = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_sequence: null };
    const usage = { input_tokens: 9, output_tokens: 2 };
    const tool = call && { type: 'tool_use', id: call.id, name: call.name };
    if (!stream) {
      const content = [{ type: 'text', text: say }, ...(tool ? [{ ...tool, input: JSON.parse(call.input) }] : [])];
      json(res, 200, { ...head, content, stop_reason, usage });
      return;
    }
    const blocks = [
      { start: { type: 'text', text: '' }, delta: { type: 'text_delta', text: say } },
      ...(tool
        ? [{ start: { ...tool, input: {} }, delta: { type: 'input_json_delta', partial_json: call.input } }]
        : []),
    ];
    const events = [
      { type: 'message_start', message: { ...head, content: [], stop_reason: null, usage } },
      ...blocks.flatMap(({ start, delta }, index) => [
        { type: 'content_block_start', index, content_block: start },
        { type: 'content_block_delta', index, delta },
        { type: 'content_block_stop', index },
      ]),
      { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage },
      { type: 'message_stop' },
    ];
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.end(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''));
  },
};

describe.each(agents)('$name over $provider', (agent) => {
  const cwd = emptyFolder();
  const home = emptyFolder();
  const bin = emptyFolder();
  const written = join(cwd, 'hello.txt');
  let provider: Upstream;

  beforeAll(async () => {
    if (agent.file !== undefined) symlinkSync(resolve(agent.file), join(bin, agent.name));
    provider = await upstream((body, res) => {
      if (body === '') return json(res, 404, { error: { message: 'not here' } });
      const { stream = false } = JSON.parse(body) as { stream?: boolean };
      speak[agent.provider](res, stream, turn(body, agent, written));
    });
  });
  afterAll(() => {
    endAll();
    provider.close();
  });

  it('writes a file with its own tool, and its last words are the model’s', { timeout: 120_000 }, async ({ skip }) => {
    const variable = `MODELPORT_TEST_${agent.name.toUpperCase()}`;
    if (agent.file === undefined) skip(`${agent.name} is not installed here: set ${variable} to its file`);
    const keys = { OPENAI_API_KEY: 'sk-openai-real-1', ANTHROPIC_API_KEY: 'sk-ant-api-real-1' };
    const path = `${bin}:${process.env['PATH'] ?? ''}`;
    const env = { ...keys, ...agent.env, PATH: path, HOME: home, TERM: 'dumb' };
    const model = agent.provider === 'openai' ? 'openai/gpt-5' : 'anthropic/claude-sonnet-4-5';
    const typed = ['run', agent.name, '--model', model, '--api_base', provider.url, '--', ...agent.args];
    const { code, out, err } = await once(typed, { env, cwd });
    expect({ code, out, err }).toMatchObject({ code: 0, out: expect.stringContaining(done) });
    expect(readFileSync(written, 'utf8')).toBe(text);
    expect(err).toMatch(/\d+ calls, \d+ tokens in, \d+ out/);
    for (const headers of provider.seen) expect(JSON.stringify(headers)).not.toContain('sk-modelport');
  });
});
