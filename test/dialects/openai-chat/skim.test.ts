import { describe, expect, test } from 'vitest';
import { clients } from '../../../src/dialects/index.ts';
import { fixedGiven } from './drive.ts';

const chunk = (delta: object, rest: object = {}, more: object = {}) =>
  `data: ${JSON.stringify({ id: 'c', model: 'theirs', choices: [{ index: 0, delta, finish_reason: null, ...rest }], ...more })}\n\n`;
const last = (more: object = {}) => chunk({}, { finish_reason: 'stop' }, more);
const text = (content: string, more: object = {}) => chunk({ content }, {}, more);
const modelLast = (content: string) =>
  `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content }, finish_reason: null }], model: 'theirs' })}\n\n`;
const modelBetween = (content: string) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: null }], model: 'theirs', obfuscation: content })}\n\n`;
const argument = (part: string) => chunk({ tool_calls: [{ index: 0, function: { arguments: part } }] });
const spaced = (content: string) =>
  `data: {"id": "c", "model": "theirs", "choices": [{"index": 0, "delta": {"content": ${JSON.stringify(content)}}, "finish_reason": null}]}\n\n`;

const words = ['a', ' b', '', '"quoted"', '\\', '\\"', 'data: \n\n', '"content":"', 'théirs', '"model":"theirs"', '🙂'];
const streams: Record<string, readonly string[]> = {
  'text alone': words.map((word) => text(word)),
  'a text that differs in two places': words.map((word, index) => text(word, { obfuscation: 'x'.repeat(index) })),
  'the model at the end': words.map(modelLast),
  'the model between two texts': words.map(modelBetween),
  'blanks between tokens': words.map(spaced),
  'arguments of a tool': words.map(argument),
  'two choices in turn': words.map((word, index) => chunk({ content: word }, { index: index % 2 })),
  'usage and a filter on the way': [
    text('a'),
    text('b'),
    text('c', { usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } }),
    text('d'),
    chunk({ content: 'e' }, { finish_reason: 'length' }),
    text('f'),
  ],
  'a comment and an odd frame on the way': [text('a'), text('b'), ': ping\n\n', 'id: 7\ndata: {}\n\n', text('c')],
};

function frames(model: string | undefined, stream: readonly string[], skims: boolean) {
  const tap = clients['openai-chat'].client.tap(model === undefined ? {} : { model }, fixedGiven());
  const bytes = Buffer.from(stream.join(''));
  const out: Buffer[] = [];
  let skimmed = 0;
  for (let at = 0; at < bytes.length; ) {
    const from = skims ? tap.skim(bytes, at, out) : at;
    skimmed += from - at;
    if (from === bytes.length) break;
    at = bytes.indexOf('\n\n', from) + 2;
    const seen = tap.see(bytes.subarray(from, at));
    if (seen !== undefined) out.push(seen);
  }
  return { text: Buffer.concat(out).toString(), facts: tap.facts, over: tap.over(), skimmed };
}

describe('frames that are taken without being read', () => {
  for (const model of [undefined, 'theirs', 'mine', 'a-much-longer-name-é', 'x']) {
    test.each(Object.entries(streams))(`${model}: %s is what reading makes of it`, (_, stream) => {
      const whole = [...stream, ...stream, last()];
      const { skimmed: none, ...read } = frames(model, whole, false);
      const { skimmed: _skimmed, ...taken } = frames(model, whole, true);
      expect(none).toBe(0);
      expect(taken).toEqual(read);
    });
  }

  test.each(['text alone', 'a text that differs in two places', 'the model at the end', 'arguments of a tool'])(
    '%s is mostly taken so',
    (name) => {
      const stream = streams[name] ?? [];
      const { skimmed } = frames('mine', [...stream, ...stream], true);
      expect(skimmed).toBeGreaterThan(stream.join('').length);
    },
  );

  test('a frame that is not whole, or has a line end in its text, is left to be read', () => {
    const tap = clients['openai-chat'].client.tap({ model: 'mine' }, fixedGiven());
    for (const word of ['a', 'b']) tap.see(Buffer.from(text(word)));
    const out: Buffer[] = [];
    const whole = text('whole');
    for (const rest of [whole.slice(0, -1), whole.slice(0, 40), whole.replace('ole"', 'o\nle"'), 'data: [DONE]\n\n']) {
      expect(tap.skim(Buffer.from(rest), 0, out)).toBe(0);
    }
    expect(out).toEqual([]);
    expect(tap.skim(Buffer.from(whole), 0, out)).toBe(whole.length);
    expect(String(out)).toBe(whole.replace('theirs', 'mine'));
  });
});
