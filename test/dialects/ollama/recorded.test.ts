import { expect, test } from 'vitest';
import { clients, providers } from '../../../src/dialects/index.ts';
import type { JsonObject } from '../../../src/hub/index.ts';
import { isObject } from '../../../src/wire/index.ts';
import { at } from '../codecs.ts';
import { describeRecorded, recordings } from '../fixtures.ts';
import { complaints, recordedSuite, refusal } from '../provider-half.ts';
import { readFacts } from './facts.ts';

const chat = { dialect: 'ollama', vendor: 'ollama', kind: 'chat.request' } as const;
const generate = { ...chat, kind: 'generate.request', quirks: { generate: true } } as const;

recordedSuite(chat, 'ollama', /^chat-/, readFacts);
recordedSuite(generate, 'ollama', /^generate-/, readFacts);

describeRecorded('recorded errors and requests', () => {
  const all = recordings('ollama');
  test.each(all.filter(({ meta }) => meta.status >= 400))('$case is understood', ({ meta, body }) => {
    const error = refusal(chat, meta.status, body.toString(), meta.response_headers);
    expect(error).toMatchObject({ kind: 'not-found', status: 404 });
    expect(error.message).toBe(
      "model 'nonexistent-model:latest' not found; get it with: ollama pull nonexistent-model:latest",
    );
  });

  test.each(all.filter(({ case: name }) => !name.startsWith('generate-')))('the request of $case', ({ request }) => {
    const sent: JsonObject = JSON.parse(JSON.stringify(request));
    // As chat clients write it.
    const { options, format: _f, keep_alive: _k, ...body } = sent;
    const asked = clients['openai-chat'].client.decodeRequest(
      { ...body, ...(isObject(options) ? options : {}) },
      at(String(sent['model']), sent['stream'] === true),
    );
    const encoded = providers.ollama.provider.encodeRequest(asked, {});
    expect(complaints(chat, encoded)).toEqual([]);
    expect(encoded).toMatchObject({ model: sent['model'], messages: sent['messages'], stream: sent['stream'] });
    if (isObject(options) && Object.keys(options).length > 0) expect(encoded['options']).toEqual(options);
  });

  test.each(all.filter(({ case: name }) => name.startsWith('generate-')))('the prompt of $case', ({ request }) => {
    const { model, prompt, stream }: JsonObject = JSON.parse(JSON.stringify(request));
    const asked = clients['openai-chat'].client.decodeRequest(
      { model: String(model), messages: [{ role: 'user', content: prompt ?? '' }], stream: stream ?? false },
      at(String(model), stream === true),
    );
    const encoded = providers.ollama.provider.encodeRequest(asked, generate.quirks);
    expect(complaints(generate, encoded)).toEqual([]);
    expect(encoded).toEqual({ model, prompt, stream });
  });
});
