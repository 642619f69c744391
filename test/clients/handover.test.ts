import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type JsonObject, sealPrefix, thoughtMark } from '../../src/hub/index.ts';
import { dialects, type WrittenId } from '../dialects/codecs.ts';
import { followUp } from '../dialects/follow-up.ts';
import { readRequest } from '../dialects/read-request.ts';
import { told } from '../dialects/scenarios.ts';
import { type RunningProxy, startProxy } from './proxy.ts';
import { startVendor, type Vendor } from './vendor.ts';

/** A conversation that changes its provider in the middle and comes back: each maker gets its own proofs, and only those. */

const models = { 'openai-chat': 'openai/gpt-4o-mini', 'anthropic-messages': 'anthropic/claude-sonnet-4-5' } as const;
const paths = { 'openai-chat': '/v1/chat/completions', 'anthropic-messages': '/v1/messages' } as const;
const proof = 'ErUBCkYIBhgCIkDGc2lnbmF0dXJlK29mL3RoZSttYWtlcg==';

describe.each(dialects)('client %s', (client) => {
  const vendors = new Map<WrittenId, Vendor>();
  const proxies = new Map<WrittenId, RunningProxy>();
  beforeAll(async () => {
    for (const dialect of dialects) {
      const vendor = await startVendor(dialect);
      vendors.set(dialect, vendor);
      proxies.set(dialect, await startProxy({ model: models[dialect], api_base: vendor.url, drop_params: true }));
    }
  });
  afterAll(async () => {
    for (const proxy of proxies.values()) await proxy.close();
    for (const vendor of vendors.values()) await vendor.close();
  });

  /** One turn: what the vendor was sent, and the client's next request. */
  async function turn(
    to: WrittenId,
    body: JsonObject,
    scenario: string,
  ): Promise<{ sent: JsonObject; next: JsonObject }> {
    const vendor = vendors.get(to);
    vendor?.will({ scenario });
    const response = await fetch(`${proxies.get(to)?.url}${paths[client]}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
    const reply: JsonObject = JSON.parse(await response.text());
    const seen = vendor?.seen[0];
    if (seen === undefined) throw new Error('nothing was sent');
    expect(seen.invalid).toEqual([]);
    const text = JSON.stringify(seen.body);
    expect(text).not.toContain(sealPrefix);
    expect(text).not.toContain(thoughtMark);
    return { sent: seen.body, next: followUp(client, body, reply) };
  }

  test('thinking of Claude survives a turn with GPT', async () => {
    const { request } = told('tool-call', client);
    const first = await turn('anthropic-messages', request, 'thinking-signature');
    const second = await turn('openai-chat', first.next, 'tool-call');
    expect(readRequest('openai-chat', second.sent).proofs).toEqual([]);
    const third = await turn('anthropic-messages', second.next, 'parallel-tools');
    expect(readRequest('anthropic-messages', third.sent).proofs).toEqual([proof]);
    const calls = readRequest('anthropic-messages', third.sent).turns.filter((one) => one.includes('call_w1'));
    expect(calls).toHaveLength(2);
    const fourth = await turn('openai-chat', third.next, 'plain');
    const turns = readRequest('openai-chat', fourth.sent).turns;
    for (const id of ['call_w1', 'toolu_p1', 'toolu_p2']) expect(turns).toContain(`result ${id}: result of ${id}`);
  });

  test('redacted thinking survives a turn with GPT', async () => {
    const { request } = told('plain', client);
    const first = await turn('anthropic-messages', request, 'redacted-thinking');
    const second = await turn('openai-chat', first.next, 'plain');
    const third = await turn('anthropic-messages', second.next, 'plain');
    expect(readRequest('anthropic-messages', third.sent).proofs).toEqual([
      'EmwKAhgBIgxyZWRhY3RlZC1kYXRhLWZvci10aGUtbWFrZXI=',
    ]);
  });

  test('unsigned reasoning of a GPT is not given to Claude', async () => {
    const { request } = told('plain', client);
    const first = await turn('openai-chat', request, 'thinking-signature');
    const second = await turn('anthropic-messages', first.next, 'plain');
    expect(readRequest('anthropic-messages', second.sent).proofs).toEqual([]);
    expect(JSON.stringify(second.sent)).not.toContain('Nine degrees is cold.');
  });
});
