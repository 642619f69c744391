import type { AnthropicQuirks, OpenAIChatQuirks } from '../dialects/index.ts';
import type { Auth, ModelRule, Place, Row } from '../hub/index.ts';
import { claudeFill, claudeModels } from './claude.ts';
import { hearing, imageEdits, images, speech } from './endpoints.ts';
import { azureKeeping, openaiKeeping } from './keeping.ts';
import { completionTokens, efforts, openaiModels, openaiQuirks } from './native.ts';
import { usual } from './openai-like.ts';
import * as no from './unsupported.ts';

/** The first chunk has neither id nor choices, and a filtered choice no message (QUIRKS.md 4). */
const quirks = { ...openaiQuirks, looseReply: true } as const satisfies OpenAIChatQuirks;

const entra = {
  kind: 'entra',
  env: [],
  scope: 'https://cognitiveservices.azure.com/.default',
  settings: {
    tenantId: ['AZURE_TENANT_ID'],
    clientId: ['AZURE_CLIENT_ID'],
    clientSecret: ['AZURE_CLIENT_SECRET'],
    authority: ['AZURE_AUTHORITY_HOST'],
  },
} as const satisfies Auth;
const adToken = { kind: 'bearer', env: ['AZURE_AD_TOKEN'] } as const satisfies Auth;
const auth = [
  { kind: 'header', name: 'api-key', env: ['AZURE_API_KEY', 'AZURE_OPENAI_API_KEY'] },
  adToken,
  entra,
] as const satisfies readonly Auth[];

const places = {
  resource: { env: ['AZURE_RESOURCE_NAME'] },
  apiVersion: {
    query: 'api-version',
    flag: 'api_version',
    env: ['AZURE_API_VERSION', 'OPENAI_API_VERSION'],
    default: '2025-02-01-preview',
  },
} as const satisfies Record<string, Place>;

const base = 'https://{resource}.openai.azure.com';
const env = { base: ['AZURE_OPENAI_ENDPOINT'] } as const;
const deployment = '/openai/deployments/{model}';
const version = '?api-version={apiVersion}';
/** What an older form has below the deployment. */
const media = {
  images: `${deployment}/images/generations${version}`,
  'image-edits': `${deployment}/images/edits${version}`,
  speech: `${deployment}/audio/speech${version}`,
  transcription: `${deployment}/audio/transcriptions${version}`,
  translation: `${deployment}/audio/translations${version}`,
} as const;
const mediaBelow = {
  images: `/images/generations${version}`,
  'image-edits': `/images/edits${version}`,
  speech: `/audio/speech${version}`,
  transcription: `/audio/transcriptions${version}`,
  translation: `/audio/translations${version}`,
} as const;
/** The form without versions, which has the deployment in the body as other servers have the model. */
const v1 = /\/openai\/v1(?:[/?#]|$)/;
const withVersion = /^(?!.*\/openai\/v1(?:[/?#]|$))/;
/** Asked for by a prefix, and by the names of models that speak nothing else. */
const otherApi =
  /^(?:responses\/|(?=o\d(?:-mini)?-(?:pro|deep-research)|gpt-5(?:\.\d+)?-(?:pro|codex)|codex-|computer-use-))/;
/** A base that says the deployment; then the model's name does not count. */
const ofDeployment = /\/openai\/deployments\/[^/?#]+/;

const oSeries = { refuses: no.oSeries, renames: completionTokens, quirks: { ...quirks, ...efforts.oSeries } } as const;
const gpt5 = { refuses: no.gpt5, renames: completionTokens, quirks: { ...quirks, ...efforts.gpt5 } } as const;

/** Deployments have the names that their owners give them; most name the model in it (LITELLM.md 4.2). */
const byName: readonly ModelRule[] = [
  { match: /^o_series\//, strip: true, ...oSeries },
  { match: /^gpt5_series\//, strip: true, ...gpt5 },
  { match: /(?:^|[^a-z0-9])o1-(?:mini|preview)/i, ...oSeries, refuses: no.firstOSeries },
  { match: /(?:^|[^a-z0-9])o[134](?:$|[^a-z0-9]|mini|pro)/i, ...oSeries },
  ...openaiModels.map((rule) => ({ ...rule, quirks: { ...quirks, ...('quirks' in rule ? rule.quirks : {}) } })),
];

/** Microsoft's clouds. Parameters: LITELLM.md 4.2. */
export const azure: Readonly<Record<string, Row>> = {
  azure: {
    title: 'Azure OpenAI',
    dialect: 'openai-chat',
    strict: true,
    keepsMetadata: true,
    base,
    auth,
    env,
    places,
    refuses: no.azure,
    quirks,
    paths: {
      chat: `${deployment}/chat/completions${version}`,
      embeddings: `${deployment}/embeddings${version}`,
      ...media,
      ...azureKeeping,
    },
    native: {
      whole: /^\/openai(?=\/)/,
      cut: /\/openai(?:\/v1)?$/,
      query: { name: 'api-version', value: '{apiVersion}', not: v1 },
    },
    models: [
      {
        match: /^/,
        at: v1,
        strip: true,
        also: ['openai-responses'],
        paths: {
          chat: '/chat/completions',
          embeddings: '/embeddings',
          ...imageEdits,
          ...speech,
          ...hearing,
          ...openaiKeeping,
        },
      },
      {
        match: /^/,
        at: ofDeployment,
        strip: true,
        paths: { chat: `/chat/completions${version}`, embeddings: `/embeddings${version}`, ...mediaBelow },
      },
      { match: /^/, when: { apiVersion: /^(?:2022|2023|2024-0[1-7])/ }, strip: true, lacks: ['schema-output'] },
      { match: /^/, when: { apiVersion: /^2024-0[1-5]/ }, strip: true, refuses: no.azureBeforeRequired },
      { match: /^/, when: { apiVersion: /^(?:2022|2023-(?:0|1[01]))/ }, strip: true, refuses: no.azureBeforeChoice },
      { match: otherApi, at: v1, strip: true, dialect: 'openai-responses', paths: { chat: '/responses' } },
      {
        match: otherApi,
        at: withVersion,
        // The usual version is older than this API.
        when: { apiVersion: /^2025-02-01-preview$/ },
        strip: true,
        dialect: 'openai-responses',
        paths: { chat: '/openai/responses?api-version=2025-03-01-preview' },
      },
      {
        match: otherApi,
        at: withVersion,
        when: { apiVersion: /^(?!2025-02-01-preview$)/ },
        strip: true,
        dialect: 'openai-responses',
        paths: { chat: `/openai/responses${version}` },
      },
      ...byName,
    ],
  },
  azure_text: {
    title: 'Azure OpenAI, completions of a text',
    dialect: 'openai-completions',
    strict: true,
    base,
    auth,
    env: { base: [...env.base, 'AZURE_API_BASE'] },
    places,
    paths: { chat: `${deployment}/completions${version}` },
    models: [
      { match: /^/, at: v1, paths: { chat: '/completions' } },
      { match: /^/, at: ofDeployment, paths: { chat: `/completions${version}` } },
    ],
  },
  azure_ai: {
    title: 'Azure AI Foundry',
    dialect: 'openai-chat',
    base: 'https://{resource}.services.ai.azure.com',
    auth: [{ kind: 'bearer', env: ['AZURE_AI_API_KEY'] }, adToken, entra],
    places: {
      resource: { env: ['AZURE_AI_RESOURCE_NAME'] },
      apiVersion: {
        query: 'api-version',
        flag: 'api_version',
        env: ['AZURE_AI_API_VERSION'],
        default: '2024-05-01-preview',
      },
    },
    refuses: no.ordinary,
    quirks: { ...usual, flatContent: true, looseReply: true } satisfies OpenAIChatQuirks,
    paths: { chat: '/chat/completions', embeddings: '/embeddings', ...images, rerank: '/v1/rerank' },
    native: { query: { name: 'api-version', value: '{apiVersion}', not: /^\/(?:anthropic|openai\/v1)(?:\/|$)/ } },
    models: [
      {
        match: /^/,
        at: /\.services\.ai\.azure\.com|\.openai\.azure\.com/,
        strip: true,
        auth: [{ kind: 'header', name: 'api-key', env: ['AZURE_AI_API_KEY'] }, adToken, entra],
      },
      {
        match: /^/,
        at: /\.services\.ai\.azure\.com(?!.*\/openai\/v1)/,
        strip: true,
        paths: {
          chat: `/models/chat/completions${version}`,
          embeddings: `/models/embeddings${version}`,
          images: '/openai/v1/images/generations',
          rerank: '/providers/cohere/v2/rerank',
        },
      },
      {
        match: /^(?=claude-)/,
        strip: true,
        dialect: 'anthropic-messages',
        auth: [{ kind: 'header', name: 'x-api-key', env: ['AZURE_AI_API_KEY'] }, adToken, entra],
        paths: { chat: '/anthropic/v1/messages' },
        ...claudeFill,
        refuses: [],
        quirks: {} satisfies AnthropicQuirks,
      },
      ...claudeModels,
    ],
  },
};
