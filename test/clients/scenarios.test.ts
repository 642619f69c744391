import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/hub/index.ts';
import { dialects, type WrittenId } from '../dialects/codecs.ts';
import { type ReplyFacts, readReply } from '../dialects/read-reply.ts';
import { readRequest } from '../dialects/read-request.ts';
import { scenarios, told } from '../dialects/scenarios.ts';
import { type RunningProxy, startProxy } from './proxy.ts';
import { startVendor, type Vendor } from './vendor.ts';

/** Every conversation of rosetta/ by a real SDK through the running server to a vendor of either dialect. */

const models = { 'openai-chat': 'openai/gpt-4o-mini', 'anthropic-messages': 'anthropic/claude-sonnet-4-5' } as const;

/** What an SDK makes of the answer, as the body that it would be on its own wire. */
type Ask = (url: string, body: JsonObject, streamed: boolean) => Promise<unknown>;

const sdks: Record<WrittenId, Ask> = {
  'openai-chat': async (url, body, streamed) => {
    const client = new OpenAI({ baseURL: url, apiKey: 'anything', maxRetries: 0 });
    const params: OpenAI.ChatCompletionCreateParamsNonStreaming = JSON.parse(JSON.stringify(body));
    if (!streamed) return client.chat.completions.create(params);
    const asked = { ...params, stream: true, stream_options: { include_usage: true } } as const;
    return client.chat.completions.stream(asked).finalChatCompletion();
  },
  'anthropic-messages': async (url, body, streamed) => {
    const client = new Anthropic({ baseURL: url, apiKey: 'anything', maxRetries: 0 });
    const params: Anthropic.MessageCreateParamsNonStreaming = JSON.parse(JSON.stringify(body));
    return streamed ? client.messages.stream(params).finalMessage() : client.messages.create(params);
  },
};

const aspects = ['text', 'thinking', 'calls', 'finish', 'usage'] as const;

function pick(facts: ReplyFacts): Partial<ReplyFacts> {
  return Object.fromEntries(aspects.map((aspect) => [aspect, facts[aspect]]));
}

/** The OpenAI SDK's helper keeps only the fields that its types name. */
const helperKeeps = (client: WrittenId, streamed: boolean, facts: Partial<ReplyFacts>): Partial<ReplyFacts> =>
  client === 'openai-chat' && streamed ? { ...facts, thinking: '' } : facts;

describe.each(dialects)('provider speaks %s', (provider) => {
  let vendor: Vendor;
  let proxy: RunningProxy;
  beforeAll(async () => {
    vendor = await startVendor(provider);
    proxy = await startProxy({ model: models[provider], api_base: vendor.url, drop_params: true });
  });
  afterAll(async () => {
    await proxy.close();
    await vendor.close();
  });

  const rows = dialects.flatMap((client) =>
    scenarios.flatMap((scenario) => [false, true].map((streamed) => ({ client, scenario, streamed }))),
  );

  test.each(rows)('client $client, $scenario, streamed $streamed', async ({ client, scenario, streamed }) => {
    vendor.will({ scenario });
    const { request } = told(scenario, client);
    const before = proxy.entries.length;
    const answer = await sdks[client](proxy.url, request, streamed);
    const wanted = pick(readReply(provider, told(scenario, provider).response));
    const got = pick(readReply(client, answer));
    expect(helperKeeps(client, streamed, got)).toEqual(helperKeeps(client, streamed, wanted));
    const seen = vendor.seen[0];
    expect(seen?.invalid).toEqual([]);
    const asked = readRequest(provider, seen?.body);
    const meant = readRequest(client, request);
    expect({ system: asked.system, turns: asked.turns, stop: asked.stop, tools: asked.tools }).toEqual({
      system: meant.system,
      turns: meant.turns,
      stop: meant.stop,
      tools: meant.tools,
    });
    expect(asked.cacheMarks).toEqual(provider === 'openai-chat' ? [] : meant.cacheMarks);
    await expect.poll(() => proxy.entries.length).toBe(before + 1);
    expect(proxy.entries.at(-1)).toMatchObject({ status: 200, model: String(request.model), stream: streamed });
  });
});
