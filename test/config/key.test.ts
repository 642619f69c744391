import { describe, expect, it } from 'vitest';
import { resolveKey } from '../../src/config/key.ts';
import { isMaker, keyHeaders } from '../../src/hub/index.ts';
import { providers } from '../../src/providers/index.ts';

const oat = 'sk-ant-oat01-abcdef';

describe('the key and how it travels', () => {
  const rows: [
    provider: string,
    typed: string | undefined,
    env: Record<string, string>,
    headers: Record<string, string>,
  ][] = [
    ['openai', undefined, { OPENAI_API_KEY: 'sk-1' }, { authorization: 'Bearer sk-1' }],
    ['openai', undefined, { OPENAI_API_KEY: ' sk-1\n' }, { authorization: 'Bearer sk-1' }],
    ['openai', 'sk-2', { OPENAI_API_KEY: 'sk-1' }, { authorization: 'Bearer sk-2' }],
    ['anthropic', undefined, { ANTHROPIC_API_KEY: 'sk-ant-1' }, { 'x-api-key': 'sk-ant-1' }],
    ['anthropic', 'sk-ant-2', {}, { 'x-api-key': 'sk-ant-2' }],
    ['anthropic', undefined, { ANTHROPIC_API_KEY: oat }, { authorization: `Bearer ${oat}` }],
    ['anthropic', oat, {}, { authorization: `Bearer ${oat}` }],
    ['anthropic', undefined, { ANTHROPIC_AUTH_TOKEN: 'tok' }, { authorization: 'Bearer tok' }],
    ['ollama', 'k', {}, { authorization: 'Bearer k' }],
  ];
  it.each(rows)('%s, typed %s, %j', (id, typed, env, headers) => {
    const { auth, key, missing } = resolveKey(providers[id]!, typed, env);
    expect(missing).toBeUndefined();
    expect(auth && key !== undefined && !isMaker(auth) ? keyHeaders(auth, key) : undefined).toMatchObject(headers);
  });
});

describe('no key', () => {
  const rows: [provider: string, missing: string | undefined][] = [
    ['openai', 'no key for OpenAI: set OPENAI_API_KEY'],
    ['anthropic', 'no key for Anthropic: set ANTHROPIC_API_KEY'],
    ['groq', 'no key for Groq: set GROQ_API_KEY'],
    ['ollama', undefined],
    ['lm_studio', undefined],
  ];
  it.each(rows)('%s', (id, missing) => {
    expect(resolveKey(providers[id]!, undefined, { OPENAI_API_KEY: '' })).toEqual(
      missing === undefined ? { settings: {} } : { settings: {}, missing },
    );
  });
});

describe('a key that no header can carry is refused, unseen', () => {
  it.each(['sk-secret\r\nx: y', 'sk-secret\nmore', 'sk-secret\0', 'sk-secret\u201d'])('%j', (key) => {
    for (const resolve of [
      () => resolveKey(providers['openai']!, key, {}),
      () => resolveKey(providers['openai']!, undefined, { OPENAI_API_KEY: key }),
    ]) {
      expect(resolve).toThrow(expect.objectContaining({ exitCode: 2 }));
      expect(resolve).not.toThrow(/secret/);
    }
  });
});
