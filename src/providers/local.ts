import type { OllamaQuirks, OpenAIChatQuirks } from '../dialects/index.ts';
import type { Row } from '../hub/index.ts';
import { hearing, imageEdits, images, rerank, speech, transcription } from './endpoints.ts';
import { allReasoning, ollama, ordinary } from './unsupported.ts';

const usual = {
  developerAsSystem: true,
  systemFirst: true,
  stripCacheMarks: true,
} as const satisfies OpenAIChatQuirks;

const ollamaServer = {
  dialect: 'ollama',
  base: 'http://localhost:11434',
  auth: [{ kind: 'bearer', env: ['OLLAMA_API_KEY'], optional: true }],
  refuses: ollama,
  starts: 'ollama serve',
} as const satisfies Omit<Row, 'title'>;
/** Models that think; the servers refuse to ask others for it. */
const thinkers =
  /thinking|reasoning|qwen-?3|qwq|deepseek-(?:r1|v3\.1|v4)|magistral|nemotron|glm-?[45]|minimax-m|kimi-k2|cogito|exaone-deep|smallthinker|openthinker/i;

/** Servers that people run themselves: a usual port instead of a host, and a key only where one was set up. */
export const local = {
  ollama: {
    title: 'Ollama, by prompts',
    ...ollamaServer,
    // LITELLM.md 2.7: /api/generate has no tools.
    lacks: ['tools'],
    toolsInPrompt: true,
    paths: { chat: '/api/generate' },
    quirks: { generate: true },
    models: [
      { match: /gpt-oss/, quirks: { generate: true, thinks: true, levels: true } },
      { match: thinkers, quirks: { generate: true, thinks: true } },
    ],
  },
  ollama_chat: {
    title: 'Ollama',
    ...ollamaServer,
    env: { base: ['OLLAMA_API_BASE'] },
    models: [
      { match: /gpt-oss/, quirks: { thinks: true, levels: true, namesTools: true } },
      { match: thinkers, quirks: { thinks: true } },
    ],
  },
  lm_studio: {
    title: 'LM Studio',
    dialect: 'openai-chat',
    also: ['openai-completions'],
    base: 'http://localhost:1234/v1',
    auth: [{ kind: 'bearer', env: ['LM_STUDIO_API_KEY'], optional: true }],
    refuses: ordinary,
    quirks: { ...usual },
  },
  hosted_vllm: {
    title: 'vLLM',
    native: { also: ['vllm'] },
    dialect: 'openai-chat',
    also: ['openai-completions'],
    base: 'http://localhost:8000/v1',
    paths: { ...hearing, ...rerank },
    auth: [{ kind: 'bearer', env: ['HOSTED_VLLM_API_KEY'], optional: true }],
    refuses: allReasoning,
    // Its name for reasoning changed between versions.
    quirks: { ...usual, reasoning: 'reasoning_content', thinkingAsEffort: true, looseReply: true },
  },
  llamafile: {
    title: 'llamafile and llama.cpp',
    dialect: 'openai-chat',
    also: ['openai-completions'],
    base: 'http://127.0.0.1:8080/v1',
    paths: { ...rerank },
    auth: [{ kind: 'bearer', env: ['LLAMAFILE_API_KEY'], optional: true }],
    refuses: ordinary,
    quirks: { ...usual },
  },
  docker_model_runner: {
    title: 'Docker Model Runner',
    dialect: 'openai-chat',
    also: ['openai-completions'],
    base: 'http://localhost:22088/engines/llama.cpp/v1',
    auth: [{ kind: 'bearer', env: ['DOCKER_MODEL_RUNNER_API_KEY'], optional: true }],
    refuses: ordinary,
    quirks: { ...usual },
  },
  lemonade: {
    title: 'Lemonade',
    dialect: 'openai-chat',
    also: ['openai-completions'],
    base: 'http://localhost:8000/api/v1',
    paths: { ...images, ...speech, ...transcription, ...rerank },
    auth: [{ kind: 'bearer', env: ['LEMONADE_API_KEY'], optional: true }],
    refuses: ordinary,
    quirks: { ...usual },
  },
  xinference: {
    title: 'Xinference',
    dialect: 'openai-chat',
    also: ['openai-completions'],
    base: 'http://localhost:9997/v1',
    paths: { ...imageEdits, 'image-variations': '/images/variations', ...speech, ...hearing, ...rerank },
    auth: [{ kind: 'bearer', env: ['XINFERENCE_API_KEY'], optional: true }],
    refuses: ordinary,
    quirks: { ...usual },
  },
} as const satisfies Record<string, Row & { quirks?: OpenAIChatQuirks | OllamaQuirks }>;

/** Where local servers usually listen, in the order in which a start without arguments asks them. */
export const localServers: readonly {
  provider: string;
  base: string;
  title: string;
}[] = [
  { provider: 'ollama_chat', base: 'http://127.0.0.1:11434/v1', title: 'Ollama' },
  {
    provider: 'lm_studio',
    base: 'http://127.0.0.1:1234/v1',
    title: 'LM Studio',
  },
  { provider: 'hosted_vllm', base: 'http://127.0.0.1:8000/v1', title: 'vLLM' },
  {
    provider: 'lemonade',
    base: 'http://127.0.0.1:8000/api/v1',
    title: 'Lemonade',
  },
  {
    provider: 'llamafile',
    base: 'http://127.0.0.1:8080/v1',
    title: 'llamafile or llama.cpp',
  },
  {
    provider: 'docker_model_runner',
    base: 'http://127.0.0.1:12434/engines/llama.cpp/v1',
    title: 'Docker Model Runner',
  },
];
