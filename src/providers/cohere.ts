import type { CohereQuirks } from '../dialects/index.ts';
import type { Refusal, Row } from '../hub/index.ts';

/** LITELLM.md 4.3, where the wire has a word. */
const ordinary = [
  'logprobs',
  'output',
  { word: 'max_completion_tokens' },
  { word: 'functions' },
  { word: 'function_call' },
] as const satisfies readonly Refusal[];

const row = {
  dialect: 'cohere',
  strict: true,
  base: 'https://api.cohere.com',
  auth: [{ kind: 'bearer', env: ['COHERE_API_KEY', 'CO_API_KEY'] }],
  paths: { rerank: '/v2/rerank' },
  forms: { rerank: 'strings' },
  refuses: ['reasoning', ...ordinary],
  clamp: { temperature: [0, 1], topP: [0.01, 0.99], topK: [0, 500], presencePenalty: [0, 1], frequencyPenalty: [0, 1] },
  most: { stop: 5 },
  models: [
    // The v1 API has no place any more: its models are served by v2.
    { match: /^v[12]\//, strip: true },
    { match: /reasoning|command-a-plus/, refuses: ordinary, quirks: { thinks: true } satisfies CohereQuirks },
  ],
} as const satisfies Omit<Row, 'title'>;

/** Cohere's v2 API, under both of LiteLLM's names. */
export const cohere = {
  cohere: { title: 'Cohere', ...row },
  cohere_chat: { title: 'Cohere (second name)', ...row, env: { base: ['COHERE_API_BASE'] } },
} as const satisfies Record<string, Row>;
