import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DialectId, HubRequest, JsonObject } from '../../src/hub/index.ts';
import { decodeReply, decodeRequest, dialects, encodeReply, encodeRequest, providerIds } from './codecs.ts';
import { conversations } from './conversations.ts';
import { followUp } from './follow-up.ts';
import { scenarios, told } from './scenarios.ts';

/** Prompt caches hit only where the beginning of a request is the same, byte for byte, as the one before. */

/** Where the conversation lies in the body. */
const conversation: Record<DialectId, string> = {
  'openai-chat': 'messages',
  'anthropic-messages': 'messages',
  'openai-responses': 'input',
  'openai-completions': 'prompt',
  gemini: 'contents',
  'bedrock-converse': 'messages',
  cohere: 'messages',
  ollama: 'messages',
  replicate: 'input',
};

/** The conversation as bytes, open at its end, and everything beside it. */
function split(dialect: DialectId, request: HubRequest): { told: string; beside: string } {
  const { [conversation[dialect]]: part = null, ...rest } = encodeRequest(dialect, request);
  const text = JSON.stringify(part);
  return { told: text.slice(0, -1), beside: JSON.stringify(rest) };
}

/** The requests of a conversation, turn by turn: each ends with what the user or the tools said. */
function turns(request: HubRequest): HubRequest[] {
  return request.messages.flatMap(({ role }, n) =>
    role === 'user' ? [{ ...request, messages: request.messages.slice(0, n + 1) }] : [],
  );
}

/** A lone question is the whole prompt there; only a conversation is told with its roles. */
function isBare(dialect: DialectId): boolean {
  return dialect === 'openai-completions';
}

const tools = [
  { kind: 'function' as const, name: 'a', description: 'First', schema: { type: 'object', properties: {} } },
];

describe.each(providerIds.filter((id) => id !== 'replicate'))('%s', (provider) => {
  test.each(dialects)('each turn of a client of %s begins as the turn before', (client) => {
    fc.assert(
      fc.property(conversations(client, providerIds), (request) => {
        const sent = turns({ ...request, tools }).map((turn) => split(provider, turn));
        for (const [n, { told: now, beside }] of sent.entries()) {
          const before = sent[n - 1];
          if (before === undefined || (n === 1 && isBare(provider))) continue;
          expect(now.startsWith(before.told), `${before.told}\n${now}`).toBe(true);
          expect(beside).toBe(before.beside);
        }
      }),
      { numRuns: 100 },
    );
  });

  const rows = scenarios.flatMap((scenario) => dialects.map((client) => ({ scenario, client })));
  test.each(rows)('$scenario, and the next turn of $client', ({ scenario, client }) => {
    const { request, response } = told(scenario, client);
    if (scenario.startsWith('image-') && provider === 'openai-completions') return;
    const asked = decodeRequest(client, request);
    if (asked.messages.length === 1 && isBare(provider)) return;
    const next = followUp(client, request, encodeReply(client, asked, decodeReply(client, response)));
    const before = split(provider, asked);
    const now = split(provider, decodeRequest(client, next));
    expect(now.told.startsWith(before.told), `${before.told}\n${now.told}`).toBe(true);
    expect(now.beside).toBe(before.beside);
  });
});

test.each([
  ['openai-chat', 'prompt_cache_key'],
  ['openai-responses', 'prompt_cache_key'],
] as const)('the key of a cache reaches %s', (provider, word) => {
  const body: JsonObject = { ...told('plain', 'openai-chat').request, prompt_cache_key: 'k-1' };
  expect(encodeRequest(provider, decodeRequest('openai-chat', body))[word]).toBe('k-1');
});
