import type { MediaKind } from '../hub/index.ts';

/**
 * In which vocabulary clients write texts as tokens, by the name that they know the model by; cl100k_base for all others,
 * as OpenAI's tiktoken has it.
 */
export const encodings: readonly { match: RegExp; encoding: 'o200k_base' | 'p50k_base' | 'r50k_base' }[] = [
  { match: /(?:^|\/)(?:gpt-(?:4o|4\.[15]|5)|chatgpt-4o|o[1-9])/, encoding: 'o200k_base' },
  { match: /(?:^|\/)(?:text-davinci-00[23]|code-(?:davinci|cushman))/, encoding: 'p50k_base' },
  { match: /(?:^|\/)(?:text-)?(?:davinci|curie|babbage|ada)(?:-001)?$/, encoding: 'r50k_base' },
];

/**
 * Model names that need no provider before them. A friendly superset of LiteLLM's list of exact names (LITELLM.md 3.1);
 * the first match counts. Families that many hosts serve (llama, qwen, gemma) are left out: which host is meant?
 */
export const bareNames: readonly { match: RegExp; provider: string }[] = [
  {
    match: /^(?:gpt-(?!oss)|chatgpt-|codex-|computer-use-preview)/,
    provider: 'openai',
  },
  { match: /^o[1-9](?:$|-)/, provider: 'openai' },
  {
    match: /^(?:dall-e-|whisper-1$|tts-1(?:$|-)|text-embedding-(?:3|ada)-|(?:omni|text)-moderation-)/,
    provider: 'openai',
  },
  { match: /^imagen-/, provider: 'gemini' },
  { match: /^rerank-(?:v|english-|multilingual-)/, provider: 'cohere' },
  { match: /^ft:(?:gpt-|o[1-9])/, provider: 'openai' },
  { match: /^claude-/, provider: 'anthropic' },
  { match: /^gemini-/, provider: 'gemini' },
  { match: /^deepseek-(?:chat|reasoner|coder)$/, provider: 'deepseek' },
  { match: /^codestral-/, provider: 'mistral' },
  {
    match: /^(?:mistral|magistral|ministral|devstral|pixtral|open-mistral|open-mixtral)-/,
    provider: 'mistral',
  },
  { match: /^grok-/, provider: 'xai' },
  { match: /^sonar(?:$|-)/, provider: 'perplexity' },
  { match: /^(?:kimi|moonshot)-/, provider: 'moonshot' },
  { match: /^glm-/, provider: 'zai' },
  { match: /^qwen-(?:max|plus|turbo|flash|long)/, provider: 'dashscope' },
  { match: /^MiniMax-/, provider: 'minimax' },
  { match: /^(?:jamba)-/, provider: 'ai21' },
  {
    match:
      /^(?:(?:us|us-gov|eu|apac|jp|au|ca|global)\.)?(?:anthropic\.claude|amazon\.(?:nova|titan)|meta\.llama|cohere\.(?:command|embed)|ai21\.j|mistral\.m)/,
    provider: 'bedrock',
  },
  { match: /^arn:aws[\w-]*:bedrock:/, provider: 'bedrock' },
];

/** What a start without `--model` serves when only a key is found: provider id -> the provider's name of a model. */
export const defaultModels: Readonly<Record<string, string>> = {
  anthropic: 'claude-haiku-4-5',
  openai: 'gpt-4o-mini',
  gemini: 'gemini-2.5-flash',
  openrouter: 'openrouter/auto',
  groq: 'llama-3.3-70b-versatile',
  mistral: 'mistral-small-latest',
  deepseek: 'deepseek-chat',
  xai: 'grok-4',
  together_ai: 'meta-llama/Llama-3.3-70B-Instruct-Turbo',
  fireworks_ai: 'gpt-oss-120b',
  cerebras: 'gpt-oss-120b',
  perplexity: 'sonar',
  moonshot: 'kimi-k2-turbo-preview',
  zai: 'glm-4.6',
  dashscope: 'qwen-plus',
};

/** Names of models that make vectors instead of chatting, wherever they are served. */
export const embeddingNames =
  /embed|(?:^|[/:-])(?:bge|gte|e5|multilingual-e5|all-minilm|all-mpnet|voyage|uae-large|instructor)-/i;

/** Whose account keeps files, batches and the like when no model that is served says so (LITELLM.md 7). */
export const defaultKeeper = 'openai';

/** Names of models that make something else than a chat or vectors, wherever they are served; the first match counts. */
export const mediaNames: readonly { match: RegExp; makes: MediaKind }[] = [
  { match: /rerank|(?:^|[/:-])rank(?:er)?(?:-|$)/i, makes: 'rerank' },
  { match: /moderation/i, makes: 'moderations' },
  {
    match: /whisper|transcri|(?:^|[/:])(?:parakeet|canary)-|voxtral-mini-(?:\d{4}|latest)|distil-large/i,
    makes: 'transcription',
  },
  { match: /(?:^|[/:.-])tts(?:[-/:]|$)|playai-tts|orpheus|kokoro|text-to-speech|sonic-\d/i, makes: 'speech' },
  {
    match:
      /dall-?e|(?:^|[/:.-])gpt-image|imagen|-image(?:-|$)|(?:^|[/:.-])(?:flux|recraft|ideogram|seedream|cogview|sdxl|sd3|stable-(?:diffusion|image))|nova-canvas|titan-image/i,
    makes: 'images',
  },
];

/** `model_info.mode` in LiteLLM's words. */
export const modes: Readonly<Record<string, MediaKind>> = {
  image_generation: 'images',
  image_edit: 'images',
  audio_speech: 'speech',
  audio_transcription: 'transcription',
  moderation: 'moderations',
  rerank: 'rerank',
};
