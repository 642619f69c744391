import { describe, expect, it } from 'vitest';
import { resolveModel } from '../../src/config/model-name.ts';

describe('a model name is resolved', () => {
  const rows: [typed: string, apiBase: string | undefined, provider: string, model: string][] = [
    ['openai/gpt-4o', undefined, 'openai', 'gpt-4o'],
    ['openrouter/anthropic/claude-3', undefined, 'openrouter', 'anthropic/claude-3'],
    ['together_ai/meta-llama/Llama-3', undefined, 'together_ai', 'meta-llama/Llama-3'],
    ['  groq/llama-3.3-70b-versatile ', undefined, 'groq', 'llama-3.3-70b-versatile'],
    ['gpt-4o', undefined, 'openai', 'gpt-4o'],
    ['o3-mini', undefined, 'openai', 'o3-mini'],
    ['ft:gpt-4o-mini:me::x', undefined, 'openai', 'ft:gpt-4o-mini:me::x'],
    ['claude-future-1', undefined, 'anthropic', 'claude-future-1'],
    ['llama-3.3-70b', 'https://api.groq.com/openai/v1', 'groq', 'llama-3.3-70b'],
    ['meta-llama/Llama-3', 'https://api.groq.com', 'groq', 'meta-llama/Llama-3'],
    // A prefix wins over the host, and a host on this machine names nobody.
    ['openai/llama', 'https://api.groq.com/openai/v1', 'openai', 'llama'],
    ['gpt-4o', 'http://localhost:11434/v1', 'openai', 'gpt-4o'],
    ['fireworks_ai/llama-v3', undefined, 'fireworks_ai', 'accounts/fireworks/models/llama-v3'],
    ['fireworks_ai/accounts/me/models/x', undefined, 'fireworks_ai', 'accounts/me/models/x'],
  ];
  it.each(rows)('%s with api_base %s', (typed, apiBase, provider, model) => {
    const found = resolveModel(typed, apiBase);
    expect({ provider: found.provider.id, model: found.model }).toEqual({ provider, model });
  });
});

describe('a model name that no rule resolves', () => {
  const rows: [typed: string, apiBase: string | undefined, says: string][] = [
    ['starcoder', undefined, 'LLM Provider NOT provided. You passed model=starcoder'],
    ['starcoder', undefined, 'such as openai/gpt-4o-mini'],
    ['starcoder', 'http://localhost:8000/v1', 'write --model openai/starcoder'],
    ['meta-llama/Llama-3', 'http://localhost:8000', 'write --model openai/meta-llama/Llama-3'],
    ['Groq/llama', undefined, 'did you mean --model groq/llama?'],
    ['antropic/claude', undefined, 'did you mean --model anthropic/claude?'],
    ['lm-studio/x', undefined, 'did you mean --model lm_studio/x?'],
    ['petals/llama-65b', undefined, "no provider is called 'petals'"],
    ['openai/', undefined, 'write openai/<model>'],
    ['/x', undefined, 'LLM Provider NOT provided'],
    ['__proto__/x', undefined, 'LLM Provider NOT provided'],
    ['constructor/x', undefined, 'LLM Provider NOT provided'],
  ];
  it.each(rows)('%s with api_base %s: %s', (typed, apiBase, says) => {
    expect(() => resolveModel(typed, apiBase)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(says) }),
    );
  });
});
