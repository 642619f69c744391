import { expect, test } from 'vitest';
import { type Config, type Deployment, plainRouting } from '../../src/hub/index.ts';
import { attempt, knownAs } from '../../src/router/index.ts';
import { deployment } from '../translate/desk.ts';

const deployments: Deployment[] = [
  deployment({}, { id: '1', group: 'openai/gpt-x' }),
  deployment({}, { id: '2', group: 'fast' }),
  deployment({}, { id: '3', group: 'a/b/c' }),
];

function config(more: Partial<Config>): Config {
  return {
    ...{
      deployments,
      anyModel: false,
      aliases: { nick: 'fast', toString: 'fast' },
      clientKeys: false,
      privateMedia: false,
      port: 1,
      routing: plainRouting,
    },
    ...{ rootPath: '', allowedHosts: [], allowedOrigins: [], drainMs: 1, keepAliveMs: 1 },
    ...{ maxBody: 1, maxReply: 1, maxEvent: 1, secrets: [], mounts: [] },
    ...more,
  };
}

test.each([
  ['the listed name', { model: 'fast', config: config({}) }, '2'],
  ['an alias', { model: 'nick', config: config({}) }, '2'],
  ['the part after the provider', { model: 'gpt-x', config: config({}) }, '1'],
  ['the part after the provider, with slashes', { model: 'b/c', config: config({}) }, '3'],
  ["the tag of Ollama's clients", { model: 'gpt-x:latest', config: config({}) }, '1'],
  ['any name', { model: 'whatever', config: config({ anyModel: true }) }, '1'],
  ['a pin', { model: 'whatever', pin: '3', config: config({}) }, '3'],
])('chooses by %s', async (_, trial, id) => {
  const tried = await attempt({ operation: 'chat', ...trial }, async (to) => `sent to ${to.id}`);
  expect(tried).toMatchObject({ value: `sent to ${id}`, deployment: { id }, retries: 0, fallbacks: 0 });
});

test.each(['nobody', '', 'constructor', '__proto__'])('refuses the name %j', async (model) => {
  const message = `Invalid model name passed in model=${model}. Call \`/v1/models\` to view available models for your key.`;
  await expect(attempt({ operation: 'chat', model, config: config({}) }, async () => 1)).rejects.toMatchObject({
    kind: 'invalid-request',
    message,
    facts: { param: 'model' },
  });
  expect(knownAs(config({ anyModel: true }), model)).toBeUndefined();
});

test('passes on what sending throws', async () => {
  const failing = attempt({ operation: 'chat', model: 'fast', config: config({}) }, async () => {
    throw new RangeError('x');
  });
  await expect(failing).rejects.toThrow(RangeError);
});
