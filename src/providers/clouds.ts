import type { OpenAIChatQuirks } from '../dialects/index.ts';
import type { Row } from '../hub/index.ts';
import { usual } from './openai-like.ts';
import * as no from './unsupported.ts';

const maxTokens = { max_completion_tokens: 'max_tokens' } as const;
const databricksQuirks = { ...usual, reasoning: 'none', looseReply: true } as const satisfies OpenAIChatQuirks;

/** Hosts of many makers' models, which speak OpenAI's chat form behind addresses and tokens of their own. */
export const clouds = {
  watsonx: {
    title: 'IBM watsonx.ai',
    dialect: 'openai-chat',
    base: 'https://{region}.ml.cloud.ibm.com',
    auth: [
      // Tokens of IBM's IAM are JWTs; an API key is exchanged for one.
      { kind: 'bearer', env: ['WATSONX_TOKEN'], keyPrefix: 'eyJ' },
      {
        kind: 'exchange',
        env: ['WATSONX_APIKEY', 'WATSONX_API_KEY', 'WX_API_KEY'],
        url: '{iamUrl}',
        form: { grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey: '{key}' },
      },
      { kind: 'bearer', env: ['WATSONX_TOKEN'] },
      // Cloud Pak for Data.
      { kind: 'bearer', env: ['WATSONX_ZENAPIKEY'], scheme: 'ZenApiKey' },
    ],
    env: { base: ['WATSONX_URL', 'WX_URL', 'WML_URL'] },
    places: {
      region: { env: ['WATSONX_REGION', 'WX_REGION'] },
      version: { query: 'version', flag: 'api_version', env: ['WATSONX_API_VERSION'], default: '2024-03-13' },
      iamUrl: { env: ['WATSONX_IAM_URL'], default: 'https://iam.cloud.ibm.com/identity/token' },
      project: { env: ['WATSONX_PROJECT_ID', 'WX_PROJECT_ID'] },
      space: { env: ['WATSONX_DEPLOYMENT_SPACE_ID', 'WATSONX_SPACE_ID', 'WX_SPACE_ID'] },
    },
    refuses: no.watsonx,
    // The path says whether to stream.
    omits: ['model', 'stream', 'stream_options'],
    paths: {
      chat: ['/ml/v1/text/chat?version={version}', '/ml/v1/text/chat_stream?version={version}'],
      embeddings: '/ml/v1/text/embeddings?version={version}',
    },
    floatsOnly: true,
    quirks: {
      ...usual,
      vectorResults: true,
      stripSchemaWords: ['additionalProperties', 'strict'],
      toolChoiceOption: true,
      looseReply: true,
    } satisfies OpenAIChatQuirks,
    adds: { model_id: '{model}', space_id: '{space}' },
    models: [
      {
        match: /^/,
        when: { project: /./ },
        strip: true,
        adds: { model_id: '{model}', project_id: '{project}' },
      },
      {
        match: /^deployment\//,
        strip: true,
        paths: {
          chat: [
            '/ml/v1/deployments/{model}/text/chat?version={version}',
            '/ml/v1/deployments/{model}/text/chat_stream?version={version}',
          ],
        },
        adds: {},
      },
    ],
  },
  databricks: {
    title: 'Databricks',
    dialect: 'openai-chat',
    base: 'https://{workspace}/serving-endpoints',
    auth: [
      { kind: 'bearer', env: ['DATABRICKS_API_KEY', 'DATABRICKS_TOKEN'] },
      {
        kind: 'exchange',
        env: [],
        url: '{origin}/oidc/v1/token',
        form: { grant_type: 'client_credentials', scope: 'all-apis' },
        basic: '{clientId}:{clientSecret}',
        settings: { clientId: ['DATABRICKS_CLIENT_ID'], clientSecret: ['DATABRICKS_CLIENT_SECRET'] },
      },
    ],
    env: { base: ['DATABRICKS_HOST'] },
    places: { workspace: { env: ['DATABRICKS_WORKSPACE'] } },
    refuses: no.databricks,
    renames: maxTokens,
    quirks: databricksQuirks,
    models: [
      {
        match: /claude/,
        quirks: { reasoning: 'none', developerAsSystem: true, looseReply: true, effortAsThinking: true },
      },
    ],
  },
  huggingface: {
    title: 'Hugging Face',
    dialect: 'openai-chat',
    base: 'https://router.huggingface.co',
    auth: [{ kind: 'bearer', env: ['HF_TOKEN', 'HUGGINGFACE_API_KEY'] }],
    env: { base: ['HF_API_BASE'] },
    cuts: /\/v1$/,
    // Text Embeddings Inference, at endpoints of one's own.
    paths: { chat: '/v1/chat/completions', embeddings: '/v1/embeddings', rerank: '/rerank' },
    forms: { rerank: 'texts' },
    refuses: no.ordinary,
    quirks: { ...usual, looseReply: true },
    models: [
      // Endpoints of one's own have OpenAI's form of embeddings, the router has none.
      {
        match: /^(?<repo>[\w.-]+(?:\/[\w.-]+)?)$/,
        at: /^https:\/\/router\.huggingface\.co(?:\/|$)/,
        paths: {
          chat: '/v1/chat/completions',
          embeddings: '/hf-inference/models/{repo}/pipeline/feature-extraction',
        },
        floatsOnly: true,
        quirks: { ...usual, looseReply: true, vectorResults: true } satisfies OpenAIChatQuirks,
      },
      // The router hears who is to serve behind the model's name.
      { match: /^(?<partner>[\w.-]+)\/(?<repo>[\w.-]+\/[\w.-]+)$/, adds: { model: '{repo}:{partner}' } },
    ],
  },
  cloudflare: {
    title: 'Cloudflare Workers AI',
    dialect: 'openai-chat',
    base: 'https://api.cloudflare.com/client/v4/accounts/{account}/ai/v1',
    auth: [{ kind: 'bearer', env: ['CLOUDFLARE_API_KEY', 'CLOUDFLARE_API_TOKEN'] }],
    // The older form has the model in the path.
    cuts: /\/run(?:\/.*)?$/,
    places: { account: { env: ['CLOUDFLARE_ACCOUNT_ID'] } },
    refuses: no.cloudflare,
    renames: maxTokens,
    quirks: { ...usual, reasoning: 'none', looseReply: true },
  },
  snowflake: {
    title: 'Snowflake Cortex',
    dialect: 'openai-chat',
    base: 'https://{account}.snowflakecomputing.com/api/v2/cortex/v1',
    auth: [
      {
        kind: 'bearer',
        env: ['SNOWFLAKE_JWT'],
        keyPrefix: 'eyJ',
        headers: { 'x-snowflake-authorization-token-type': 'KEYPAIR_JWT' },
      },
      {
        kind: 'bearer',
        env: ['SNOWFLAKE_PAT', 'SNOWFLAKE_JWT'],
        headers: { 'x-snowflake-authorization-token-type': 'PROGRAMMATIC_ACCESS_TOKEN' },
      },
    ],
    places: { account: { env: ['SNOWFLAKE_ACCOUNT_ID'] } },
    cuts: /\/inference:complete$/,
    refuses: no.snowflake,
    renames: { max_tokens: 'max_completion_tokens' },
    quirks: { ...usual, reasoning: 'none', looseReply: true },
  },
} as const satisfies Record<string, Row>;
