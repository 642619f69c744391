import { createOpenAI } from '@ai-sdk/openai';
import { generateText, stepCountIs, streamText, tool } from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { dialects } from '../dialects/codecs.ts';
import { readRequest } from '../dialects/read-request.ts';
import { type RunningProxy, startProxy } from './proxy.ts';
import { startVendor, type Vendor } from './vendor.ts';

/** The AI SDK's OpenAI provider asks for responses, and in the steps of a tool loop only names the items that are stored. */

const models = { 'openai-chat': 'groq/llama', 'anthropic-messages': 'anthropic/claude-sonnet-4-5' } as const;
const keys = { GROQ_API_KEY: 'gsk-proxy-0123456789', ANTHROPIC_API_KEY: 'sk-ant-proxy-0123456789' };
const tools = {
  get_current_weather: tool({
    description: 'The weather',
    inputSchema: z.object({ location: z.string() }),
    execute: ({ location }) => `sunny in ${location}`,
  }),
};

describe.each(dialects)('ai SDK over %s', (dialect) => {
  let vendor: Vendor;
  let proxy: RunningProxy;

  beforeAll(async () => {
    vendor = await startVendor(dialect);
    proxy = await startProxy({ model: models[dialect], api_base: vendor.url }, keys);
  });
  afterAll(async () => {
    await proxy.close();
    await vendor.close();
  });

  test.each([
    ['generateText', true],
    ['streamText', true],
    ['generateText', false],
    ['streamText', false],
  ] as const)('%s in two steps, stored: %s', async (how, store) => {
    vendor.will({ scenario: 'parallel-tools' }, { scenario: 'tool-result-follow-up' });
    const model = createOpenAI({ baseURL: `${proxy.url}/v1`, apiKey: 'anything' }).responses('m');
    const asked = {
      model,
      tools,
      prompt: 'Weather in Paris and Tokyo?',
      stopWhen: stepCountIs(3),
      providerOptions: { openai: { store } },
    };
    const text = how === 'generateText' ? (await generateText(asked)).text : await streamText(asked).text;
    expect(text).toBe('Paris 18, Tokyo 24.');
    expect(vendor.seen.map(({ invalid }) => invalid)).toEqual([[], []]);
    const { turns } = readRequest(dialect, vendor.seen[1]?.body);
    expect(turns.filter((turn) => /^result .*sunny in (Paris|Tokyo)/.test(turn))).toHaveLength(2);
    expect(turns.join('\n')).toMatch(/Paris[\s\S]*Tokyo/);
  });
});
