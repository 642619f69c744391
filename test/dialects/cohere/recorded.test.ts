import { expect, test } from 'vitest';
import { clients, providers } from '../../../src/dialects/index.ts';
import type { JsonObject } from '../../../src/hub/index.ts';
import { at } from '../codecs.ts';
import { describeRecorded, recordings } from '../fixtures.ts';
import { complaints, recordedSuite, refusal } from '../provider-half.ts';
import { readFacts } from './facts.ts';

const half = { dialect: 'cohere', vendor: 'cohere', quirks: { thinks: true } } as const;

recordedSuite(half, 'cohere-v2', /./, readFacts);

const errors: Record<string, object> = {
  'cohere-v2/error-400-01': { kind: 'context-window', status: 400, facts: { code: 'TOO_MANY_TOKENS' } },
  'cohere-v1/error-404-01': { kind: 'not-found', status: 404 },
  'cohere-v1/error-404-02': { kind: 'not-found', status: 404 },
};

describeRecorded('recorded errors and requests', () => {
  const all = ['cohere-v1', 'cohere-v2'].flatMap(recordings);
  test.each(all.filter(({ meta }) => meta.status >= 400))('$name is understood', ({ name, meta, body }) => {
    const error = refusal(half, meta.status, body.toString(), meta.response_headers);
    expect(error).toMatchObject(errors[name] ?? { kind: 'not in the table' });
    expect(error.message).toBe(JSON.parse(body.toString()).message);
  });

  const asked = recordings('cohere-v2').filter(({ request }) => request !== undefined);
  test.each(asked)('the request of $case, read as a chat request, is sent alike', ({ request }) => {
    const sent: JsonObject = JSON.parse(JSON.stringify(request));
    const body: JsonObject = { ...sent, ...(sent['tool_choice'] === 'REQUIRED' ? { tool_choice: 'required' } : {}) };
    const model = String(sent['model']);
    // What chat clients cannot say: documents in results.
    const plain = JSON.parse(
      JSON.stringify(body, (_key, value) =>
        value?.type === 'document' ? { type: 'text', text: JSON.stringify(value) } : value,
      ),
    );
    const encoded = providers.cohere.provider.encodeRequest(
      clients['openai-chat'].client.decodeRequest(plain, at(model)),
      half.quirks,
    );
    expect(complaints(half, encoded)).toEqual([]);
    const roles = (list: unknown): unknown => (Array.isArray(list) ? list.map(({ role }) => role) : list);
    expect(roles(encoded['messages'])).toEqual(roles(sent['messages']));
    for (const key of ['tools', 'tool_choice', 'temperature', 'stop_sequences']) {
      expect(encoded[key]).toEqual(sent[key]);
    }
  });
});
