/** A flag of LiteLLM that does nothing here. `value`: how one is typed; `exit`: nothing sensible can go on without it. */
export interface LegacyFlag {
  short?: string;
  value?: 'required' | 'optional';
  says: string;
  exit?: 1;
  /** Values that mean nothing anyway, and so are accepted in silence. */
  silent?: readonly string[];
  env?: string;
}

const backend = 'modelport has one server of its own';
const database = 'modelport has no such database';
const nothing = 'it has no meaning here';

/** Accepted so that scripts do not break; one line says that each has no effect. */
export const legacyFlags: Readonly<Record<string, LegacyFlag>> = {
  setup: { says: 'there is no wizard: write a config.yaml with a model_list, or start with --model', exit: 1 },
  reload: { says: 'a configuration is read again whenever its file is saved' },
  max_requests_before_restart: {
    value: 'required',
    says: 'not supported in this version: the process is not recycled',
  },
  max_requests_before_restart_jitter: { value: 'required', says: 'not supported in this version' },
  prometheus_metrics_port: { value: 'required', says: 'metrics are not supported in this version' },
  log_config: { value: 'required', says: 'not supported: --json writes the log as JSON lines' },
  ciphers: { value: 'required', says: "not supported: Node's own list of ciphers is used" },
  run_gunicorn: { says: backend },
  run_hypercorn: { says: backend },
  run_granian: { says: backend },
  granian_threads: { value: 'required', says: backend },
  iam_token_db_auth: { says: database },
  azure_postgresql_auth: { says: database },
  use_prisma_db_push: { says: database },
  use_prisma_migrate: { says: database },
  use_v2_migration_resolver: { says: database },
  use_v1_migration_resolver: { says: database },
  enforce_prisma_migration_check: { says: database },
  save: { says: nothing },
  add_key: { value: 'optional', says: 'set the key in the environment or .env' },
  use_queue: { says: nothing },
  test_async: { says: 'use `modelport test`' },
  num_requests: { value: 'required', says: nothing },
  local: { says: nothing },
  telemetry: { value: 'optional', says: 'there is no telemetry', silent: ['false', 'False', '0'] },
};
