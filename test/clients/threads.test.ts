import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, test } from 'vitest';
import { asked, models, said, spoken, startPair, weather } from './spoken.ts';

/**
 * Threads: Anthropic's server holds the conversation, and a turn sends only what is new. Nobody else's does, and ours need
 * not: clients keep the conversation, and say it again when the thread is not found.
 * https://platform.claude.com/docs/en/build-with-claude/message-threads
 */
describe.each(spoken)('provider speaks %s', (dialect) => {
  test.each([false, true])('a thread of three turns, streamed %s', async (streamed) => {
    const pair = await startPair(dialect);
    pair.vendor.will({ scenario: 'plain' });
    const client = new Anthropic({ baseURL: pair.proxy.url, apiKey: 'anything', maxRetries: 0 });
    const thread = client.beta.messages.thread({ model: 'm', max_tokens: 99, system: 'Be brief.' });
    for (const content of ['one', 'two', 'three']) {
      const turn = { role: 'user' as const, content };
      const answer = streamed ? await thread.stream(turn).finalMessage() : await thread.send(turn);
      expect(answer.content).toMatchObject([{ type: 'text', text: said.hello }]);
    }
    await pair.close();
    const last = asked(dialect, pair.vendor.seen.at(-1)?.body);
    const hello = `assistant: ${said.hello}`;
    expect(last.turns.filter((line) => !line.includes('Be brief.'))).toEqual([
      'user: one',
      hello,
      'user: two',
      hello,
      'user: three',
    ]);
    expect(JSON.stringify(pair.vendor.seen.at(-1)?.body)).toContain('Be brief.');
    expect(pair.vendor.seen).toHaveLength(3);
    const own = dialect === 'anthropic-messages';
    for (const { body } of pair.vendor.seen) expect(body['thread']).toEqual(own ? { type: 'create' } : undefined);
  });

  test('the loop of tools goes on without a thread once it is lost twice', async () => {
    const pair = await startPair(dialect);
    const calls = Array.from({ length: 3 }, () => ({ scenario: 'parallel-tools' }));
    pair.vendor.will(...calls, { scenario: 'tool-result-follow-up' });
    const client = new Anthropic({ baseURL: pair.proxy.url, apiKey: 'anything', maxRetries: 0 });
    const { properties, required } = weather.parameters;
    const input_schema = { type: 'object' as const, properties, required: [...required] };
    const run = () => 'sunny';
    const parse = (content: unknown): unknown => content;
    const answer = await client.beta.messages.toolRunner({
      model: models['anthropic-messages'],
      max_tokens: 99,
      messages: [{ role: 'user', content: 'Weather?' }],
      tools: [{ name: weather.name, input_schema, run, parse }],
    });
    await pair.close();
    expect(answer.content).toMatchObject([{ type: 'text', text: said.after }]);
    const last = asked(dialect, pair.vendor.seen.at(-1)?.body).turns;
    expect(last.filter((line) => line.startsWith('call'))).toHaveLength(6);
    expect(last.filter((line) => /^result \d: sunny$/.test(line))).toHaveLength(6);
    expect(last[0]).toBe('user: Weather?');
  });
});
