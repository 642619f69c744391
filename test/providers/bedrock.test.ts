import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { resolveConfig } from '../../src/config/index.ts';
import type { JsonObject } from '../../src/hub/index.ts';
import { startProxy } from '../clients/proxy.ts';
import { validate } from '../dialects/validators.ts';

const seen: { url: string; body: JsonObject }[] = [];
const server = createServer((req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', (chunk: Buffer) => chunks.push(chunk));
  req.on('end', () => {
    const url = req.url ?? '';
    seen.push({ url, body: JSON.parse(Buffer.concat(chunks).toString()) });
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end(JSON.stringify(url.endsWith('/invoke') ? vector : answer));
  });
});
const vector = { embedding: [0.5, 0.25], inputTextTokenCount: 2 };
const answer = {
  output: { message: { role: 'assistant', content: [{ text: 'Hi' }] } },
  stopReason: 'end_turn',
  usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
};
let origin = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});
beforeEach(() => {
  seen.length = 0;
});

async function post(model: string, path: string, body: object): Promise<{ status: number; body: JsonObject }> {
  const proxy = await startProxy({ model: `bedrock/${model}`, api_base: origin, api_key: 'key-0123456789' });
  try {
    const reply = await fetch(`${proxy.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'any', ...body }),
    });
    return { status: reply.status, body: JSON.parse(await reply.text()) };
  } finally {
    await proxy.close();
  }
}

const hello = { messages: [{ role: 'user', content: 'Hello' }] };
const weather = { type: 'function', function: { name: 'w', parameters: { type: 'object', properties: {} } } };
const schema = {
  type: 'json_schema',
  json_schema: { name: 'n', schema: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] } },
};

/** Where a model's name leads: base URL and region, and the name that is left. */
const named: [string, Record<string, string>, { base: string; model: string }][] = [
  [
    'bedrock/amazon.nova-lite-v1:0',
    {},
    { base: 'https://bedrock-runtime.us-west-2.amazonaws.com', model: 'amazon.nova-lite-v1:0' },
  ],
  [
    'bedrock/amazon.nova-lite-v1:0',
    { AWS_DEFAULT_REGION: 'eu-west-3' },
    { base: 'https://bedrock-runtime.eu-west-3.amazonaws.com', model: 'amazon.nova-lite-v1:0' },
  ],
  [
    'bedrock/us-gov-west-1/anthropic.claude-x',
    { AWS_REGION_NAME: 'eu-west-3' },
    { base: 'https://bedrock-runtime.us-gov-west-1.amazonaws.com', model: 'anthropic.claude-x' },
  ],
  [
    'bedrock/converse/eu-west-1/us.meta.llama4',
    {},
    { base: 'https://bedrock-runtime.eu-west-1.amazonaws.com', model: 'us.meta.llama4' },
  ],
  [
    'bedrock/arn:aws:bedrock:ap-south-1:1:application-inference-profile/abc',
    { AWS_REGION: 'eu-west-3' },
    {
      base: 'https://bedrock-runtime.ap-south-1.amazonaws.com',
      model: 'arn:aws:bedrock:ap-south-1:1:application-inference-profile/abc',
    },
  ],
  [
    'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
    {},
    { base: 'https://bedrock-runtime.us-west-2.amazonaws.com', model: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0' },
  ],
  [
    'bedrock/x',
    { AWS_BEDROCK_RUNTIME_ENDPOINT: 'https://vpce-1.bedrock-runtime.eu-west-1.vpce.amazonaws.com/' },
    { base: 'https://vpce-1.bedrock-runtime.eu-west-1.vpce.amazonaws.com', model: 'x' },
  ],
];

test.each(named)('%s with %j', (model, env, wanted) => {
  const [deployment] = resolveConfig({ model }, env).config.deployments;
  expect({ base: deployment?.base, model: deployment?.model }).toEqual(wanted);
  expect(deployment?.auth).toMatchObject({ kind: 'sigv4' });
});

/** A model, what a client says, and members that arrive; undefined: 400. */
const ruled: [string, object, JsonObject | undefined][] = [
  [
    'us.anthropic.claude-3-7-sonnet-20250219-v1:0',
    { reasoning_effort: 'low' },
    {
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 1024 } },
      inferenceConfig: { maxTokens: 5120 },
    },
  ],
  [
    'anthropic.claude-opus-4-6-v1',
    { reasoning_effort: 'xhigh' },
    { additionalModelRequestFields: { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } } },
  ],
  ['anthropic.claude-3-haiku-20240307-v1:0', { reasoning_effort: 'low' }, undefined],
  [
    'openai.gpt-oss-120b-1:0',
    { reasoning_effort: 'high' },
    { additionalModelRequestFields: { reasoning_effort: 'high' } },
  ],
  [
    'us.amazon.nova-2-lite-v1:0',
    { reasoning_effort: 'low' },
    { additionalModelRequestFields: { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' } } },
  ],
  ['us.amazon.nova-lite-v1:0', { reasoning_effort: 'low' }, undefined],
  ['us.amazon.nova-lite-v1:0', { top_k: 3 }, { additionalModelRequestFields: { inferenceConfig: { topK: 3 } } }],
  [
    'us.amazon.nova-pro-v1:0',
    { web_search_options: {} },
    { toolConfig: { tools: [{ systemTool: { name: 'nova_grounding' } }] } },
  ],
  ['meta.llama3-1-8b-instruct-v1:0', { tools: [weather], tool_choice: 'required' }, undefined],
  ['meta.llama3-8b-instruct-v1:0', { tools: [weather] }, undefined],
  [
    'mistral.mistral-large-2407-v1:0',
    { tools: [weather], tool_choice: { type: 'function', function: { name: 'w' } } },
    { toolConfig: expect.objectContaining({ toolChoice: { any: {} } }) },
  ],
  [
    'anthropic.claude-sonnet-4-5-20250929-v1:0',
    { response_format: schema },
    { outputConfig: expect.objectContaining({ textFormat: expect.objectContaining({ type: 'json_schema' }) }) },
  ],
  [
    'us.amazon.nova-lite-v1:0',
    { response_format: schema },
    { toolConfig: expect.objectContaining({ toolChoice: { tool: { name: 'json_tool_call' } } }) },
  ],
  [
    'anthropic.claude-sonnet-4-5-20250929-v1:0',
    { tools: [weather], parallel_tool_calls: false },
    { additionalModelRequestFields: { tool_choice: { type: 'auto', disable_parallel_tool_use: true } } },
  ],
  ['amazon.nova-lite-v1:0', { tools: [weather], parallel_tool_calls: false }, undefined],
  ['amazon.nova-lite-v1:0', { seed: 1 }, undefined],
  [
    'amazon.nova-lite-v1:0',
    { temperature: 1.7, max_completion_tokens: 5, service_tier: 'flex' },
    { inferenceConfig: { maxTokens: 5, temperature: 1 }, serviceTier: { type: 'flex' } },
  ],
  [
    'anthropic.claude-opus-4-6-v1',
    { extra_body: { top_k: 4, guardrailConfig: { guardrailIdentifier: 'a', guardrailVersion: '1' } } },
    {
      additionalModelRequestFields: { top_k: 4 },
      guardrailConfig: { guardrailIdentifier: 'a', guardrailVersion: '1' },
    },
  ],
  [
    'anthropic.claude-opus-4-6-v1',
    { anthropic_beta: ['context-1m-2025-08-07'], drop_params: true },
    { additionalModelRequestFields: { anthropic_beta: ['context-1m-2025-08-07'] } },
  ],
];

describe('what a model takes', () => {
  test.each(ruled)('%s given %j', async (model, more, members) => {
    const { status, body } = await post(model, '/v1/chat/completions', { ...hello, ...more });
    if (members === undefined) {
      expect(status, JSON.stringify(body)).toBe(400);
      expect(seen).toEqual([]);
      return;
    }
    expect(status, JSON.stringify(body)).toBe(200);
    const [sent] = seen;
    expect(sent?.body).toMatchObject(members);
    for (const [name, value] of Object.entries(members)) expect(sent?.body[name]).toEqual(value);
    expect(validate('bedrock', sent?.body, 'request').errors).toEqual([]);
  });
});

test('vectors: one text a call, told in order', async () => {
  const { status, body } = await post('amazon.titan-embed-text-v2:0', '/v1/embeddings', {
    input: ['a', 'b'],
    dimensions: 256,
    encoding_format: 'float',
  });
  expect(status).toBe(200);
  expect(seen.map((one) => one.body)).toEqual([
    { inputText: 'a', dimensions: 256 },
    { inputText: 'b', dimensions: 256 },
  ]);
  expect(seen[0]?.url).toBe('/model/amazon.titan-embed-text-v2%3A0/invoke');
  expect(body).toMatchObject({
    data: [{ embedding: [0.5, 0.25] }, { embedding: [0.5, 0.25] }],
    usage: { prompt_tokens: 4 },
  });
});
