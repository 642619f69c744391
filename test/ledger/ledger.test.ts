import { calcPrice } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import type { Entry, Provider, Usage } from '../../src/hub/index.ts';
import { createLedger } from '../../src/ledger/index.ts';
import { providers } from '../../src/providers/index.ts';

function provider(id: string): Provider {
  const found = providers[id];
  if (found === undefined) throw new Error(id);
  return found;
}

function entry(more: Partial<Entry>): Entry {
  return {
    id: 'x',
    at: 0,
    client: '-',
    route: 'POST /x',
    model: 'm',
    status: 200,
    stream: false,
    ms: 1,
    dropped: [],
    ...more,
  };
}

async function loaded() {
  const told: Entry[] = [];
  const ledger = createLedger((one) => told.push(one));
  ledger.record(entry({ usage: { input: 1, output: 1 } }), provider('openai'));
  await ledger.settled();
  return { ledger, told };
}

describe('prices', () => {
  const usages: Usage[] = [
    { input: 1000, output: 100 },
    { input: 1000, output: 0, cacheRead: 400 },
    { input: 1000, output: 10, cacheRead: 400, cacheWrite: 300 },
    { input: 1000, output: 10, cacheWrite: 300, cacheWrite1h: 200 },
    { input: 300_000, output: 10 },
    { input: 300_000, output: 10, cacheRead: 100_000 },
  ];
  const models = [
    ['openai', 'gpt-4o'],
    ['openai', 'gpt-4o-mini'],
    ['anthropic', 'claude-sonnet-4-5'],
    ['anthropic', 'claude-3-5-haiku-latest'],
    ['groq', 'llama-3.3-70b-versatile'],
  ] as const;

  it.each(models)('of %s/%s are the price list’s own', async (id, model) => {
    const { ledger } = await loaded();
    for (const usage of usages) {
      const counts: Record<string, number> = { input_tokens: usage.input, output_tokens: usage.output };
      if (usage.cacheRead !== undefined) counts['cache_read_tokens'] = usage.cacheRead;
      if (usage.cacheWrite !== undefined) counts['cache_write_tokens'] = usage.cacheWrite;
      if (usage.cacheWrite1h !== undefined) counts['cache_write_1h_tokens'] = usage.cacheWrite1h;
      const wanted = calcPrice(counts, model, { providerId: id })?.total_price;
      expect(wanted).toBeGreaterThan(0);
      expect(ledger.price(usage, provider(id), model)).toBeCloseTo(wanted ?? 0, 12);
    }
  });

  it('of an unknown model are unknown', async () => {
    const { ledger } = await loaded();
    expect(ledger.price({ input: 1, output: 1 }, provider('openai'), 'no-such-model')).toBeUndefined();
    expect(ledger.price({ input: 1, output: 1 }, provider('mock'), 'echo')).toBeUndefined();
  });

  it('counts that contradict each other are no error', async () => {
    const { ledger } = await loaded();
    expect(() => ledger.price({ input: 10, output: 1, cacheRead: 50 }, provider('openai'), 'gpt-4o')).not.toThrow();
  });
});

describe('calls', () => {
  it('are told at once, priced from the first one on', async () => {
    const { ledger, told } = await loaded();
    const calls = [
      entry({ model: 'openai/gpt-4o', upstreamModel: 'gpt-4o', usage: { input: 1000, output: 100 } }),
      entry({ model: 'x', status: 500, error: 'no' }),
    ];
    for (const call of calls) ledger.record(call, provider('openai'));
    expect(told.slice(1)).toMatchObject([{ cost: 0.0035 }, { status: 500 }]);
  });
});
