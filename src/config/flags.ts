/**
 * What the command line (or its environment variables) said about serving, in the spelling of the flags. Ranges are
 * checked where flags are read; a key that is missing was not given.
 */
export interface Flags {
  /** The file of a configuration with many models. */
  config?: string;
  model?: string;
  alias?: string;
  api_base?: string;
  api_key?: string;
  api_version?: string;
  /** Each a JSON object or `name=value`. */
  headers?: string[];
  temperature?: number;
  max_tokens?: number;
  /** Seconds. */
  request_timeout?: number;
  drop_params?: boolean;
  add_function_to_prompt?: boolean;
  /** Dollars. */
  max_budget?: number;
  client_keys?: boolean;
  allow_private_media?: boolean;
  host?: string;
  port?: number;
  ssl_keyfile_path?: string;
  ssl_certfile_path?: string;
  /** Seconds. */
  keepalive_timeout?: number;
  limit_concurrency?: number;
  allowed_origins?: string[];
  allowed_hosts?: string[];
  /** Seconds. */
  drain_timeout?: number;
  max_event_mb?: number;
  max_response_mb?: number;
}
