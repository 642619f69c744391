import { describe, expect, test } from 'vitest';
import type { ClientId } from '../../src/dialects/index.ts';
import { providers } from '../../src/providers/index.ts';
import { plan } from '../../src/translate/index.ts';
import { type Body, callOf, deployment, hello, sent } from './desk.ts';

/** What coding agents send without being asked, in small: real agents against real rows showed each of these traps. */
function planned(client: ClientId, name: string, body: Body) {
  const cut = name.indexOf('/');
  const provider = providers[name.slice(0, cut)];
  if (provider === undefined) throw new Error(`no row for ${name}`);
  const to = deployment(provider, { model: name.slice(cut + 1) });
  return plan(callOf(client, { model: 'claude', max_tokens: 32_000, messages: hello, ...body }), to);
}

describe('an agent asks for as many tokens as its own vendor gives', () => {
  test.each<[ClientId, string, string, number, number]>([
    ['anthropic-messages', 'openai/gpt-4o', 'max_tokens', 32_000, 16_384],
    ['anthropic-messages', 'openai/gpt-4o-mini-2024-07-18', 'max_tokens', 32_000, 16_384],
    ['anthropic-messages', 'openai/gpt-4o-2024-05-13', 'max_tokens', 32_000, 4096],
    ['anthropic-messages', 'openai/gpt-4-turbo', 'max_tokens', 32_000, 4096],
    ['anthropic-messages', 'openai/gpt-4', 'max_tokens', 32_000, 4096],
    ['anthropic-messages', 'openai/gpt-3.5-turbo', 'max_tokens', 32_000, 4096],
    ['anthropic-messages', 'openai/gpt-4.1-mini', 'max_tokens', 64_000, 32_768],
    ['anthropic-messages', 'openai/gpt-4.1-mini', 'max_tokens', 32_000, 32_000],
    ['anthropic-messages', 'openai/gpt-5-chat-latest', 'max_tokens', 32_000, 16_384],
    ['anthropic-messages', 'openai/gpt-5', 'max_completion_tokens', 64_000, 64_000],
    ['anthropic-messages', 'openai/gpt-5', 'max_completion_tokens', 200_000, 128_000],
    ['anthropic-messages', 'openai/o3', 'max_completion_tokens', 128_000, 100_000],
    ['anthropic-messages', 'groq/llama-3.3-70b-versatile', 'max_tokens', 64_000, 32_768],
    ['anthropic-messages', 'groq/moonshotai/kimi-k2-instruct', 'max_tokens', 32_000, 16_384],
    ['anthropic-messages', 'groq/openai/gpt-oss-120b', 'max_tokens', 32_000, 32_000],
    ['anthropic-messages', 'hosted_vllm/m', 'max_tokens', 32_000, 32_000],
    // The same form, but not the model that the agent thinks it talks to.
    ['anthropic-messages', 'anthropic/claude-3-haiku-20240307', 'max_tokens', 32_000, 4096],
    ['anthropic-messages', 'anthropic/claude-sonnet-4-5', 'max_tokens', 32_000, 32_000],
    // Who speaks OpenAI's form need not say it, and is told by OpenAI.
    ['openai-chat', 'openai/gpt-4o', 'max_tokens', 32_000, 32_000],
  ])('%s to %s: %s %i becomes %i', (client, name, word, asked, gets) => {
    const got = sent(planned(client, name, { max_tokens: asked }));
    expect(got[word]).toBe(gets);
    expect('max_tokens' in got && 'max_completion_tokens' in got).toBe(false);
  });

  test('what the command line forces is the user’s own affair', () => {
    const provider = providers['openai'];
    if (provider === undefined) throw new Error('no row');
    const to = deployment(provider, { model: 'gpt-4o', forced: { maxTokens: 20_000 } });
    const call = callOf('anthropic-messages', { model: 'x', max_tokens: 32_000, messages: hello });
    expect(sent(plan(call, to))['max_tokens']).toBe(20_000);
  });
});

describe('an agent’s id of the user, longer than OpenAI takes', () => {
  const id = `{"device_id":"${'ab'.repeat(32)}","account_uuid":"","session_id":"7351f81b"}`;
  test.each([
    ['is shortened', id, id.slice(0, 64)],
    ['of 64 characters stays', 'u'.repeat(64), 'u'.repeat(64)],
    ['is not cut inside a character', `${'u'.repeat(63)}🎉🎉`, `${'u'.repeat(63)}🎉`],
  ])('%s', (_name, user_id, user) => {
    expect(sent(planned('anthropic-messages', 'openai/gpt-5', { metadata: { user_id } }))['user']).toBe(user);
  });
});

describe('words of the Messages form that another vendor has no word for are named', () => {
  const edits = [{ type: 'clear_thinking_20251015', keep: 'all' }];
  test.each<[string, string, Body, string[]]>([
    ['context management', 'openai/gpt-5', { context_management: { edits } }, ['context_management']],
    ['servers of tools', 'groq/m', { mcp_servers: [{ type: 'url', url: 'https://m', name: 'm' }] }, ['mcp_servers']],
    ['a tier, though OpenAI has tiers too', 'openai/gpt-5', { service_tier: 'auto' }, ['service_tier']],
    ['all of them', 'groq/m', { container: 'c', speed: 'fast' }, ['container', 'speed']],
    ['not what is told in other words', 'openai/gpt-5', { system: 'be brief', stop_sequences: [] }, []],
    ['not marks, which are hints', 'openai/gpt-5', { cache_control: { type: 'ephemeral' } }, []],
    ['not what is null', 'openai/gpt-5', { context_management: null }, []],
    ['not where they are known', 'anthropic/claude-sonnet-4-5', { context_management: { edits } }, []],
  ])('%s', (_name, name, body, dropped) => {
    const made = planned('anthropic-messages', name, body);
    expect(made.dropped).toEqual(dropped);
    for (const word of dropped) expect(sent(made)).not.toHaveProperty(word);
  });
});
