import type { Environment } from './environment.ts';
import type { ModelParams } from './schema-model.ts';

/** Words of litellm_params and the variables that say the same, so that an entry is resolved as an environment is. */
const variables: Readonly<Record<string, readonly string[]>> = {
  azure_ad_token: ['AZURE_AD_TOKEN'],
  tenant_id: ['AZURE_TENANT_ID'],
  client_id: ['AZURE_CLIENT_ID'],
  client_secret: ['AZURE_CLIENT_SECRET'],
  aws_access_key_id: ['AWS_ACCESS_KEY_ID'],
  aws_secret_access_key: ['AWS_SECRET_ACCESS_KEY'],
  aws_session_token: ['AWS_SESSION_TOKEN'],
  aws_session_name: ['AWS_SESSION_NAME'],
  aws_profile_name: ['AWS_PROFILE_NAME'],
  aws_role_name: ['AWS_ROLE_NAME'],
  aws_external_id: ['AWS_EXTERNAL_ID'],
  aws_web_identity_token: ['AWS_WEB_IDENTITY_TOKEN'],
  aws_sts_endpoint: ['AWS_STS_ENDPOINT'],
  aws_bedrock_runtime_endpoint: ['AWS_BEDROCK_RUNTIME_ENDPOINT'],
  region_name: ['AWS_REGION_NAME', 'VERTEXAI_LOCATION'],
  aws_region_name: ['AWS_REGION_NAME'],
  vertex_project: ['VERTEXAI_PROJECT'],
  vertex_location: ['VERTEXAI_LOCATION'],
  vertex_credentials: ['VERTEXAI_CREDENTIALS'],
  watsonx_region_name: ['WATSONX_REGION'],
  project_id: ['WATSONX_PROJECT_ID'],
  space_id: ['WATSONX_DEPLOYMENT_SPACE_ID'],
};

/** What an entry says itself makes the environment's other ways to say who calls void: keys of two accounts never mix. */
const instead: Readonly<Record<string, readonly string[]>> = {
  aws_access_key_id: ['AWS_SESSION_TOKEN', 'AWS_BEARER_TOKEN_BEDROCK', 'AWS_PROFILE_NAME', 'AWS_ROLE_NAME'],
  aws_role_name: ['AWS_BEARER_TOKEN_BEDROCK'],
  aws_web_identity_token: ['AWS_BEARER_TOKEN_BEDROCK'],
  aws_profile_name: [
    'AWS_BEARER_TOKEN_BEDROCK',
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'AWS_ROLE_NAME',
  ],
  azure_ad_token: ['AZURE_API_KEY', 'AZURE_OPENAI_API_KEY', 'AZURE_AI_API_KEY'],
  client_secret: ['AZURE_API_KEY', 'AZURE_OPENAI_API_KEY', 'AZURE_AI_API_KEY', 'AZURE_AD_TOKEN'],
  vertex_credentials: ['VERTEXAI_ACCESS_TOKEN', 'CLOUDSDK_AUTH_ACCESS_TOKEN'],
};

/** Words that say who calls, in the order in which they are told of. */
const identities = [
  'api_key',
  'azure_ad_token',
  'client_secret',
  'aws_access_key_id',
  'aws_role_name',
  'aws_profile_name',
  'aws_web_identity_token',
  'vertex_credentials',
] as const;

/** The environment as one entry sees it. */
export function environmentFor(params: ModelParams, env: Environment): Environment {
  const said: Record<string, string | undefined> = {};
  const words: Readonly<Record<string, unknown>> = params;
  for (const [word, names] of Object.entries(instead)) {
    if (words[word] !== undefined) for (const name of names) said[name] = undefined;
  }
  for (const [word, names] of Object.entries(variables)) {
    const value = words[word];
    if (typeof value === 'string') for (const name of names) said[name] = value;
  }
  return { ...env, ...said };
}

/** The word of an entry that says who calls; undefined: the environment does. */
export function identityOf(params: ModelParams): string | undefined {
  return identities.find((word) => params[word] !== undefined);
}

/** Values of an entry that nobody may see. */
export function secretsOf(params: ModelParams): string[] {
  const keys = params.api_key?.flatMap((key) => key.split(',')) ?? [];
  return [...keys.map((key) => key.trim()), ...hidden.flatMap((word) => params[word] ?? [])];
}

const hidden = [
  'azure_ad_token',
  'client_secret',
  'aws_secret_access_key',
  'aws_session_token',
  'aws_web_identity_token',
  'vertex_credentials',
] as const;
