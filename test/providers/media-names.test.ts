import { expect, test } from 'vitest';
import { resolveModel } from '../../src/config/model-name.ts';
import { mediaNames, providers } from '../../src/providers/index.ts';

const kinds: Record<string, readonly string[]> = {
  images: [
    ...['dall-e-3', 'gpt-image-1', 'gpt-image-1-mini', 'imagen-4.0-fast-generate-001', 'gemini-2.5-flash-image'],
    ...[
      'black-forest-labs/FLUX.1-schnell',
      'grok-2-image',
      'amazon.nova-canvas-v1:0',
      'recraftv3',
      'gemini-3-pro-image-preview',
    ],
  ],
  speech: ['tts-1', 'tts-1-hd', 'gpt-4o-mini-tts', 'playai-tts', 'canopylabs/orpheus-v1-english', 'hexgrad/Kokoro-82M'],
  transcription: [
    'whisper-1',
    'whisper-large-v3-turbo',
    'gpt-4o-transcribe',
    'openai/whisper-large-v3',
    'voxtral-mini-latest',
  ],
  moderations: ['omni-moderation-latest', 'text-moderation-stable', 'mistral-moderation-latest'],
  rerank: [
    'rerank-v3.5',
    'BAAI/bge-reranker-v2-m3',
    'jina-reranker-v2',
    'Salesforce/Llama-Rank-V1',
    'cohere.rerank-v3-5:0',
  ],
};
const chats = [
  'gpt-4o',
  'gpt-5',
  'claude-sonnet-4-5',
  'llama-3.3-70b',
  'command-r',
  'gpt-4o-audio-preview',
  'gemini-2.5-flash',
  'qwen3-vl',
];
const rows = [
  ...Object.entries(kinds).flatMap(([kind, names]) => names.map((name): [string, string | undefined] => [name, kind])),
  ...chats.map((name): [string, string | undefined] => [name, undefined]),
];

test.each(rows)('%s makes %s', (name, kind) => {
  expect(mediaNames.find(({ match }) => match.test(name))?.makes).toBe(kind);
});

test.each([
  ['dall-e-3', 'openai'],
  ['whisper-1', 'openai'],
  ['tts-1-hd', 'openai'],
  ['text-embedding-3-small', 'openai'],
  ['omni-moderation-latest', 'openai'],
  ['imagen-4.0-generate-001', 'gemini'],
  ['rerank-v3.5', 'cohere'],
])('%s alone is of %s', (name, provider) => {
  expect(resolveModel(name, undefined).provider.id).toBe(provider);
});

test('a form other than the own one has a path, and a path begins with a slash', () => {
  for (const { id, paths, forms, models = [] } of Object.values(providers)) {
    for (const rule of [{ paths, forms }, ...models]) {
      for (const operation of Object.keys(rule.forms ?? {})) {
        expect([id, Object.keys(rule.paths ?? paths ?? {})]).toEqual([id, expect.arrayContaining([operation])]);
      }
      for (const path of Object.values(rule.paths ?? {}).flat())
        expect([id, path]).toEqual([id, expect.stringMatching(/^\//)]);
    }
  }
});
