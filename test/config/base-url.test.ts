import { describe, expect, it } from 'vitest';
import { resolveBase } from '../../src/config/base-url.ts';
import { providers } from '../../src/providers/index.ts';

describe('--api_base is made whole', () => {
  const rows: [provider: string, typed: string, base: string, origin: string][] = [
    ['openai', 'http://localhost:8000', 'http://localhost:8000/v1', 'http://localhost:8000'],
    ['openai', 'http://localhost:8000/', 'http://localhost:8000/v1', 'http://localhost:8000'],
    ['openai', 'http://localhost:8000/v1', 'http://localhost:8000/v1', 'http://localhost:8000'],
    ['openai', ' http://localhost:8000/v1/// ', 'http://localhost:8000/v1', 'http://localhost:8000'],
    ['openai', 'http://h/v1/chat/completions', 'http://h/v1', 'http://h'],
    ['openai', 'http://h/v1/chat/completions/', 'http://h/v1', 'http://h'],
    ['openai', 'http://h/chat/completions', 'http://h', 'http://h'],
    ['openai', 'http://h/llm/api', 'http://h/llm/api', 'http://h'],
    ['openai', 'HTTPS://H.example:443/v1', 'https://h.example/v1', 'https://h.example'],
    ['openai', 'http://[::1]:8000', 'http://[::1]:8000/v1', 'http://[::1]:8000'],
    ['openai', 'http://h/v1#part', 'http://h/v1', 'http://h'],
    ['groq', 'http://h', 'http://h/openai/v1', 'http://h'],
    ['groq', 'http://h/openai', 'http://h/openai/v1', 'http://h'],
    ['groq', 'http://h/open', 'http://h/open', 'http://h'],
    ['groq', 'http://h/v1', 'http://h/v1', 'http://h'],
    ['ollama', 'http://192.168.1.5:11434', 'http://192.168.1.5:11434', 'http://192.168.1.5:11434'],
    ['ollama_chat', 'http://h:11434/v1/', 'http://h:11434', 'http://h:11434'],
    ['ollama_chat', 'http://h:11434/api', 'http://h:11434', 'http://h:11434'],
    ['ollama_chat', 'http://h/models/api/chat', 'http://h/models', 'http://h'],
    ['cohere', 'https://h.example', 'https://h.example', 'https://h.example'],
    ['cohere', 'https://h.example/v2/', 'https://h.example', 'https://h.example'],
    ['cohere', 'https://h.example/v2/chat', 'https://h.example', 'https://h.example'],
    ['cohere_chat', 'https://h.example/v2/chat/', 'https://h.example', 'https://h.example'],
    ['cohere_chat', 'https://h.example/gate/v1/embed', 'https://h.example/gate', 'https://h.example'],
    ['anthropic', 'https://h.example', 'https://h.example', 'https://h.example'],
    ['anthropic', 'https://h.example/', 'https://h.example', 'https://h.example'],
    ['anthropic', 'https://h.example/v1/messages', 'https://h.example', 'https://h.example'],
    ['anthropic', 'https://h.example/anthropic', 'https://h.example/anthropic', 'https://h.example'],
    ['anthropic', 'https://h.example/anthropic/v1/messages', 'https://h.example/anthropic', 'https://h.example'],
    ['openai', 'http://me:pa%20ss@h:81/v1/?tenant=t1', 'http://me:pa%20ss@h:81/v1?tenant=t1', 'http://h:81'],
  ];
  it.each(rows)('%s %s', (id, typed, base, origin) => {
    expect(resolveBase(providers[id]!, typed, {})).toMatchObject({ base, origin });
  });

  it('knows what in it is secret', () => {
    const { secrets } = resolveBase(providers['openai']!, 'http://me:pa%20ss@h/v1?key=k1', {});
    expect(secrets).toEqual(expect.arrayContaining(['pa%20ss', 'pa ss', 'k1']));
  });
});

describe('a base URL that is none is refused, without its secrets', () => {
  const rows: [typed: string, says: string][] = [
    ['ftp://me:hunter2@h/x?key=hunter2', "--api_base must be an http:// or https:// URL, not 'ftp://****@h/x'"],
    ['localhost:8000', 'did you mean http://localhost:8000?'],
    ['example.com/v1', 'did you mean http://example.com/v1?'],
    ['http://', 'must be an http'],
    ['http://h:99999', 'must be an http'],
    ['file:///etc/passwd', 'must be an http'],
    ['javascript:alert(1)', 'must be an http'],
  ];
  it.each(rows)('%s', (typed, says) => {
    const resolve = () => resolveBase(providers['openai']!, typed, {});
    expect(resolve).toThrow(expect.objectContaining({ exitCode: 2, message: expect.stringContaining(says) }));
    expect(resolve).not.toThrow(/hunter2/);
  });
});

describe('the base URL comes from', () => {
  const rows: [provider: string, typed: string | undefined, env: Record<string, string>, base: string][] = [
    ['groq', undefined, {}, 'https://api.groq.com/openai/v1'],
    ['groq', undefined, { GROQ_API_BASE: 'http://a' }, 'http://a/openai/v1'],
    ['groq', 'http://b', { GROQ_API_BASE: 'http://a' }, 'http://b/openai/v1'],
    ['groq', undefined, { GROQ_API_BASE: '  ' }, 'https://api.groq.com/openai/v1'],
    ['openai', undefined, { OPENAI_BASE_URL: 'http://a/v1' }, 'http://a/v1'],
    ['openai', undefined, { OPENAI_API_BASE: 'http://b' }, 'http://b/v1'],
    ['anthropic', undefined, { ANTHROPIC_BASE_URL: 'http://c' }, 'http://c'],
    ['ollama', undefined, { OLLAMA_API_BASE: 'http://c:11434' }, 'http://c:11434'],
  ];
  it.each(rows)('%s, typed %s, %j', (id, typed, env, base) => {
    expect(resolveBase(providers[id]!, typed, env).base).toBe(base);
  });

  it('every provider has <PROVIDER>_API_BASE', () => {
    for (const provider of Object.values(providers)) {
      const name = `${provider.id.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_API_BASE`;
      const { origin } = resolveBase(provider, undefined, { [name]: 'http://gateway.example:81' });
      expect(origin, name).toBe('http://gateway.example:81');
    }
  });

  it('a bad variable is named', () => {
    expect(() => resolveBase(providers['groq']!, undefined, { GROQ_API_BASE: 'nowhere' })).toThrow(
      /^GROQ_API_BASE must be/,
    );
  });
});
