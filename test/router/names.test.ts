import { expect, test } from 'vitest';
import type { Deployment } from '../../src/hub/index.ts';
import { attempt, knownAs } from '../../src/router/index.ts';
import { clock, config, one, tell } from './world.ts';

/** A pattern that serves every star but `no`. */
function wild(id: string, group: string): Deployment {
  const made = new Map<string, Deployment>();
  return one(id, group, undefined, {
    wild(star) {
      if (star === 'no') return [];
      const known = made.get(star) ?? one(`${id}:${star}`, group, undefined, { model: star });
      made.set(star, known);
      return [known];
    },
  });
}

const many = config(
  [
    one('1', 'openai/gpt-x', undefined, { model: 'gpt-x-2' }),
    one('2', 'fast'),
    one('3', 'a/b/c'),
    wild('4', 'openai/*'),
    wild('5', '*'),
    wild('6', 'openai/gpt-*'),
    wild('7', '*-mini'),
    one('8', 'alias-too'),
  ],
  {},
  { aliases: { nick: 'fast', far: 'openai/o9', by: '3', toString: 'fast', 'alias-too': 'fast' } },
);
const few = config(
  [one('1', 'openai/gpt-x', undefined, { model: 'gpt-x-2' }), one('2', 'fast'), one('3', 'a/b/c')],
  {},
  {
    aliases: { nick: 'fast', 'x/y': 'fast', toString: 'fast' },
  },
);

test.each([
  ['the listed name', many, 'fast', '2'],
  ['the listed name before an alias', many, 'alias-too', '8'],
  ['an alias', many, 'nick', '2'],
  ['an alias of what a pattern serves', many, 'far', '4:o9'],
  ['an alias of a deployment', many, 'by', '3'],
  ['an alias that is called like a method', many, 'toString', '2'],
  ['the id of a deployment, before patterns', many, '1', '1'],
  ['the listed name before a pattern', many, 'openai/gpt-x', '1'],
  ['the most specific pattern', many, 'openai/gpt-y', '6:y'],
  ['a less specific one', many, 'openai/o1', '4:o1'],
  ['the next pattern where one does not serve the name', many, 'openai/no', '5:openai/no'],
  ['an end', many, 'tiny-mini', '7:tiny'],
  ['the default', many, 'anything', '5:anything'],
  ['the default, for the part after a provider', many, 'gpt-x', '5:gpt-x'],
  ['the part after the provider', few, 'gpt-x', '1'],
  ['the part after the provider, with slashes', few, 'b/c', '3'],
  ['the part of an alias after the provider', few, 'y', '2'],
  ["the tag of Ollama's clients", few, 'gpt-x:latest', '1'],
  ["litellm_params' model", few, 'acme/gpt-x-2', '1'],
])('%s', async (_, of, model, id) => {
  const told = await tell(clock(), of, {}, { model });
  expect(told).toMatchObject({ asked: [id], end: 'ok', retries: 0, fallbacks: 0 });
  expect(knownAs(of, model)?.id).toBe(id);
});

test('a pattern serves a name by the same deployment every time', async () => {
  expect(knownAs(many, 'openai/o1')).toBe(knownAs(many, 'openai/o1'));
});

test.each([
  ['a pin', few, { model: 'whatever', pin: '3' }, '3'],
  ['a pin of what a pattern serves', many, { model: 'openai/o1', pin: '4:o1' }, '4:o1'],
  ['a pin that is gone', few, { model: 'fast', pin: '9' }, '2'],
  ['any name', { ...few, anyModel: true }, { model: 'whatever' }, '1'],
  ['the model of the operation', { ...few, modelFor: { chat: 'fast' } }, { model: 'whatever' }, '2'],
])('%s', async (_, of, trial, id) => {
  expect(await tell(clock(), of, {}, trial)).toMatchObject({ asked: [id], end: 'ok' });
});

test('--model with two keys: both share the calls of any name', async () => {
  const keys = config([one('k1', 'openai/x'), one('k2', 'openai/x')], {}, { anyModel: true });
  const dice = [0, 0.99];
  const world = clock(() => dice.shift() ?? 0);
  expect((await tell(world, keys, {}, { model: 'a' })).asked).toEqual(['k1']);
  expect((await tell(world, keys, {}, { model: 'b' })).asked).toEqual(['k2']);
});

test('--model: what is no chat keeps its name, on the same provider', async () => {
  const chats = config([one('1', 'acme/chat'), one('2', 'acme/chat')], {}, { anyModel: true });
  const send = async (to: Deployment): Promise<string> => to.model;
  const trial = { operation: 'embeddings', model: 'acme/vectors', config: chats, means: clock().means } as const;
  expect((await attempt(trial, send)).value).toBe('vectors');
  const embeds = config([{ ...one('1', 'acme/e'), embeds: true }], {}, { anyModel: true });
  expect((await attempt({ ...trial, config: embeds }, send)).value).toBe('m-1');
});

test.each(['nobody', '', 'constructor', '__proto__'])('refuses the name %j', async (model) => {
  const of = config([one('1', 'fast'), one('2', 'slow')]);
  const message = `Invalid model name passed in model=${model}. Call \`/v1/models\` to view available models for your key.`;
  const told = await tell(clock(), of, {}, { model });
  expect(told).toMatchObject({ asked: [], error: { kind: 'invalid-request', message, facts: { param: 'model' } } });
  expect(knownAs({ ...of, anyModel: true }, model)).toBeUndefined();
});

test('passes on what is no error of ours, at once', async () => {
  const send = async (): Promise<never> => {
    throw new RangeError('x');
  };
  for (const of of [config([one('1')]), config([one('1'), one('2')], { defaultFallbacks: ['g'] })]) {
    const failing = attempt({ operation: 'chat', model: 'g', config: of, means: clock().means }, send);
    await expect(failing).rejects.toThrow(RangeError);
  }
});
