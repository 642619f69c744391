import { describe, expect, test } from 'vitest';
import { ProxyError, params, silentParams } from '../../src/hub/index.ts';
import { providers } from '../../src/providers/index.ts';
import { plan } from '../../src/translate/index.ts';
import { callOf, deployment, hello, sent } from './desk.ts';

/** A value of each word that asks for something. */
const values: Record<string, unknown> = {
  ...{
    tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
    tool_choice: 'required',
  },
  ...{ functions: [{ name: 'f', parameters: { type: 'object' } }], function_call: { name: 'f' }, stop: ['x'] },
  ...{ response_format: { type: 'json_object' }, logit_bias: { 5: 1 }, modalities: ['text', 'audio'], logprobs: true },
  ...{ audio: { voice: 'a', format: 'wav' }, prediction: { type: 'content', content: 'x' }, verbosity: 'low' },
  ...{ web_search_options: {}, service_tier: 'auto', safety_identifier: 'x', prompt_cache_key: 'x' },
  ...{ prompt_cache_retention: '24h', context_management: [], store: true, reasoning_effort: 'low', user: 'u' },
  ...{ thinking: { type: 'enabled', budget_tokens: 2000 }, parallel_tool_calls: false, n: 2, top_logprobs: 2 },
  ...{ temperature: 0.5, top_p: 0.5, seed: 1, max_tokens: 9, max_completion_tokens: 9 },
  ...{ presence_penalty: 0.5, frequency_penalty: 0.5 },
};
const words = Object.entries(params)
  .filter(([name]) => ![...silentParams].some((silent) => silent === name))
  .flatMap(([, param]) => param.words);

describe('every row: a word is sent, or refused, and dropped where it would be refused', () => {
  test.each(Object.values(providers))('$id', (provider) => {
    const models = ['some-model', 'gpt-5', 'o3', 'claude-3-5-sonnet', 'claude-sonnet-4-6', 'grok-4', 'magistral'];
    for (const model of models) {
      for (const word of words) {
        const body = { model: 'x', messages: hello, [word]: values[word] };
        const strict = deployment(provider, { model });
        const lenient = deployment(provider, { model, dropParams: true });
        const { dropped } = plan(callOf('openai-chat', body), lenient);
        let refused = '';
        try {
          const got = sent(plan(callOf('openai-chat', body), strict));
          if (!strict.row.omits?.includes('model')) expect(got['model']).toBe(model);
        } catch (thrown) {
          if (!(thrown instanceof ProxyError)) throw thrown;
          expect(thrown.kind).toBe('unsupported-params');
          refused = thrown.message;
        }
        const place = `${provider.id}/${model} ${word}`;
        expect(dropped, place).toEqual(refused === '' ? [] : [word]);
        if (refused !== '')
          expect(refused, place).toContain(
            `${provider.id} does not support parameters: ['${word}'], for model=${model}.`,
          );
        const allowed = plan(callOf('openai-chat', { ...body, allowed_openai_params: [word] }), strict);
        expect(allowed.dropped, place).toEqual([]);
      }
    }
  });
  test('has a value for every word', () => {
    expect(words.filter((word) => values[word] === undefined)).toEqual([]);
  });
});
