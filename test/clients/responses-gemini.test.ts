import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { JsonObject } from '../../src/hub/index.ts';
import { validate } from '../dialects/validators.ts';
import { type RunningProxy, startProxy } from './proxy.ts';

/** A maker of proofs on calls, whose calls have no ids: both survive the turns of a client of Responses. */

type Item = OpenAI.Responses.ResponseInputItem;
const seen: JsonObject[] = [];
const proof = 'Z2VtaW5pLXByb29m';
const called = [
  { text: 'Let me think.', thought: true },
  { functionCall: { name: 'find', args: { at: 'Paris' } }, thoughtSignature: proof },
  { functionCall: { name: 'apply_patch', args: { input: '*** "x"\n' } } },
];
const said = [{ text: 'Sunny.' }];
const upstream = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    const body: JsonObject = JSON.parse(Buffer.concat(chunks).toString());
    seen.push(body);
    const parts = JSON.stringify(body).includes('functionResponse') ? said : called;
    const reply = {
      candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP', index: 0 }],
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 },
    };
    const stream = req.url?.includes('stream') === true;
    res.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
    res.end(stream ? `data: ${JSON.stringify(reply)}\r\n\r\n` : JSON.stringify(reply));
  });
});
let proxy: RunningProxy;
let client: OpenAI;

beforeAll(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const { port } = upstream.address() as AddressInfo;
  const flags = { model: 'gemini/gemini-3-pro-preview', api_base: `http://127.0.0.1:${port}` };
  proxy = await startProxy(flags, { GEMINI_API_KEY: 'AIza-0123456789' });
  client = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: 'anything', maxRetries: 0 });
});
afterAll(async () => {
  await proxy.close();
  upstream.close();
  upstream.closeAllConnections();
});
beforeEach(() => {
  seen.length = 0;
});

const tools: OpenAI.Responses.Tool[] = [
  {
    type: 'function',
    name: 'find',
    parameters: { type: 'object', properties: { at: { type: 'string' } } },
    strict: false,
  },
  { type: 'custom', name: 'apply_patch' },
];

test.each([
  ['its own history', 'whole'],
  ['its own history', 'stream'],
  ['previous_response_id', 'whole'],
  ['previous_response_id', 'stream'],
])('proofs and ids of calls come back by %s, %s', async (way, mode) => {
  const ask = (body: Omit<OpenAI.Responses.ResponseCreateParamsNonStreaming, 'stream'>) =>
    mode === 'whole' ? client.responses.create(body) : client.responses.stream(body).finalResponse();
  const first = await ask({ model: 'm', input: 'Weather?', tools });
  const [call, patch] = first.output.filter((item) => 'call_id' in item);
  expect(call).toMatchObject({ type: 'function_call', name: 'find', arguments: '{"at":"Paris"}' });
  expect(patch).toMatchObject({ type: 'custom_tool_call', name: 'apply_patch', input: '*** "x"\n' });
  if (call?.type !== 'function_call' || patch?.type !== 'custom_tool_call') return;
  const results: Item[] = [
    { type: 'function_call_output', call_id: call.call_id, output: 'sun' },
    { type: 'custom_tool_call_output', call_id: patch.call_id, output: 'done' },
  ];
  const second = await ask(
    way === 'previous_response_id'
      ? { model: 'm', previous_response_id: first.id, input: results, tools }
      : { model: 'm', input: [{ role: 'user', content: 'Weather?' }, ...(first.output as Item[]), ...results], tools },
  );
  expect(second.output_text).toBe('Sunny.');
  expect(seen.map((body) => validate('gemini', body, 'request').errors)).toEqual([[], []]);
  const contents = seen[1]?.['contents'];
  const parts = Array.isArray(contents) ? contents.flatMap((one) => Object(one).parts) : [];
  expect(parts).toContainEqual(
    expect.objectContaining({ functionCall: expect.objectContaining({ name: 'find' }), thoughtSignature: proof }),
  );
  expect(parts.filter((part) => Object(part).functionResponse !== undefined)).toHaveLength(2);
  expect(JSON.stringify(seen[1])).not.toContain('eyJtb2RlbHBvcnQi');
});
