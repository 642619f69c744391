import { expect, test } from 'vitest';
import { gemini } from '../../../src/dialects/gemini/index.ts';
import type { GeminiQuirks } from '../../../src/dialects/index.ts';
import { type HubRequest, type JsonObject, specialise } from '../../../src/hub/index.ts';
import { providers } from '../../../src/providers/index.ts';
import { at } from '../codecs.ts';
import { asked } from '../provider-half.ts';
import { validate } from '../validators.ts';

function encode(more: Partial<HubRequest>, quirks: GeminiQuirks = {}): JsonObject {
  const body = gemini.provider.encodeRequest(asked(more), quirks);
  expect(validate('gemini', body, 'request').errors).toEqual([]);
  return body;
}

const schema = {
  $schema: 's',
  type: 'object',
  properties: { b: { type: 'integer' }, a: { type: 'string' } },
  additionalProperties: false,
};
const json = { responseMimeType: 'application/json' };
const speech = (voiceName: string): JsonObject => ({ voiceConfig: { prebuiltVoiceConfig: { voiceName } } });

test.each<[asked: Partial<HubRequest>, config: JsonObject, quirks?: GeminiQuirks]>([
  [
    {
      params: {
        maxTokens: 9,
        temperature: 0,
        topP: 0.5,
        topK: 3,
        stop: ['x'],
        seed: 7,
        n: 2,
        presencePenalty: 1,
        frequencyPenalty: -1,
      },
    },
    {
      maxOutputTokens: 9,
      temperature: 0,
      topP: 0.5,
      topK: 3,
      stopSequences: ['x'],
      seed: 7,
      candidateCount: 2,
      presencePenalty: 1,
      frequencyPenalty: -1,
    },
  ],
  [{ params: { logprobs: true, topLogprobs: 3 } }, { responseLogprobs: true, logprobs: 3 }],
  [{ params: { logprobs: false, topLogprobs: 3 } }, { responseLogprobs: false }],
  [{ output: { kind: 'json' } }, json],
  [
    { output: { kind: 'schema', name: 'n', schema } },
    {
      ...json,
      responseJsonSchema: {
        type: 'object',
        properties: { b: { type: 'integer' }, a: { type: 'string' } },
        additionalProperties: false,
      },
    },
  ],
  [
    { output: { kind: 'schema', name: 'n', schema } },
    {
      ...json,
      responseSchema: {
        type: 'OBJECT',
        properties: { b: { type: 'INTEGER' }, a: { type: 'STRING' } },
        propertyOrdering: ['b', 'a'],
      },
    },
    { openApiSchemas: true },
  ],
  [
    { named: { modalities: ['text', 'audio'], audio: { voice: 'Kore', format: 'wav' } } },
    { responseModalities: ['TEXT', 'AUDIO'], speechConfig: speech('Kore') },
  ],
  [
    { unknown: { top_k: 4, response_modalities: ['IMAGE'], imageConfig: { aspectRatio: '1:1' } } },
    { topK: 4, responseModalities: ['IMAGE'], imageConfig: { aspectRatio: '1:1' } },
  ],
  [
    { unknown: { generationConfig: { temperature: 1, seed: 2 } }, params: { temperature: 0 } },
    { temperature: 0, seed: 2 },
  ],
  [
    { unknown: { thinking_level: 'low' }, params: { reasoning: { effort: 'high' } } },
    { thinkingConfig: { thinkingLevel: 'low' } },
  ],
])('%j becomes %j', (more, config, quirks) => {
  expect(encode(more, quirks)['generationConfig']).toEqual(config);
});

test("this API's own top-level words in either spelling; nothing else is renamed", () => {
  const settings = [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }];
  const body = encode({
    unknown: { safety_settings: settings, cached_content: 'cachedContents/1', tool_config: { retrievalConfig: {} } },
  });
  expect(body).toEqual({
    contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
    safetySettings: settings,
    cachedContent: 'cachedContents/1',
    toolConfig: { retrievalConfig: {} },
  });
  expect(gemini.provider.encodeRequest(asked({ unknown: { brand_new: 1, labels: { a: 'b' } } }), {})).toMatchObject({
    brand_new: 1,
    labels: { a: 'b' },
  });
});

const thinks = (thinkingBudget: number, includeThoughts = true): JsonObject => ({ thinkingBudget, includeThoughts });
const level = (thinkingLevel: string, includeThoughts = true): JsonObject => ({ thinkingLevel, includeThoughts });

/** LITELLM.md 4.4, by the rules of the row. */
test.each<[model: string, reasoning: NonNullable<HubRequest['params']['reasoning']>, config: JsonObject]>([
  ['gemini-2.5-flash', { effort: 'minimal' }, thinks(1)],
  ['gemini-2.5-flash', { effort: 'low' }, thinks(1024)],
  ['gemini-2.5-flash', { effort: 'medium' }, thinks(2048)],
  ['gemini-2.5-flash', { effort: 'high' }, thinks(4096)],
  ['gemini-2.5-flash', { effort: 'none' }, thinks(0, false)],
  ['gemini-2.5-flash', { effort: 'disable' }, thinks(0, false)],
  ['gemini-2.5-flash', { budget: 0 }, thinks(0, false)],
  ['gemini-2.5-flash', { budget: 5000 }, thinks(5000)],
  ['models/gemini-2.5-pro', { effort: 'minimal' }, thinks(128)],
  ['gemini-2.5-pro', { effort: 'none' }, thinks(128, false)],
  ['gemini-2.5-pro', { budget: 10 }, thinks(128)],
  ['gemini-2.5-flash-lite', { effort: 'minimal' }, thinks(512)],
  ['gemini-2.5-flash-lite', { effort: 'none' }, thinks(0, false)],
  ['gemini-flash-latest', { effort: 'high' }, thinks(4096)],
  ['gemini-3-pro-preview', { effort: 'low' }, level('low')],
  ['gemini-3-pro-preview', { effort: 'medium' }, level('high')],
  ['gemini-3-pro-preview', { effort: 'minimal' }, level('low')],
  ['gemini-3-pro-preview', { effort: 'none' }, level('low', false)],
  ['gemini-3.1-pro-preview', { effort: 'medium' }, level('medium')],
  ['gemini-3-flash-preview', { effort: 'minimal' }, level('minimal')],
  ['gemini-3-flash-preview', { effort: 'xhigh' }, level('high')],
  ['gemini-3-flash-preview', { effort: 'none' }, level('minimal', false)],
  ['gemini-3.5-flash', { budget: 12_000 }, level('high')],
  ['gemini-3.5-flash', { budget: 1024 }, level('minimal')],
])('%s thinks %j as %j', (model, reasoning, thinkingConfig) => {
  const { gemini: row } = providers;
  if (row === undefined) throw new Error('no row');
  const { quirks = {} } = specialise(row, model, row.base).row;
  expect(encode({ model, params: { reasoning } }, quirks)['generationConfig']).toEqual({ thinkingConfig });
});

test.each([
  ['gemini-2.5-pro', false, '/models/gemini-2.5-pro:generateContent'],
  ['gemini-2.5-pro', true, '/models/gemini-2.5-pro:streamGenerateContent?alt=sse'],
  ['models/gemini-2.5-pro', false, '/models/gemini-2.5-pro:generateContent'],
  ['tunedModels/mine-1', false, '/tunedModels/mine-1:generateContent'],
  ['a/../../b?c#d', false, '/models/a%2F..%2F..%2Fb%3Fc%23d:generateContent'],
])('%s (stream: %s) is called at %s', (model, stream, path) => {
  expect(gemini.provider.target(at(model, stream))).toEqual({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json' },
  });
});
