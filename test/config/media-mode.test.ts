import { describe, expect, it } from 'vitest';
import { reply, startMediaVendor } from '../clients/media-vendor.ts';
import { ask, startProxy } from '../server/world.ts';
import { load } from './files.ts';

const keys = { OPENAI_API_KEY: 'sk-env-0123456789' };

function file(params: string, mode?: string): string {
  const info = mode === undefined ? '' : `\n    model_info:\n      mode: ${mode}`;
  return `model_list:\n  - model_name: mine\n    litellm_params:\n      ${params}${info}\n`;
}

describe('what a model makes', () => {
  it.each([
    ['by its name', 'model: openai/whisper-1', undefined, 'transcription'],
    ['by its mode', 'model: openai/my-own', 'audio_transcription', 'transcription'],
    ['its mode wins', 'model: openai/whisper-that-paints', 'image_generation', 'images'],
    ['a chat', 'model: openai/gpt-4o', 'chat', undefined],
    ['vectors', 'model: openai/text-embedding-3-small', 'embedding', undefined],
  ])('%s', async (_, params, mode, makes) => {
    const { config } = await load(file(params, mode), keys);
    expect(config.deployments[0]?.makes).toBe(makes);
  });
});

it('a group of the file is asked under its own name, with the further members of its entry', async () => {
  const vendor = await startMediaVendor();
  vendor.answer = (_, res) => reply(res, { created: 1, data: [] });
  const text = file(
    `model: openai/gpt-image-1\n      api_base: ${vendor.url}/v1\n      quality: low`,
    'image_generation',
  );
  const { config } = await load(text, keys);
  const proxy = await startProxy({ ...config, host: '127.0.0.1', port: 0 });
  const post = (body: object) =>
    ask(`${proxy.url}/v1/images/generations`, {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  expect((await post({ model: 'mine', prompt: 'x' })).status).toBe(200);
  expect((await post({ prompt: 'x', quality: 'high' })).status).toBe(200);
  await proxy.close();
  await vendor.close();
  expect(vendor.seen.map(({ json }) => json)).toEqual([
    { model: 'gpt-image-1', prompt: 'x', quality: 'low' },
    { model: 'gpt-image-1', prompt: 'x', quality: 'high' },
  ]);
});
