import type * as z from 'zod/v4';
import {
  any,
  credentials,
  fields,
  flag,
  flagOrFile,
  headers,
  map,
  number,
  openFields,
  seconds,
  text,
  texts,
  whole,
} from './schema-leaf.ts';

/** Where a model is and as whom it is called. */
const account = {
  api_key: texts().describe('The key, or a list of keys that take turns; best written os.environ/NAME'),
  api_base: text().describe('Base URL of the provider'),
  base_url: text().describe('The same as api_base'),
  api_version: text().describe('Version of the API (Azure)'),
  organization: text().describe('OpenAI organization'),
  custom_llm_provider: text().describe("The provider, where the model's name does not begin with it"),
  azure_ad_token: text().describe('A token of Microsoft Entra, in place of a key'),
  tenant_id: text().describe('Microsoft Entra: the tenant'),
  client_id: text().describe('Microsoft Entra: the application'),
  client_secret: text().describe("Microsoft Entra: the application's secret"),
  aws_access_key_id: text().describe('AWS access key'),
  aws_secret_access_key: text().describe('AWS secret key'),
  aws_session_token: text().describe('AWS session token'),
  aws_region_name: text().describe('AWS region'),
  aws_session_name: text().describe('Name of the session with an AWS role'),
  aws_profile_name: text().describe('AWS profile'),
  aws_role_name: text().describe('AWS role to take (an ARN)'),
  aws_external_id: text().describe('External id for the AWS role'),
  aws_web_identity_token: text().describe('AWS web identity token'),
  aws_sts_endpoint: text().describe('Base URL of AWS STS'),
  aws_bedrock_runtime_endpoint: text().describe('Base URL of Amazon Bedrock'),
  vertex_project: text().describe('Google Cloud project'),
  vertex_location: text().describe('Google Cloud location'),
  vertex_credentials: credentials().describe('Google credentials: a file, or their JSON'),
  watsonx_region_name: text().describe('watsonx region'),
  project_id: text().describe('watsonx project'),
  space_id: text().describe('watsonx space'),
  region_name: text().describe('Region of the provider (AWS, Google)'),
  headers: headers().describe('Further headers for the provider'),
  extra_headers: headers().describe('The same as headers'),
};

/** How it is called. */
const manner = {
  drop_params: flag().describe('Leave out parameters that the provider does not know'),
  additional_drop_params: texts().describe('Parameters to leave out always; paths such as tools[*].strict too'),
  allowed_openai_params: texts().describe('Parameters to send although the provider is not known to take them'),
  add_function_to_prompt: flag().describe('Write tools into the prompt where the provider has none'),
  extra_body: map().describe('Further members of the body, as the provider knows them'),
  timeout: seconds(0.001).describe('Seconds to the first byte, and between two chunks of a stream'),
  stream_timeout: seconds(0.001).describe('Seconds to the first byte of a stream'),
  ssl_verify: flagOrFile().describe('false: its certificate is not checked; or a file of authorities'),
  max_retries: whole(0, 100).describe('The same as num_retries'),
  num_retries: whole(0, 100).describe('How often a failed call is tried again'),
  mock_response: any().describe('Answers in the place of the provider; litellm.RateLimitError and the like fail'),
  configurable_clientside_auth_params: any().describe('[api_key]: callers may bring their own key for this model'),
};

/** How it shares the calls of its group. */
const share = {
  weight: number().describe('Share of the calls of the group'),
  rpm: whole().describe('Requests a minute'),
  tpm: whole().describe('Tokens a minute'),
  max_parallel_requests: whole(1).describe('Calls at the same time'),
  order: whole(-1e9).describe('The lowest number that can be called goes first'),
  tags: texts().describe('Tags of calls that it takes'),
  cooldown_time: seconds().describe('Seconds of rest after too many failures'),
};

/** Dollars. */
const prices = {
  input_cost_per_token: number().describe('Dollars'),
  output_cost_per_token: number().describe('Dollars'),
  cache_read_input_token_cost: number().describe('Dollars'),
  cache_creation_input_token_cost: number().describe('Dollars'),
  input_cost_per_request: number().describe('Dollars'),
};

/** litellm_params: what it knows; other members go to the provider unless a request has them. */
export const paramsSchema = openFields({
  model: text().describe('provider/model; a * takes what the * of model_name stood for'),
  litellm_credential_name: text().describe('Name in credential_list'),
  ...account,
  ...manner,
  ...share,
  ...prices,
})
  .partial()
  .describe('How it is called; other members are defaults for the body of a request');

const infoSchema = openFields({
  id: text().describe('Id of the deployment'),
  mode: text().describe('chat, completion, embedding, image_generation, audio_transcription, rerank ...'),
  base_model: text().describe('The model whose prices and windows count'),
  max_input_tokens: whole(1).describe('Tokens of prompt that it takes'),
  max_output_tokens: whole(1).describe('The longest answer in tokens'),
  max_tokens: whole(1).describe('The longest answer in tokens'),
  access_groups: texts().describe('Names of groups of models that it belongs to'),
  ...prices,
})
  .partial()
  .describe('What is told of it at /model/info; further members of your own too');

export const modelSchema = fields({
  model_name: text().describe('The name that clients use; several entries of one name share its calls'),
  litellm_params: paramsSchema,
  model_info: infoSchema.optional(),
});

export const credentialSchema = fields({
  credential_name: text().describe('The name for litellm_credential_name'),
  credential_values: openFields(account).partial().describe('Members for litellm_params'),
  credential_info: map().optional().describe('For your own use'),
});

export type ModelParams = z.output<typeof paramsSchema>;
export type ModelInfo = z.output<typeof infoSchema>;
export type ModelEntry = z.output<typeof modelSchema>;
export type Credential = z.output<typeof credentialSchema>;
