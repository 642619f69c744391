import type { AnthropicQuirks, BedrockQuirks } from '../dialects/index.ts';
import type { Refusal, Row } from '../hub/index.ts';

/** LITELLM.md 4.3: what no model takes, though the wire has a word. */
const ordinary = [{ word: 'functions' }, { word: 'function_call' }] as const satisfies readonly Refusal[];
const claudeRefuses = ['webSearch', ...ordinary] as const satisfies readonly Refusal[];
const novaRefuses = ['parallelToolCalls', ...ordinary] as const satisfies readonly Refusal[];
/** A model that thinks by an effort. */
const effortRefuses = ['webSearch', ...novaRefuses] as const satisfies readonly Refusal[];
const others = ['reasoning', ...effortRefuses] as const satisfies readonly Refusal[];
/** Models that cannot be made to call a tool. */
const freeOnly = ['toolChoice', ...others] as const satisfies readonly Refusal[];
const olderClaude = ['reasoning', ...claudeRefuses] as const satisfies readonly Refusal[];
/** Texts only: a schema would be a tool, too. */
const textOnly = ['output', ...others] as const satisfies readonly Refusal[];

/** The same by either way to ask: Converse obeys the one set, Anthropic's own form the other. */
type ClaudeQuirks = BedrockQuirks & AnthropicQuirks;

const claude = {
  first: { claude: true, caches: 'none', systemFirst: true },
  ordinary: { claude: true, systemFirst: true },
  thinking: { claude: true, systemFirst: true, budgetThinking: true, withoutEffort: true },
  fourFive: {
    claude: true,
    cacheTtl: true,
    strictTools: true,
    systemFirst: true,
    budgetThinking: true,
    withoutEffort: true,
  },
  opus45: { claude: true, cacheTtl: true, strictTools: true, systemFirst: true, budgetThinking: true },
  fourSix: {
    claude: true,
    cacheTtl: true,
    strictTools: true,
    systemFirst: true,
    adaptiveThinking: true,
    withoutXhigh: true,
  },
  fourSeven: { claude: true, cacheTtl: true, strictTools: true, systemFirst: true, adaptiveThinking: true },
  newest: { claude: true, cacheTtl: true, strictTools: true, adaptiveThinking: true },
} as const satisfies Record<string, ClaudeQuirks>;

const usual = { caches: 'none', plainSchemas: true } as const satisfies BedrockQuirks;
const free = { ...usual, toolChoices: 'auto' } as const satisfies BedrockQuirks;
const nova = {
  caches: 'messages',
  plainSchemas: true,
  topK: 'inferenceConfig.topK',
  searchTool: 'nova_grounding',
} as const satisfies BedrockQuirks;
const noInvoke = {
  instead:
    "by invoke only Claude's own form is spoken: write bedrock/<model> (or bedrock/converse/<model>) to ask this model by Converse",
} as const satisfies BedrockQuirks;

/** Models that are asked in a form of their own. */
const invoke = '/model/{model}/invoke';

/** Models on Amazon Web Services. Parameters: LITELLM.md 4.3 and 4.4; what a model takes: its page in AWS's guide. */
export const aws = {
  bedrock: {
    title: 'Amazon Bedrock',
    dialect: 'bedrock-converse',
    strict: true,
    base: 'https://bedrock-runtime.{region}.amazonaws.com',
    places: {
      region: { env: ['AWS_REGION_NAME', 'AWS_REGION', 'AWS_DEFAULT_REGION'], default: 'us-west-2' },
    },
    env: { base: ['AWS_BEDROCK_RUNTIME_ENDPOINT'] },
    auth: [
      { kind: 'bearer', env: ['AWS_BEARER_TOKEN_BEDROCK'] },
      {
        kind: 'sigv4',
        service: 'bedrock',
        env: [],
        optional: true,
        settings: {
          accessKeyId: ['AWS_ACCESS_KEY_ID'],
          secretAccessKey: ['AWS_SECRET_ACCESS_KEY'],
          sessionToken: ['AWS_SESSION_TOKEN'],
          // AWS_PROFILE is the chain's own affair: keys of the environment come before it.
          profile: ['AWS_PROFILE_NAME'],
          roleArn: ['AWS_ROLE_NAME'],
          sessionName: ['AWS_SESSION_NAME', 'AWS_ROLE_SESSION_NAME'],
          externalId: ['AWS_EXTERNAL_ID'],
          webIdentityToken: ['AWS_WEB_IDENTITY_TOKEN'],
          stsEndpoint: ['AWS_STS_ENDPOINT'],
        },
      },
    ],
    // The path says it, and whether the answer is streamed.
    omits: ['model', 'stream'],
    refuses: others,
    lacks: ['schema-output'],
    clamp: { temperature: [0, 1] },
    quirks: usual,
    native: {
      names: /^\/model\/([^/]+)(?=\/)/,
      beside: {
        paths:
          /^\/(?:agents|knowledgebases|retrieveAndGenerate|retrieveAndGenerateStream|flows|sessions|rerank|optimize-prompt|generateQuery|prompts)(?:\/|$|\?)/,
        base: 'https://bedrock-agent-runtime.{region}.amazonaws.com',
        env: ['AWS_BEDROCK_AGENT_RUNTIME_ENDPOINT', 'AWS_ENDPOINT_URL_BEDROCK_AGENT_RUNTIME'],
      },
    },
    models: [
      { match: /^converse\//, strip: true },
      {
        match: /^invoke\/(?=.*claude)/,
        strip: true,
        dialect: 'anthropic-messages',
        paths: { chat: ['/model/{model}/invoke', '/model/{model}/invoke-with-response-stream'] },
        adds: { anthropic_version: 'bedrock-2023-05-31' },
        fill: { maxTokens: 4096 },
      },
      { match: /^invoke\/(?=.*embed)/, strip: true },
      { match: /^invoke\//, quirks: noInvoke },
      { match: /^(?<region>[a-z]{2}(?:-[a-z]+)+-\d)\//, strip: true },
      // An ARN stays whole, and names its region.
      { match: /^(?=arn:aws[\w-]*:[a-z-]+:(?<region>[a-z0-9-]+):)/, strip: true },

      { match: /nova-canvas|titan-image/, paths: { images: invoke }, forms: { images: 'canvas' } },
      { match: /stability\.(?:sd3|stable-image)/, paths: { images: invoke }, forms: { images: 'diffusion' } },
      { match: /cohere\.rerank/, paths: { rerank: invoke }, forms: { rerank: 'strings' }, adds: { api_version: 2 } },
      { match: /amazon\.rerank/, paths: { rerank: invoke }, forms: { rerank: 'strings' } },

      { match: /titan-embed-text-v2/, quirks: { ...usual, embeddings: 'sized-text' } satisfies BedrockQuirks },
      { match: /titan-embed/, quirks: { ...usual, embeddings: 'text' } satisfies BedrockQuirks },
      { match: /cohere\.embed/, quirks: { ...usual, embeddings: 'texts' } satisfies BedrockQuirks },

      { match: /claude-(?:v\d|instant)/, refuses: textOnly, lacks: ['tools'], quirks: claude.first },
      {
        match: /claude-3-5-(?:haiku|sonnet-20241022)/,
        refuses: olderClaude,
        quirks: claude.ordinary,
        most: { maxTokens: 8192 },
      },
      {
        match: /claude-3-(?:opus|sonnet|haiku|5-sonnet)/,
        refuses: olderClaude,
        quirks: claude.first,
        most: { maxTokens: 4096 },
      },
      {
        match: /claude-(?:3-7-sonnet|sonnet-4-(?:0|2\d{7}))/,
        refuses: claudeRefuses,
        quirks: claude.thinking,
        most: { maxTokens: 64_000 },
      },
      {
        match: /claude-opus-4-(?:0|1|2\d{7})/,
        refuses: claudeRefuses,
        quirks: claude.thinking,
        most: { maxTokens: 32_000 },
      },
      {
        match: /claude-opus-4-5/,
        refuses: claudeRefuses,
        lacks: [],
        quirks: claude.opus45,
        most: { maxTokens: 64_000 },
      },
      {
        match: /claude-(?:sonnet|haiku)-4-5/,
        refuses: claudeRefuses,
        lacks: [],
        quirks: claude.fourFive,
        most: { maxTokens: 64_000 },
      },
      { match: /claude-(?:opus|sonnet|haiku)-4-6/, refuses: claudeRefuses, lacks: [], quirks: claude.fourSix },
      {
        match: /claude-(?:(?:opus|sonnet|haiku)-4-7|(?:sonnet|haiku)-(?:4-[89]|[5-9]))/,
        refuses: claudeRefuses,
        lacks: [],
        quirks: claude.fourSeven,
      },
      { match: /claude/, refuses: claudeRefuses, lacks: [], quirks: claude.newest },

      {
        match: /amazon\.nova-2/,
        refuses: novaRefuses,
        quirks: { ...nova, efforts: 'reasoningConfig' } satisfies BedrockQuirks,
      },
      { match: /amazon\.nova/, refuses: ['reasoning', ...novaRefuses], quirks: nova },
      {
        match: /openai\.gpt-oss/,
        refuses: effortRefuses,
        lacks: [],
        quirks: { ...free, efforts: 'reasoning_effort' } satisfies BedrockQuirks,
      },
      // Texts only.
      {
        match:
          /amazon\.titan|meta\.llama(?:2|3-\d+b)|cohere\.command-(?:text|light)|ai21\.j2|mistral\.(?:mistral-7b|mixtral)|deepseek\.r1/,
        refuses: textOnly,
        lacks: ['tools'],
      },
      { match: /meta\.llama|ai21\./, refuses: freeOnly, quirks: free },
      {
        match: /cohere\.command/,
        refuses: freeOnly,
        quirks: { ...free, topK: 'k' } satisfies BedrockQuirks,
      },
      // Know schemas for answers.
      {
        match:
          /mistral\.(?:mistral-large-3|ministral|magistral|voxtral)|qwen\.|deepseek\.v|google\.gemma|minimax\.|moonshot|nvidia\./,
        lacks: [],
        quirks: free,
      },
      { match: /mistral\./, quirks: { ...usual, toolChoices: 'any' } satisfies BedrockQuirks },
      // What is behind a profile of one's own cannot be known: mostly it is Claude, and what another model does not take it says.
      { match: /^arn:/, refuses: claudeRefuses, quirks: claude.ordinary },
    ],
  },
} as const satisfies Record<string, Row>;
