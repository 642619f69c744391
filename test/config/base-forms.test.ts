import { expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/index.ts';
import { providers as dialects } from '../../src/dialects/index.ts';
import type { DialectId } from '../../src/hub/index.ts';
import { join } from '../../src/upstream/index.ts';

const places = {
  ...{ VERTEXAI_PROJECT: 'p', VERTEXAI_LOCATION: 'l', CLOUDFLARE_ACCOUNT_ID: 'a', AWS_REGION: 'us-east-1' },
  ...{ WATSONX_PROJECT_ID: 'w', HOME: '/nowhere' },
};
const vertex = '/v1/projects/p/locations/l';

/** What is called, and all the ways to write the base of it; each also with a slash or two behind it. */
const forms: [model: string, called: string, ends: string[]][] = [
  ['openai/gpt-4o', '/v1/chat/completions', ['', '/v1', '/v1/chat/completions', '/v1/embeddings']],
  ['openai/responses/gpt-4o', '/v1/responses', ['', '/v1', '/v1/responses', '/v1/chat/completions']],
  ['lm_studio/m', '/v1/chat/completions', ['', '/v1', '/v1/chat/completions']],
  ['openai/m', '/chat/completions', ['/chat/completions']],
  ['openai/m', '/gate/llm/chat/completions', ['/gate/llm', '/gate/llm/chat/completions']],
  ['groq/m', '/openai/v1/chat/completions', ['', '/openai', '/openai/v1', '/openai/v1/chat/completions']],
  ['deepseek/deepseek-chat', '/beta/chat/completions', ['', '/beta', '/beta/chat/completions']],
  ['deepseek/deepseek-chat', '/v1/chat/completions', ['/v1', '/v1/chat/completions']],
  ['perplexity/sonar', '/chat/completions', ['', '/chat/completions']],
  ['zai/glm-4.6', '/api/paas/v4/chat/completions', ['', '/api', '/api/paas/v4', '/api/paas/v4/chat/completions']],
  ['text-completion-openai/m', '/v1/completions', ['', '/v1', '/v1/completions']],
  ['anthropic/claude-sonnet-4-5', '/v1/messages', ['', '/v1', '/v1/messages']],
  ['anthropic/claude-sonnet-4-5', '/gate/v1/messages', ['/gate', '/gate/v1', '/gate/v1/messages']],
  [
    'gemini/gemini-2.5-flash',
    '/v1beta/models/gemini-2.5-flash:generateContent',
    ['', '/v1beta', '/v1beta/models', '/v1beta/models/gemini-2.5-flash:generateContent'],
  ],
  [
    'gemini/gemini-2.5-flash',
    '/v1/models/gemini-2.5-flash:generateContent',
    ['/v1', '/v1/models/x:streamGenerateContent'],
  ],
  ['cohere/command-r', '/v2/chat', ['', '/v2', '/v2/chat', '/v1', '/v2/embed']],
  ['ollama_chat/llama3', '/api/chat', ['', '/api', '/api/chat', '/v1']],
  ['ollama/llama3', '/api/generate', ['', '/api', '/api/generate']],
  ['bedrock/anthropic.claude', '/model/anthropic.claude/converse', ['', '/model/anthropic.claude/converse']],
  [
    'vertex_ai/gemini-2.5-flash',
    `${vertex}/publishers/google/models/gemini-2.5-flash:generateContent`,
    ['', '/v1', '/v1/projects/p', vertex, `${vertex}/publishers/google/models/gemini-2.5-flash:generateContent`],
  ],
  [
    'vertex_ai/claude-opus-4-1@20250805',
    `${vertex}/publishers/anthropic/models/claude-opus-4-1@20250805:rawPredict`,
    ['', '/v1', vertex, `${vertex}/publishers/anthropic/models/x:streamRawPredict`],
  ],
  [
    'vertex_ai/meta/llama-4',
    `${vertex}/endpoints/openapi/chat/completions`,
    ['', '/v1', vertex, `${vertex}/endpoints/openapi`, `${vertex}/endpoints/openapi/chat/completions`],
  ],
  ['azure/d', '/openai/v1/chat/completions', ['/openai/v1', '/openai/v1/chat/completions']],
  [
    'azure/d',
    '/openai/deployments/d/chat/completions?api-version=2025-02-01-preview',
    ['', '/openai', '/openai/deployments', '/openai/deployments/d', '/openai/deployments/d/chat/completions'],
  ],
  ['azure_ai/m', '/chat/completions', ['', '/chat/completions']],
  ['azure_ai/claude-opus-4-5', '/anthropic/v1/messages', ['', '/anthropic', '/anthropic/v1', '/anthropic/v1/messages']],
  [
    'watsonx/m',
    '/ml/v1/text/chat?version=2024-03-13',
    ['', '/ml', '/ml/v1', '/ml/v1/text/chat', '/ml/v1/text/chat_stream'],
  ],
  [
    'databricks/m',
    '/serving-endpoints/chat/completions',
    ['', '/serving-endpoints', '/serving-endpoints/chat/completions'],
  ],
  ['huggingface/o/m', '/v1/chat/completions', ['', '/v1', '/v1/chat/completions']],
  [
    'cloudflare/@cf/m',
    '/client/v4/accounts/a/ai/v1/chat/completions',
    ['', '/client/v4', '/client/v4/accounts/a', '/client/v4/accounts/a/ai/run', '/client/v4/accounts/a/ai/v1'],
  ],
  [
    'snowflake/m',
    '/api/v2/cortex/v1/chat/completions',
    ['', '/api/v2', '/api/v2/cortex', '/api/v2/cortex/v1', '/api/v2/cortex/inference:complete'],
  ],
];

it.each(
  forms.flatMap(([model, called, ends]) =>
    ends.flatMap((end) =>
      [end, `${end}/`, `${end}//`].map((typed): [string, string, string] => [model, typed, called]),
    ),
  ),
)('%s at http://h:81%s is called at %s', (model, end, called) => {
  const [to] = resolveConfig({ model, api_base: `http://h:81${end}`, api_key: 'k' }, places).config.deployments;
  if (to === undefined) throw new Error('nothing is served');
  const at = { operation: 'chat', model: to.model, stream: false, query: new URLSearchParams(), headers: {} } as const;
  const { path } = dialects[to.row.dialect].provider.target(at);
  const own = to.row.paths?.chat ?? path;
  const wanted = typeof own === 'string' ? own : own[0];
  expect(join(to.base, wanted.replace('{model}', to.model)).path).toBe(called);
});

it('has a row for every dialect', () => {
  const seen = forms.flatMap(([model]) => {
    const [to] = resolveConfig({ model, api_base: 'http://h', api_key: 'k' }, places).config.deployments;
    return to === undefined ? [] : [to.row.dialect];
  });
  const known = Object.keys(dialects).filter((id): id is DialectId => id !== 'replicate');
  expect(known.filter((id) => !seen.some((one) => one === id))).toEqual([]);
});
