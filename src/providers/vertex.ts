import type { AnthropicQuirks, GeminiQuirks, OpenAIChatQuirks } from '../dialects/index.ts';
import type { Auth, ModelRule, Place, Row } from '../hub/index.ts';
import { claudeFill, claudeModels } from './claude.ts';
import { google, studioOnly } from './google.ts';
import { mistralQuirks, mistralRenames, usual } from './openai-like.ts';
import * as no from './unsupported.ts';

const files = ['VERTEXAI_CREDENTIALS', 'VERTEX_CREDENTIALS', 'GOOGLE_APPLICATION_CREDENTIALS'] as const;

const auth = [
  { kind: 'bearer', env: ['VERTEXAI_ACCESS_TOKEN', 'CLOUDSDK_AUTH_ACCESS_TOKEN'] },
  { kind: 'google', env: [], optional: true, settings: { credentials: files } },
] as const satisfies readonly Auth[];

const places = {
  project: {
    env: ['VERTEXAI_PROJECT', 'VERTEX_PROJECT', 'GOOGLE_CLOUD_PROJECT', 'GCLOUD_PROJECT'],
    json: {
      env: files,
      usual: [
        '$CLOUDSDK_CONFIG/application_default_credentials.json',
        '~/.config/gcloud/application_default_credentials.json',
        '$APPDATA/gcloud/application_default_credentials.json',
      ],
      members: ['project_id', 'quota_project_id'],
    },
  },
  location: {
    env: ['VERTEXAI_LOCATION', 'VERTEX_LOCATION', 'GOOGLE_CLOUD_LOCATION', 'CLOUD_ML_REGION'],
    default: 'us-central1',
  },
  host: {
    env: [],
    by: {
      place: 'location',
      values: {
        global: 'aiplatform.googleapis.com',
        us: 'aiplatform.us.rep.googleapis.com',
        eu: 'aiplatform.eu.rep.googleapis.com',
      },
    },
    default: '{location}-aiplatform.googleapis.com',
  },
} as const satisfies Record<string, Place>;

const quirks = { withoutCallIds: true, plainCount: true, predict: { most: 250 } } as const satisfies GeminiQuirks;
/** Claude's hosts other than its maker fetch nothing. */
const inlining = { inlineMedia: true } as const satisfies AnthropicQuirks;
const raw = ['{model}:rawPredict', '{model}:streamRawPredict'] as const;
const googlePath = '/publishers/google/models/{model}';
const open = { dialect: 'openai-chat', refuses: no.ordinary, omits: [] } as const satisfies Partial<ModelRule>;

const taken: ReadonlySet<unknown> = new Set(studioOnly);
const refuses = google.gemini.refuses.filter((one) => !taken.has(one));

const geminiModels = google.gemini.models.map((rule) => ({
  ...rule,
  ...('refuses' in rule ? { refuses: rule.refuses.filter((one) => !taken.has(one)) } : {}),
  quirks: { ...quirks, ...('quirks' in rule ? rule.quirks : {}) },
}));

const partners: readonly ModelRule[] = [
  {
    match: /^(?:anthropic\/)?(?=claude-)/,
    strip: true,
    dialect: 'anthropic-messages',
    paths: {
      chat: [`/publishers/anthropic/models/${raw[0]}`, `/publishers/anthropic/models/${raw[1]}`],
      'count-tokens': '/publishers/anthropic/models/count-tokens:rawPredict',
    },
    adds: { anthropic_version: 'vertex-2023-10-16' },
    ...claudeFill,
    refuses: [],
    quirks: inlining,
  },
  ...claudeModels.map((rule) => ({ ...rule, quirks: { ...rule.quirks, ...inlining } })),
  {
    match: /^(?:mistralai\/)?(?=(?:mistral|codestral|ministral|magistral)-)/,
    strip: true,
    ...open,
    refuses: no.mistral,
    renames: mistralRenames,
    paths: { chat: [`/publishers/mistralai/models/${raw[0]}`, `/publishers/mistralai/models/${raw[1]}`] },
    quirks: mistralQuirks,
  },
  // The version stands in the path only.
  { match: /^(?<name>(?:mistral|codestral|ministral|magistral)-[^@]*)/, adds: { model: '{name}' } },
  {
    match: /^(?:ai21\/)?(?=jamba-)/,
    strip: true,
    ...open,
    refuses: no.ai21,
    renames: { max_completion_tokens: 'max_tokens' },
    paths: { chat: [`/publishers/ai21/models/${raw[0]}`, `/publishers/ai21/models/${raw[1]}`] },
    quirks: { ...usual, reasoning: 'none', flatContent: true } satisfies OpenAIChatQuirks,
  },
  { match: /^(?<name>jamba-[^@]*)/, adds: { model: '{name}' } },
  {
    match: /^openai\/(?<endpoint>\d+)$/,
    ...open,
    omits: ['model'],
    paths: { chat: '/endpoints/{endpoint}/chat/completions' },
    quirks: { ...usual, looseReply: true } satisfies OpenAIChatQuirks,
  },
  {
    match: /^[\w.-]+\/[\w.@-]+$/,
    ...open,
    refuses: no.allReasoning,
    paths: { chat: '/endpoints/openapi/chat/completions' },
    quirks: { ...usual, looseReply: true } satisfies OpenAIChatQuirks,
  },
];

/** Google's cloud: its own models, and those of others. Parameters: LITELLM.md 4.3. */
export const vertex: Readonly<Record<string, Row>> = {
  vertex_ai: {
    title: 'Google Vertex AI',
    dialect: 'gemini',
    strict: true,
    base: 'https://{host}/v1/projects/{project}/locations/{location}',
    auth,
    places,
    refuses,
    // The path says it.
    omits: ['model'],
    paths: {
      chat: [`${googlePath}:generateContent`, `${googlePath}:streamGenerateContent?alt=sse`],
      embeddings: `${googlePath}:predict`,
      'count-tokens': `${googlePath}:countTokens`,
      images: `${googlePath}:generateContent`,
    },
    forms: { images: 'content' },
    quirks,
    native: {
      also: ['vertex-ai'],
      whole: /^\/(?:v\d\w*\/projects\/(?<project>[\w.:-]+)\/locations\/(?<location>[a-z0-9-]+)|ws)(?=\/)/,
      cut: /\/v1\/projects\/[^/]+\/locations\/[^/]+$/,
      skips: /^\/v\d\w*(?=\/)/,
      short: { '/live': '/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent' },
    },
    models: [
      { match: /^gemini\/(?=.)/, strip: true },
      // A model tuned or deployed by oneself.
      {
        match: /^\d+$/,
        paths: {
          chat: ['/endpoints/{model}:generateContent', '/endpoints/{model}:streamGenerateContent?alt=sse'],
          embeddings: '/endpoints/{model}:predict',
          'count-tokens': '/endpoints/{model}:countTokens',
        },
      },
      ...partners,
      { match: /^imagen/, paths: { images: `${googlePath}:predict` }, forms: { images: 'predict' } },
      { match: /gemini-embedding/, quirks: { ...quirks, predict: { most: 1 } } satisfies GeminiQuirks },
      ...geminiModels,
    ],
  },
};
