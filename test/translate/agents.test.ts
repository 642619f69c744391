import { describe, expect, test } from 'vitest';
import { providers } from '../../src/providers/index.ts';
import { plan } from '../../src/translate/index.ts';
import type { WrittenId } from '../dialects/codecs.ts';
import { type Body, callOf, deployment, hello, sent } from './desk.ts';

/** What coding agents send without being asked, in small: real agents against real rows showed each of these traps. */
function planned(client: WrittenId, name: string, body: Body) {
  const cut = name.indexOf('/');
  const provider = providers[name.slice(0, cut)];
  if (provider === undefined) throw new Error(`no row for ${name}`);
  const to = deployment(provider, { model: name.slice(cut + 1) });
  return plan(callOf(client, { model: 'claude', max_tokens: 32_000, messages: hello, ...body }), to);
}

describe('an agent asks for as many tokens as its own vendor gives', () => {
  test.each<[WrittenId, string, string, number, number]>([
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

describe('an agent that takes the model for Claude Opus 4.8', () => {
  const mark = { type: 'ephemeral', ttl: '1h' };
  const signed = { type: 'thinking', thinking: 'hm', signature: 'c2ln' };
  const first = [
    { role: 'user', content: [{ type: 'text', text: 'hi' }] },
    { role: 'system', content: [{ type: 'text', text: 'there are skills', cache_control: mark }] },
  ];
  const second = [
    ...first,
    { role: 'assistant', content: [signed, { type: 'tool_use', id: 't1', name: 'f', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'ok' }] },
    { role: 'system', content: 'the file changed' },
  ];
  const rest = { system: [{ type: 'text', text: 'be kind' }], thinking: { type: 'adaptive' } };
  const older = 'anthropic/claude-sonnet-4-5';
  const sentTo = (name: string, body: Body) => sent(planned('anthropic-messages', name, { ...rest, ...body }));

  test('system messages between turns are reminders for a model that refuses them, in their place', () => {
    const { system, messages } = sentTo(older, { messages: second });
    expect(system).toEqual(rest.system);
    expect(messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'hi' },
          {
            type: 'text',
            text: '<system-reminder>\nthere are skills\n</system-reminder>',
            cache_control: mark,
          },
        ],
      },
      second[2],
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 't1', content: [{ type: 'text', text: 'ok' }] },
          { type: 'text', text: '<system-reminder>\nthe file changed\n</system-reminder>' },
        ],
      },
    ]);
  });

  test('what was sent in one turn begins what is sent in the next, or the cache is lost', () => {
    const [one, two] = [first, second].map((messages) => JSON.stringify(sentTo(older, { messages })['messages']));
    expect(two?.startsWith(one?.slice(0, -1) ?? 'nothing')).toBe(true);
  });

  test.each([
    ['anthropic/claude-opus-4-8', first],
    ['anthropic/claude-opus-5', first],
    ['anthropic/claude-opus-4-6', first.slice(0, 1)],
    [older, first.slice(0, 1)],
  ])('%s gets the bytes of what it understands', (name, messages) => {
    const thinking = { type: 'enabled', budget_tokens: 2000 };
    expect(sentTo(name, { messages, thinking })).toEqual({
      ...{ max_tokens: 32_000, ...rest, messages, thinking },
      model: name.slice('anthropic/'.length),
    });
  });

  const effort = { output_config: { effort: 'high' } };
  test.each<[string, Body, Body]>([
    ['anthropic/claude-haiku-4-5', effort, { thinking: { type: 'enabled', budget_tokens: 4096 } }],
    [older, {}, { thinking: { type: 'enabled', budget_tokens: 2048 } }],
    [older, { ...effort, thinking: undefined }, {}],
    [older, { ...effort, max_tokens: 2048 }, { thinking: { type: 'enabled', budget_tokens: 1024 } }],
    ['anthropic/claude-opus-4-5', effort, { thinking: { type: 'enabled', budget_tokens: 4096 }, ...effort }],
    ['anthropic/claude-opus-4-1', effort, { thinking: { type: 'enabled', budget_tokens: 4096 } }],
    ['anthropic/claude-opus-4-6', effort, { thinking: { type: 'adaptive' }, ...effort }],
  ])('%s: %j is told as %j', (name, body, told) => {
    const { thinking, output_config } = sentTo(name, body);
    expect({ thinking, output_config }).toEqual({ thinking: undefined, output_config: undefined, ...told });
  });
});

describe('the same agent and a server whose chat template wants the system first', () => {
  const messages = [
    { role: 'user', content: 'hi' },
    { role: 'system', content: 'there are skills' },
  ];
  test.each([
    ['hosted_vllm/m', 'user', '<system-reminder>\nthere are skills\n</system-reminder>'],
    ['lm_studio/m', 'user', '<system-reminder>\nthere are skills\n</system-reminder>'],
    ['openai/gpt-5', 'system', 'there are skills'],
  ])('%s gets it as %s', (name, role, content) => {
    expect(sent(planned('anthropic-messages', name, { system: 'be kind', messages }))['messages']).toEqual([
      { role: 'system', content: 'be kind' },
      { role: 'user', content: 'hi' },
      { role, content },
    ]);
  });

  test('a client of this form gets what it wrote', () => {
    expect(sent(planned('openai-chat', 'lm_studio/m', { messages }))['messages']).toEqual(messages);
  });
});
