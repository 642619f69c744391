import type { Config } from '../hub/index.ts';
import { known } from './entry-params.ts';
import type { Flags } from './flags.ts';
import type { FileContent } from './schema.ts';

type GeneralSettings = NonNullable<FileContent['general_settings']>;
type LitellmSettings = NonNullable<FileContent['litellm_settings']>;

const MB = 1024 * 1024;

/** What general_settings say of the server, and litellm_settings beside them. Flags win. */
export function serverSettings(general: GeneralSettings, litellm: LitellmSettings, flags: Flags): Partial<Config> {
  const modelFor = known({
    chat: general.completion_model,
    embeddings: general.embedding_model,
    images: general.image_generation_model,
    moderations: general.moderation_model,
  });
  return {
    ...limitsOf(general, litellm, flags),
    ...known({
      masterKey: general.master_key,
      keyHeader: general.litellm_key_header_name?.toLowerCase(),
      forwardClientHeaders: general.forward_client_headers_to_llm_api,
      forwardProviderAuth: general.forward_llm_provider_auth_headers,
      alwaysUsage: general.always_include_stream_usage,
      listsPatterns: general.return_wildcard_routes ?? litellm.return_wildcard_routes,
      clientKeys: flags.client_keys === undefined ? general.allow_client_side_credentials : undefined,
    }),
    ...(Object.keys(modelFor).length === 0 ? {} : { modelFor }),
  };
}

function limitsOf(general: GeneralSettings, litellm: LitellmSettings, flags: Flags): Partial<Config> {
  const { max_request_size_mb: request, max_response_size_mb: response } = general;
  const { global_max_parallel_requests: most, max_parallel_requests: alsoMost } = general;
  return known({
    maxBody: request === undefined ? undefined : Math.round(request * MB),
    maxReply: response === undefined || flags.max_response_mb !== undefined ? undefined : Math.round(response * MB),
    maxConcurrent: flags.limit_concurrency === undefined ? (most ?? alsoMost) : undefined,
    maxBudget: flags.max_budget === undefined ? litellm.max_budget : undefined,
  });
}
