import { basename } from 'node:path';

/** Where an agent finds its proxy. `url` has neither a trailing slash nor /v1. */
export interface Place {
  url: string;
  key: string;
  model: string;
}

/** What tells an agent about its proxy. A variable that is undefined must not reach it. */
export interface Setup {
  variables: Readonly<Record<string, string | undefined>>;
  /** Stand before the user's own arguments, which so win over them. */
  args: readonly string[];
}

interface Agent {
  /** The command that brings it. */
  install: string;
  setup(place: Place): Setup;
}

/** The key where the proxy asks for none: clients insist on having one. */
export const placeholderKey = 'sk-modelport';

/** The agents that are known by the name of their command. */
export const agents: Readonly<Record<string, Agent>> = {
  // https://code.claude.com/docs/en/env-vars. Its settings.json may set the same variables, and wins over the
  // environment; --settings wins over settings.json.
  claude: {
    install: 'npm install -g @anthropic-ai/claude-code',
    setup: (place) => {
      const env = claudeVariables(place);
      const token = place.key === placeholderKey ? { ANTHROPIC_AUTH_TOKEN: place.key } : {};
      return {
        variables: { ...env, ...claudeElsewhere, ANTHROPIC_AUTH_TOKEN: place.key },
        args: ['--settings', JSON.stringify({ env: { ...env, ...emptied(claudeElsewhere), ...token } })],
      };
    },
  },
  // https://github.com/openai/codex/blob/main/docs/config.md: values are TOML, whose strings are written like JSON's.
  codex: {
    install: 'npm install -g @openai/codex',
    setup: ({ url, key, model }) => ({
      variables: { MODELPORT_API_KEY: key, OPENAI_API_KEY: undefined, CODEX_API_KEY: undefined },
      args: [
        ...['-c', `model=${JSON.stringify(model)}`],
        ...['-c', 'model_provider="modelport"'],
        '-c',
        `model_providers.modelport={name="modelport",base_url=${JSON.stringify(`${url}/v1`)},wire_api="responses",env_key="MODELPORT_API_KEY"}`,
      ],
    }),
  },
  // https://google-gemini.github.io/gemini-cli/docs. Without a chosen login, versions since 0.44 take GOOGLE_GEMINI_BASE_URL
  // for a way to log in that they then refuse (google-gemini/gemini-cli issue 27550). They look for Vertex before.
  gemini: {
    install: 'npm install -g @google/gemini-cli',
    setup: ({ url, key, model }) => ({
      variables: {
        GOOGLE_GEMINI_BASE_URL: url,
        GEMINI_API_KEY: key,
        GOOGLE_GENAI_USE_VERTEXAI: 'true',
        GOOGLE_VERTEX_BASE_URL: url,
        GOOGLE_API_KEY: key,
        GEMINI_MODEL: model,
        GOOGLE_GENAI_USE_GCA: undefined,
      },
      args: [],
    }),
  },
  // https://aider.chat/docs/config/options.html. AIDER_* win over its configuration files, and they over .env files.
  aider: {
    install: 'python -m pip install aider-install && aider-install',
    setup: ({ url, key, model }) => ({
      variables: {
        OPENAI_API_BASE: `${url}/v1`,
        OPENAI_BASE_URL: `${url}/v1`,
        OPENAI_API_KEY: key,
        AIDER_OPENAI_API_BASE: `${url}/v1`,
        AIDER_OPENAI_API_KEY: key,
        AIDER_WEAK_MODEL: `openai/${model}`,
        AIDER_EDITOR_MODEL: `openai/${model}`,
        AIDER_SHOW_MODEL_WARNINGS: 'false',
      },
      args: ['--model', `openai/${model}`],
    }),
  },
  // https://opencode.ai/docs/config: inline configuration is merged over that of files.
  opencode: {
    install: 'npm install -g opencode-ai',
    setup: (place) => ({
      variables: {
        MODELPORT_API_KEY: place.key,
        OPENCODE_CONFIG_CONTENT: JSON.stringify(opencodeConfig(place)),
      },
      args: [],
    }),
  },
  // https://qwenlm.github.io/qwen-code-docs
  qwen: {
    install: 'npm install -g @qwen-code/qwen-code',
    setup: ({ url, key, model }) => ({
      variables: { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: key, OPENAI_MODEL: model },
      args: ['--auth-type', 'openai', '--openai-base-url', `${url}/v1`, '--model', model],
    }),
  },
};

/** The setup of an agent by its command; any other command gets all variables that programs are known to read. */
export function setupOf(command: string, place: Place): Setup {
  return knownAgent(command)?.setup(place) ?? { variables: allVariables(place), args: [] };
}

/** By the name of the command, wherever it lies. */
export function knownAgent(command: string): Agent | undefined {
  const name = basename(command).replace(/\.(?:exe|cmd|bat|ps1)$/i, '');
  return Object.hasOwn(agents, name) ? agents[name] : undefined;
}

/** What the usual SDKs and tools read. */
export function allVariables({ url, key, model }: Place): Record<string, string> {
  return {
    OPENAI_BASE_URL: `${url}/v1`,
    OPENAI_API_BASE: `${url}/v1`,
    OPENAI_API_KEY: key,
    OPENAI_MODEL: model,
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_BASE: url,
    ANTHROPIC_API_KEY: key,
    ANTHROPIC_AUTH_TOKEN: key,
    ANTHROPIC_MODEL: model,
    GOOGLE_GEMINI_BASE_URL: url,
    GEMINI_API_KEY: key,
    GOOGLE_API_KEY: key,
    GEMINI_MODEL: model,
    AZURE_OPENAI_ENDPOINT: url,
    AZURE_OPENAI_API_KEY: key,
    AZURE_API_BASE: url,
    AZURE_API_KEY: key,
    OPENAI_API_VERSION: '2024-10-21',
    OLLAMA_HOST: url,
    OLLAMA_API_BASE: url,
    LITELLM_PROXY_API_BASE: url,
    LITELLM_PROXY_API_KEY: key,
    MODELPORT_URL: url,
    MODELPORT_API_KEY: key,
    MODELPORT_MODEL: model,
  };
}

function claudeVariables({ url, model }: Place): Record<string, string> {
  return {
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_MODEL: model,
    ANTHROPIC_SMALL_FAST_MODEL: model,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
    ANTHROPIC_DEFAULT_SONNET_MODEL: model,
    ANTHROPIC_DEFAULT_OPUS_MODEL: model,
    CLAUDE_CODE_SUBAGENT_MODEL: model,
    // A line about the client at the head of the prompt, another one in each conversation: no prompt cache would hit.
    CLAUDE_CODE_ATTRIBUTION_HEADER: '0',
  };
}

/** What would make Claude Code ask about a key or call somebody else. */
const claudeElsewhere = {
  ANTHROPIC_API_KEY: undefined,
  CLAUDE_CODE_OAUTH_TOKEN: undefined,
  CLAUDE_CODE_USE_BEDROCK: undefined,
  CLAUDE_CODE_USE_VERTEX: undefined,
  CLAUDE_CODE_USE_FOUNDRY: undefined,
  CLAUDE_CODE_USE_MANTLE: undefined,
  CLAUDE_CODE_USE_ANTHROPIC_AWS: undefined,
};

function emptied(variables: object): Record<string, string> {
  return Object.fromEntries(Object.keys(variables).map((name) => [name, '']));
}

/** Only this provider is enabled, since keys in the environment enable others. */
function opencodeConfig({ url, model }: Place): object {
  return {
    model: `modelport/${model}`,
    small_model: `modelport/${model}`,
    enabled_providers: ['modelport'],
    provider: {
      modelport: {
        npm: '@ai-sdk/openai-compatible',
        name: 'modelport',
        options: { baseURL: `${url}/v1`, apiKey: '{env:MODELPORT_API_KEY}' },
        models: { [model]: { name: model, tool_call: true, reasoning: true, attachment: true } },
      },
    },
  };
}
