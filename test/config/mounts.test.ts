import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/index.ts';
import { providers } from '../../src/providers/index.ts';

const google = { VERTEXAI_ACCESS_TOKEN: 'ya29.token', VERTEXAI_PROJECT: 'mine', VERTEXAI_LOCATION: 'us-east1' };
const aws = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret-0123456789', AWS_REGION_NAME: 'eu-west-1' };

function opened(env: Record<string, string>, url: string, flags = {}): string {
  const [, first = '', below = ''] = /^(\/[^/?]+)(.*)$/.exec(url) ?? [];
  const mount = resolveConfig(flags, env).config.mounts.find((one) => one.paths.includes(first));
  if (mount === undefined) return 'none';
  const { to, path } = mount.open(below);
  return `${to.base} + ${path}`;
}

const models = '/publishers/google/models/gemini-2.5-flash:generateContent';

describe('a mount', () => {
  it('stands for every provider that has a host', () => {
    const paths = resolveConfig({}, {}).config.mounts.flatMap((one) => one.paths);
    for (const id of Object.keys(providers)) expect(paths.includes(`/${id}`)).toBe(id !== 'mock');
    expect(new Set(paths).size).toBe(paths.length);
    for (const path of ['/vertex-ai', '/vllm', '/openai_passthrough']) expect(paths).toContain(path);
    for (const path of paths) expect(path).toMatch(/^\/[a-z0-9_-]+$/);
  });

  it.each<[string, Record<string, string>, string, string]>([
    ['groq', {}, '/groq/openai/v1/models', 'https://api.groq.com/openai/v1 + /openai/v1/models'],
    ['gemini', {}, '/gemini/v1beta/models', 'https://generativelanguage.googleapis.com + /v1beta/models'],
    ['another version', {}, '/gemini/v1alpha/x', 'https://generativelanguage.googleapis.com + /v1alpha/x'],
    ['no version', {}, '/gemini/models', 'https://generativelanguage.googleapis.com/v1beta + /models'],
    ['uploads', { GEMINI_API_BASE: 'http://h:1' }, '/gemini/upload/v1beta/files', 'http://h:1 + /upload/v1beta/files'],
    [
      'vertex, all said',
      {},
      `/vertex_ai/v1/projects/p/locations/europe-west4${models}`,
      `https://europe-west4-aiplatform.googleapis.com + /v1/projects/p/locations/europe-west4${models}`,
    ],
    [
      'vertex, everywhere',
      google,
      `/vertex-ai/v1beta1/projects/p/locations/global${models}`,
      `https://aiplatform.googleapis.com + /v1beta1/projects/p/locations/global${models}`,
    ],
    [
      'vertex, our project',
      google,
      `/vertex_ai/v1${models}`,
      `https://us-east1-aiplatform.googleapis.com/v1/projects/mine/locations/us-east1 + ${models}`,
    ],
    [
      'vertex at a host of the user’s',
      { ...google, VERTEX_AI_API_BASE: 'http://h:1' },
      `/vertex_ai/v1/projects/p/locations/l${models}`,
      `http://h:1 + /v1/projects/p/locations/l${models}`,
    ],
    [
      'vertex, live',
      google,
      '/vertex_ai/live',
      'https://us-east1-aiplatform.googleapis.com + /ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent',
    ],
    [
      'a place that would lead elsewhere',
      google,
      `/vertex_ai/v1/projects/p/locations/evil.example${models}`,
      `https://us-east1-aiplatform.googleapis.com/v1/projects/mine/locations/us-east1 + /projects/p/locations/evil.example${models}`,
    ],
    [
      'azure',
      { AZURE_API_BASE: 'https://r.openai.azure.com' },
      '/azure/openai/deployments/d/chat/completions',
      'https://r.openai.azure.com + /openai/deployments/d/chat/completions?api-version=2025-02-01-preview',
    ],
    [
      'azure, a version of the client’s',
      { AZURE_API_BASE: 'https://r.openai.azure.com/openai/v1' },
      '/azure/openai/deployments/d/chat/completions?api-version=2024-10-21',
      'https://r.openai.azure.com + /openai/deployments/d/chat/completions?api-version=2024-10-21',
    ],
    [
      'azure without versions',
      { AZURE_API_BASE: 'https://r.openai.azure.com' },
      '/azure/openai/v1/models',
      'https://r.openai.azure.com + /openai/v1/models',
    ],
    [
      'bedrock',
      aws,
      '/bedrock/model/m/converse',
      'https://bedrock-runtime.eu-west-1.amazonaws.com + /model/m/converse',
    ],
    [
      'bedrock’s agents',
      aws,
      '/bedrock/knowledgebases/KB1/retrieve',
      'https://bedrock-agent-runtime.eu-west-1.amazonaws.com + /knowledgebases/KB1/retrieve',
    ],
    ['vllm', { HOSTED_VLLM_API_BASE: 'http://h:2' }, '/vllm/v1/models', 'http://h:2/v1 + /v1/models'],
  ])('%s', (_, env, url, goes) => {
    expect(opened(env, url)).toBe(goes);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['/vertex_ai/publishers/x', { HOME: '/nowhere' }, /VERTEXAI_PROJECT/],
    ['/custom_openai/v1/models', {}, /CUSTOM_OPENAI_API_BASE/],
  ])('%s says what is not set', (url, env, names) => {
    expect(() => opened(env, url)).toThrow(names);
  });

  it('of a served model keeps its key when the path names another place', () => {
    const flags = { model: 'vertex_ai/gemini-2.5-flash', api_key: 'ya29.typed' };
    const { mounts } = resolveConfig(flags, google).config;
    const to = mounts
      .find((one) => one.paths.includes('/vertex_ai'))
      ?.open(`/v1/projects/p/locations/asia-east1${models}`).to;
    expect([to?.base, to?.key]).toEqual(['https://asia-east1-aiplatform.googleapis.com', 'ya29.typed']);
  });
});

it('secrets of providers that nobody has called are known', () => {
  const env = {
    GROQ_API_BASE: 'https://u:groq-password@h/v1',
    SNOWFLAKE_JWT: 'jwt-0123456789',
    VERTEXAI_CREDENTIALS: '{"private_key":"pk-0123456789"}',
  };
  const { secrets } = resolveConfig({}, env).config;
  for (const one of ['groq-password', 'jwt-0123456789', 'pk-0123456789']) expect(secrets).toContain(one);
});
