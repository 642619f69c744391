import { describe, expect, test } from 'vitest';
import { type Deployment, type Params, type Provider, ProxyError } from '../../src/hub/index.ts';
import { plan } from '../../src/translate/index.ts';
import { type Body, callOf, deployment, hello, sent } from './desk.ts';

const anthropic: Partial<Provider> = {
  id: 'anthropic',
  dialect: 'anthropic-messages',
  strict: true,
  fill: { maxTokens: 4096 },
};

interface Row {
  name: string;
  body: Body;
  provider?: Partial<Provider>;
  to?: Partial<Deployment>;
  /** Words with the values that the provider must get; `undefined`: must not get. */
  gets?: Body;
  dropped?: string[];
  refused?: string[];
}

const gpt5 = { refuses: [{ param: 'temperature', unless: [1] }, 'stop'] } as const satisfies Partial<Provider>;
const thinker = {
  refuses: [{ param: 'temperature', unless: [1], whileReasoning: true }],
} as const satisfies Partial<Provider>;
const forced = (params: Params): Partial<Deployment> => ({ forced: params });

const rows: Row[] = [
  { name: 'a refused word', body: { seed: 1 }, provider: { refuses: ['seed'] }, refused: ['seed'] },
  {
    name: 'all refused words at once',
    body: { seed: 1, stop: 'x', temperature: 1 },
    provider: { refuses: ['seed', 'stop'] },
    refused: ['seed', 'stop'],
  },
  {
    name: 'drop_params of the deployment',
    body: { seed: 1 },
    provider: { refuses: ['seed'] },
    to: { dropParams: true },
    gets: { seed: undefined },
    dropped: ['seed'],
  },
  {
    name: 'drop_params of the body',
    body: { seed: 1, drop_params: true },
    provider: { refuses: ['seed'] },
    gets: { seed: undefined, drop_params: undefined },
    dropped: ['seed'],
  },
  {
    name: 'drop_params as text',
    body: { seed: 1, drop_params: 'True' },
    provider: { refuses: ['seed'] },
    gets: { seed: undefined },
    dropped: ['seed'],
  },
  {
    name: 'a neutral value is left out in silence',
    body: { n: 1, presence_penalty: 0, logit_bias: {} },
    provider: { refuses: ['n', 'presencePenalty', 'logitBias'] },
    gets: { n: undefined, presence_penalty: undefined, logit_bias: undefined },
    dropped: [],
  },
  {
    name: 'a neutral value that is taken stays',
    body: { n: 1 },
    gets: { n: 1 },
    dropped: [],
  },
  {
    name: 'an explicit null is left out in silence',
    body: { max_tokens: null, tools: null, response_format: null },
    gets: { max_tokens: undefined, tools: undefined, response_format: undefined },
    dropped: [],
  },
  { name: 'n above one is refused', body: { n: 2 }, provider: { refuses: ['n'] }, refused: ['n'] },
  {
    name: 'silent words',
    body: { user: 'u', stream_options: { include_usage: true } },
    provider: { refuses: ['user', 'streamOptions'] },
    gets: { user: undefined, stream_options: undefined },
    dropped: [],
  },
  { name: 'a value that is allowed', body: { temperature: 1 }, provider: gpt5, gets: { temperature: 1 } },
  { name: 'a value that is not', body: { temperature: 0.2 }, provider: gpt5, refused: ['temperature'] },
  {
    name: 'while reasoning',
    body: { temperature: 0.2, reasoning_effort: 'low' },
    provider: thinker,
    refused: ['temperature'],
  },
  {
    name: 'while not reasoning',
    body: { temperature: 0.2, reasoning_effort: 'none' },
    provider: thinker,
    gets: { temperature: 0.2 },
  },
  {
    name: 'one spelling only',
    body: { thinking: { type: 'enabled', budget_tokens: 9 } },
    provider: { refuses: [{ word: 'thinking' }] },
    refused: ['thinking'],
  },
  {
    name: 'the other spelling',
    body: { reasoning_effort: 'low' },
    provider: { refuses: [{ word: 'thinking' }] },
    gets: { reasoning_effort: 'low' },
  },
  {
    name: 'both spellings, one dropped',
    body: { reasoning_effort: 'low', thinking: { type: 'enabled', budget_tokens: 9 } },
    provider: { refuses: [{ word: 'thinking' }] },
    to: { dropParams: true },
    gets: { reasoning_effort: 'low', thinking: undefined },
    dropped: ['thinking'],
  },
  {
    name: 'a word that the dialect lacks',
    body: { seed: 1, logit_bias: { 5: 1 }, n: 2 },
    provider: anthropic,
    refused: ['seed', 'logit_bias', 'n'],
  },
  {
    name: 'a word that the dialect lacks, dropped',
    body: { seed: 1, logit_bias: { 5: 1 } },
    provider: anthropic,
    to: { dropParams: true },
    gets: { seed: undefined, logit_bias: undefined },
    dropped: ['seed', 'logit_bias'],
  },
  {
    name: 'a model rule replaces the row',
    body: { seed: 1, stop: 'x' },
    provider: { refuses: ['seed'], models: [{ match: /^m-/, refuses: ['stop'] }] },
    refused: ['stop'],
  },
  {
    name: 'a model rule replaces only what it says',
    body: { seed: 1 },
    provider: { refuses: ['seed'], models: [{ match: /^m-/, fill: {} }] },
    refused: ['seed'],
  },
  {
    name: 'the first model rule that matches',
    body: { seed: 1 },
    provider: { models: [{ match: /x/, refuses: ['seed'] }, { match: /m/ }, { match: /m-1/, refuses: ['seed'] }] },
    gets: { seed: 1 },
  },
  {
    name: 'allowed by the request',
    body: { seed: 1, allowed_openai_params: ['seed'] },
    provider: { refuses: ['seed'] },
    gets: { seed: 1, allowed_openai_params: undefined },
  },
  {
    name: 'allowed by the deployment',
    body: { seed: 1 },
    provider: { refuses: ['seed'] },
    to: { allowed: ['seed'] },
    gets: { seed: 1 },
  },
  {
    name: 'allowed, in another dialect',
    body: { seed: 1, allowed_openai_params: ['seed'] },
    provider: anthropic,
    gets: { seed: 1, max_tokens: 4096 },
  },
  {
    name: 'allowed but not sent',
    body: { allowed_openai_params: ['seed'] },
    provider: anthropic,
    gets: { seed: undefined },
  },
  {
    name: 'additional_drop_params before the check',
    body: { seed: 1, additional_drop_params: ['seed'] },
    provider: { refuses: ['seed'] },
    gets: { seed: undefined },
    dropped: ['seed'],
  },
  {
    name: 'additional_drop_params of a taken word',
    body: { temperature: 1 },
    to: { alsoDrop: ['temperature'] },
    gets: { temperature: undefined },
  },
  {
    name: 'additional_drop_params of an unknown word',
    body: { foo: 1, additional_drop_params: ['foo'] },
    gets: { foo: undefined },
  },
  {
    name: 'a path below',
    body: { tools: [tool({ strict: true })], additional_drop_params: ['tools[*].function.strict'] },
    gets: { tools: [tool({})] },
  },
  {
    name: 'a path below, translated',
    body: { tools: [tool({ strict: true })], additional_drop_params: ['tools[*].strict'] },
    provider: anthropic,
    gets: { tools: [{ name: 'f', input_schema: { type: 'object', properties: {} } }] },
  },
  {
    name: 'a rename',
    body: { max_tokens: 5 },
    provider: { renames: { max_tokens: 'max_completion_tokens' } },
    gets: { max_tokens: undefined, max_completion_tokens: 5 },
  },
  {
    name: 'the target of a rename wins',
    body: { max_tokens: 5, max_completion_tokens: 6 },
    provider: { renames: { max_tokens: 'max_completion_tokens' } },
    gets: { max_tokens: undefined, max_completion_tokens: 6 },
  },
  {
    name: 'renamed before it is refused',
    body: { max_completion_tokens: 5 },
    provider: { renames: { max_completion_tokens: 'max_tokens' }, refuses: [{ word: 'max_completion_tokens' }] },
    gets: { max_tokens: 5, max_completion_tokens: undefined },
  },
  { name: 'filled where absent', body: {}, provider: anthropic, gets: { max_tokens: 4096 } },
  { name: 'not filled where present', body: { max_tokens: 7 }, provider: anthropic, gets: { max_tokens: 7 } },
  { name: 'filled where null', body: { max_tokens: null }, provider: anthropic, gets: { max_tokens: 4096 } },
  { name: 'filled in passed bytes', body: {}, provider: { fill: { maxTokens: 9 } }, gets: { max_tokens: 9 } },
  {
    name: 'no fill below the thinking',
    body: { thinking: { type: 'enabled', budget_tokens: 8000 } },
    provider: anthropic,
    gets: { max_tokens: 12096 },
  },
  {
    name: 'clamped',
    body: { temperature: 1.7 },
    provider: { ...anthropic, clamp: { temperature: [0, 1] } },
    gets: { temperature: 1 },
  },
  {
    name: 'clamped in passed bytes',
    body: { temperature: 1.7 },
    provider: { clamp: { temperature: [0, 1] } },
    gets: { temperature: 1 },
  },
  {
    name: 'inside the clamp',
    body: { temperature: 0.7 },
    provider: { clamp: { temperature: [0, 1] } },
    gets: { temperature: 0.7 },
  },
  { name: 'a default', body: {}, to: { defaults: { temperature: 0.3 } }, gets: { temperature: 0.3 } },
  {
    name: 'the request over a default',
    body: { temperature: 1 },
    to: { defaults: { temperature: 0.3 } },
    gets: { temperature: 1 },
  },
  {
    name: 'the command line over the request',
    body: { temperature: 1 },
    to: forced({ temperature: 0.3 }),
    gets: { temperature: 0.3 },
  },
  {
    name: 'the command line, translated',
    body: { temperature: 1, max_completion_tokens: 3 },
    provider: anthropic,
    to: forced({ temperature: 0.3, maxTokens: 8 }),
    gets: { temperature: 0.3, max_tokens: 8 },
  },
  {
    name: 'the other spelling of a forced word goes',
    body: { max_completion_tokens: 3 },
    to: forced({ maxTokens: 8 }),
    gets: { max_tokens: 8, max_completion_tokens: undefined },
  },
  {
    name: 'a forced word is renamed',
    body: { max_tokens: 3 },
    provider: { renames: { max_tokens: 'max_completion_tokens' } },
    to: forced({ maxTokens: 8 }),
    gets: { max_tokens: undefined, max_completion_tokens: 8 },
  },
  { name: 'a forced zero counts', body: { temperature: 1 }, to: forced({ temperature: 0 }), gets: { temperature: 0 } },
  {
    name: 'a forced value that the model cannot take',
    body: { temperature: 0.7 },
    provider: gpt5,
    to: forced({ temperature: 0.3 }),
    gets: { temperature: undefined },
    dropped: ['temperature'],
  },
  {
    name: 'a default that the model cannot take',
    body: {},
    provider: gpt5,
    to: { defaults: { temperature: 0.3 } },
    gets: { temperature: undefined },
    dropped: ['temperature'],
  },
  {
    name: 'a forced value is clamped',
    body: {},
    provider: { clamp: { temperature: [0, 1] } },
    to: forced({ temperature: 2 }),
    gets: { temperature: 1 },
  },
  {
    name: 'extra_body goes to the top',
    body: { extra_body: { top_k: 4, foo: [1] } },
    gets: { top_k: 4, foo: [1], extra_body: undefined },
  },
  {
    name: 'extra_body, translated',
    body: { extra_body: { top_k: 4 } },
    provider: anthropic,
    gets: { top_k: 4, extra_body: undefined },
  },
  {
    name: 'extra_body is not held against the table',
    body: { extra_body: { seed: 1 } },
    provider: { refuses: ['seed'] },
    gets: { seed: 1 },
  },
  {
    name: 'extra_body cannot choose the model',
    body: { extra_body: { model: 'x', messages: [], stream: true } },
    gets: { model: 'm-1', stream: undefined, messages: hello },
  },
  {
    name: 'extra_body holds no steering either',
    body: { extra_body: { api_key: 'k', litellm_x: 1, metadata: {} } },
    gets: { api_key: undefined, litellm_x: undefined, metadata: undefined },
  },
  {
    name: 'unknown words pass',
    body: { foo: 1, stop_sequences: ['x'] },
    provider: { strict: true },
    gets: { foo: 1, stop_sequences: ['x'] },
  },
  {
    name: 'strict rows lose unknown words with drop_params',
    body: { foo: 1, stop_sequences: ['x'], temperature: 1 },
    provider: { strict: true },
    to: { dropParams: true },
    gets: { foo: undefined, stop_sequences: undefined, temperature: 1 },
    dropped: ['foo', 'stop_sequences'],
  },
  {
    name: 'strict rows keep what extra_body says',
    body: { extra_body: { foo: 1 } },
    provider: { strict: true },
    to: { dropParams: true },
    gets: { foo: 1 },
  },
  {
    name: 'strict rows keep what is allowed',
    body: { foo: 1, allowed_openai_params: ['foo'] },
    provider: { strict: true },
    to: { dropParams: true },
    gets: { foo: 1 },
  },
  {
    name: 'strict rows know the words of their dialect',
    body: { top_k: 3, stop_sequences: ['x'] },
    provider: anthropic,
    to: { dropParams: true },
    gets: { top_k: 3 },
  },
  { name: 'loose rows keep unknown words', body: { foo: 1 }, to: { dropParams: true }, gets: { foo: 1 } },
  { name: 'metadata never goes', body: { metadata: { a: 'b' } }, gets: { metadata: undefined }, dropped: [] },
  { name: 'metadata as text', body: { metadata: 'hello world' }, gets: { metadata: undefined }, dropped: [] },
  {
    name: 'metadata with store',
    body: { metadata: { a: 'b' }, store: true },
    provider: { keepsMetadata: true },
    gets: { metadata: { a: 'b' }, store: true },
  },
  {
    name: 'metadata with store, no texts',
    body: { metadata: { a: 1 }, store: true },
    provider: { keepsMetadata: true },
    gets: { metadata: undefined },
  },
  {
    name: 'metadata with store at another provider',
    body: { metadata: { a: 'b' }, store: true },
    gets: { metadata: undefined },
  },
  {
    name: 'what steers stays here',
    body: {
      tags: ['a'],
      num_retries: 3,
      timeout: 5,
      caching: true,
      api_key: 'k',
      litellm_trace: 1,
      aws_secret_access_key: 'k',
      max_retries: 2,
    },
    gets: {
      tags: undefined,
      num_retries: undefined,
      timeout: undefined,
      caching: undefined,
      api_key: undefined,
      litellm_trace: undefined,
      aws_secret_access_key: undefined,
      max_retries: undefined,
    },
    dropped: [],
  },
  {
    name: 'what is ignored is named',
    body: { headers: { a: 'b' }, extra_headers: { a: 'b' }, litellm_params: {} },
    gets: { headers: undefined, extra_headers: undefined, litellm_params: undefined },
    dropped: ['headers', 'extra_headers', 'litellm_params'],
  },
  {
    name: 'tools at a provider without',
    body: { tools: [tool({})], tool_choice: 'auto' },
    provider: { lacks: ['tools'] },
    refused: ['tools'],
  },
  { name: 'usage is asked for', body: { stream: true }, gets: { stream_options: { include_usage: true } } },
  {
    name: 'usage is asked for beside other options',
    body: { stream: true, stream_options: { x: 1 } },
    gets: { stream_options: { x: 1, include_usage: true } },
  },
  {
    name: 'usage is not asked for where it is refused',
    body: { stream: true },
    provider: { refuses: ['streamOptions'] },
    gets: { stream_options: undefined },
  },
  {
    name: 'a provider that does not stream',
    body: { stream: true },
    provider: { refuses: ['stream'] },
    gets: { stream: undefined },
  },
];

function tool(more: object): object {
  return { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} }, ...more } };
}

/** A quirk that sends every request through the hub. */
const translated: Partial<Provider> = { quirks: { reasoning: 'none' }, models: [] };

function caught(work: () => unknown): ProxyError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof ProxyError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

function run(row: Row, provider: Partial<Provider>): void {
  const to = deployment(provider, row.to);
  const body = { model: 'client-name', messages: hello, ...row.body };
  if (row.refused !== undefined) {
    const list = `[${row.refused.map((word) => `'${word}'`).join(', ')}]`;
    const message = `${to.provider.id} does not support parameters: ${list}, for model=m-1. To drop these, set \`litellm.drop_params=True\` or for proxy:\n\n\`litellm_settings:\n drop_params: true\`\n. \n If you want to use these params dynamically send allowed_openai_params=${list} in your request.`;
    const thrown = caught(() => plan(callOf('openai-chat', body), to));
    expect(thrown).toMatchObject({ kind: 'unsupported-params', message, status: 400 });
    expect(thrown.facts.param).toBeUndefined();
    return;
  }
  const outgoing = plan(callOf('openai-chat', body), to);
  const got = sent(outgoing);
  for (const [word, value] of Object.entries(row.gets ?? {})) expect(got[word], word).toEqual(value);
  expect(got['model']).toBe('m-1');
  if (row.dropped !== undefined) expect(outgoing.dropped).toEqual(row.dropped);
}

describe('parameters of chat clients', () => {
  test.each(rows)('$name', (row) => run(row, row.provider ?? {}));
});

/** Left to the encoder when translated: nulls, the spelling, and values equal to the default. */
const bytesOnly = new Set([
  'a neutral value that is taken stays',
  'the target of a rename wins',
  'the other spelling of a forced word goes',
]);

describe('the same through the hub', () => {
  const same = rows.filter(
    (row) => row.provider?.dialect === undefined && row.provider?.models === undefined && !bytesOnly.has(row.name),
  );
  test.each(same)('$name', (row) => {
    // A seal in the conversation keeps the bytes from passing.
    run({ ...row, body: { ...row.body, user: row.body['user'] ?? 'eyJtb2RlbHBvcnQi' } }, row.provider ?? {});
  });
  test('is really translated', () => {
    const to = deployment(translated);
    const body = `{"model":"x",  "messages":[{"role":"user","content":"eyJtb2RlbHBvcnQi"}]}`;
    expect(plan(callOf('openai-chat', body), to).body.toString()).not.toContain('  ');
  });
});

describe('parameters of Messages clients', () => {
  const body = { model: 'client-name', max_tokens: 50, messages: hello };
  const messages: (Row & { client?: 'anthropic-messages' })[] = [
    {
      name: 'what a model cannot take is dropped and named',
      body: { temperature: 0.2, stop_sequences: ['x'] },
      provider: gpt5,
      gets: { temperature: undefined, stop: undefined },
      dropped: ['temperature', 'stop_sequences'],
    },
    {
      name: 'unknown words stay in their dialect',
      body: { brand_new: 1 },
      gets: { brand_new: undefined },
      dropped: ['brand_new'],
    },
    {
      name: 'unknown words of their own dialect pass',
      body: { brand_new: 1 },
      provider: anthropic,
      gets: { brand_new: 1 },
      dropped: [],
    },
    {
      name: 'metadata is a word of this dialect',
      body: { metadata: { user_id: 'u1' } },
      provider: anthropic,
      gets: { metadata: { user_id: 'u1' } },
      dropped: [],
    },
    { name: 'metadata as user', body: { metadata: { user_id: 'u1' } }, gets: { user: 'u1', metadata: undefined } },
    {
      name: 'top_k at a strict row',
      body: { top_k: 4 },
      provider: { strict: true },
      gets: { top_k: undefined },
      dropped: ['top_k'],
    },
    { name: 'top_k at a loose row', body: { top_k: 4 }, gets: { top_k: 4 }, dropped: [] },
    {
      name: 'a refused word in passed bytes',
      body: { top_p: 0.5 },
      provider: { ...anthropic, refuses: ['topP'] },
      gets: { top_p: undefined },
      dropped: ['top_p'],
    },
    {
      name: 'thinking that is off is nothing to refuse',
      body: { thinking: { type: 'disabled' } },
      provider: { ...anthropic, refuses: ['reasoning'] },
      gets: { thinking: undefined },
      dropped: [],
    },
    {
      name: 'a spelling that is refused',
      body: {},
      provider: { refuses: [{ word: 'max_tokens' }] },
      gets: { max_tokens: undefined, max_completion_tokens: 50 },
    },
    {
      name: 'steering words',
      body: { drop_params: true, api_key: 'k' },
      provider: anthropic,
      gets: { drop_params: undefined, api_key: undefined },
    },
    {
      name: 'web search is a tool',
      body: { tools: [{ name: 'f', input_schema: { type: 'object' } }] },
      provider: { refuses: ['webSearch'] },
      dropped: [],
    },
  ];
  test.each(messages)('$name', (row) => {
    const outgoing = plan(
      callOf('anthropic-messages', { ...body, ...row.body }),
      deployment(row.provider ?? {}, row.to),
    );
    const got = sent(outgoing);
    for (const [word, value] of Object.entries(row.gets ?? {})) expect(got[word], word).toEqual(value);
    if (row.dropped !== undefined) expect(outgoing.dropped).toEqual(row.dropped);
  });
});

test.each([
  ['auto', 200],
  ['required', 400],
])('a value that a provider never takes: tool_choice %s', (tool_choice, status) => {
  const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }];
  const to = deployment({ refuses: [{ param: 'toolChoice', never: ['required'] }] });
  const asked = () => plan(callOf('openai-chat', { model: 'm', messages: hello, tools, tool_choice }), to);
  if (status === 200) expect(sent(asked())['tool_choice']).toBe(tool_choice);
  else expect(asked).toThrow(/tool_choice/);
});
