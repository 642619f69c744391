import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningProxy, startProxy } from './proxy.ts';

const run = promisify(execFile);
const completion = {
  id: expect.any(String),
  object: 'chat.completion',
  created: expect.any(Number),
  model: expect.any(String),
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: expect.any(String) } }],
  usage: { prompt_tokens: expect.any(Number), completion_tokens: expect.any(Number), total_tokens: expect.any(Number) },
};
const messages = [{ role: 'user', content: 'what llm are you' }];
const weather = {
  type: 'function',
  function: {
    name: 'get_current_weather',
    parameters: {
      type: 'object',
      properties: { location: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
      required: ['location'],
    },
  },
};

/** The requests of the guide (LITELLM.md 11) as its readers type them, and the replies that it prints. */
const requests = [
  {
    name: '1: metadata of a trace',
    model: 'mock/echo',
    path: '/chat/completions',
    body: { model: 'gpt-3.5-turbo', messages, metadata: { generation_name: 'test', trace_id: 'trace-id22' } },
    told: { ...completion, model: 'gpt-3.5-turbo' },
  },
  {
    name: '2: tags',
    model: 'mock/echo',
    path: '/chat/completions',
    body: { model: 'gpt-3.5-turbo', messages, metadata: { tags: ['api-test', 'development'] } },
    told: { ...completion, model: 'gpt-3.5-turbo' },
  },
  {
    name: '4: a tool',
    model: 'mock/tool',
    path: '/v1/chat/completions',
    body: { model: 'gpt-4-turbo', messages, tools: [weather], tool_choice: 'auto' },
    told: {
      ...completion,
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            tool_calls: [
              {
                id: expect.any(String),
                type: 'function',
                function: { name: 'get_current_weather', arguments: expect.stringContaining('location') },
              },
            ],
          },
        },
      ],
    },
  },
  {
    name: '5: vectors',
    model: 'mock/echo',
    path: '/embeddings',
    body: { model: 'text-embedding-ada-002', input: ['write a litellm poem'] },
    told: {
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: expect.arrayContaining([expect.any(Number)]) }],
      model: 'text-embedding-ada-002',
      usage: { prompt_tokens: expect.any(Number), total_tokens: expect.any(Number) },
    },
  },
  {
    name: '6: a judgement',
    model: 'mock/echo',
    path: '/moderations',
    body: { input: 'Sample text goes here', model: 'text-moderation-stable' },
    told: {
      id: expect.stringMatching(/^modr-/),
      model: 'text-moderation-stable',
      results: [
        {
          flagged: false,
          categories: expect.objectContaining({ hate: false, violence: false, 'self-harm': false }),
          category_scores: expect.objectContaining({ hate: expect.any(Number), violence: expect.any(Number) }),
        },
      ],
    },
  },
  {
    name: '7: two models',
    model: 'mock/echo',
    path: '/chat/completions',
    body: {
      model: 'llama3,gpt-3.5-turbo',
      max_tokens: 10,
      user: 'litellm2',
      messages: [{ role: 'user', content: 'is litellm getting better' }],
    },
    told: [
      { ...completion, model: 'llama3' },
      { ...completion, model: 'gpt-3.5-turbo' },
    ],
  },
];

describe.each(['mock/echo', 'mock/tool'])('curl and %s', (model) => {
  let proxy: RunningProxy;
  beforeAll(async () => {
    proxy = await startProxy({ model });
  });
  afterAll(() => proxy.close());

  const curl = async (path: string, body: unknown): Promise<string> => {
    const typed = ['--header', 'Content-Type: application/json', '--header', 'Authorization: Bearer <your-api-key>'];
    const { stdout } = await run('curl', [
      '-sS',
      '--location',
      `${proxy.url}${path}`,
      ...typed,
      '--data',
      JSON.stringify(body),
    ]);
    return stdout;
  };

  test.each(requests.filter((one) => one.model === model))('$name', async ({ path, body, told }) => {
    expect(JSON.parse(await curl(path, body))).toMatchObject(told);
    if (!path.startsWith('/v1')) expect(JSON.parse(await curl(`/v1${path}`, body))).toMatchObject(told);
  });

  test('3: a stream', async () => {
    const text = await curl('/v1/chat/completions', { model: 'gpt-4-turbo', messages, stream: true });
    const lines = text.split('\n\n').filter((line) => line !== '');
    expect(lines.at(-1)).toBe('data: [DONE]');
    for (const line of lines.slice(0, -1)) {
      expect(JSON.parse(line.replace(/^data: /, ''))).toMatchObject({
        object: 'chat.completion.chunk',
        model: 'gpt-4-turbo',
      });
    }
  });

  test('a file, as curl sends it', async () => {
    const form = ['--form', `file=@${import.meta.filename};type=audio/wav`, '--form', 'model=whisper-1'];
    const { stdout } = await run('curl', ['-sS', `${proxy.url}/v1/audio/transcriptions`, ...form]);
    expect(JSON.parse(stdout).text).toContain('guide-curl.test.ts');
  });
});
