import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HubEvent, HubRequest, Tool } from '../../src/hub/index.ts';
import { customTools, hasCustomTools } from '../../src/translate/custom-tools.ts';
import { InputReader } from '../../src/translate/input-reader.ts';
import { hasNamespaces, namespaces } from '../../src/translate/namespaces.ts';

const asking = (more: Partial<HubRequest>): HubRequest => ({
  from: 'openai-responses',
  model: 'm',
  messages: [],
  stream: true,
  params: {},
  unknown: {},
  ...more,
});

function read(pieces: readonly string[]): string {
  const reader = new InputReader();
  return pieces.map((piece) => reader.push(piece)).join('') + reader.end();
}

function cut(text: string, places: readonly number[]): string[] {
  const edges = [0, ...places.map((place) => place % (text.length + 1)).sort((a, b) => a - b), text.length];
  return edges.slice(1).map((edge, n) => text.slice(edges[n], edge));
}

describe('the text of a custom call', () => {
  test('comes back whole wherever its arguments are cut, and in whichever spelling', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\\', '"\\"', '\\u0041', '\n\t\r\b\f/', '😀'),
    );
    const spellings = fc.constantFrom(
      (text: string) => JSON.stringify({ input: text }),
      (text: string) => ` {\n "input" : ${JSON.stringify(text)} }\n`,
      (text: string) => `{"input":"${[...text].map(escaped).join('')}"}`,
      (text: string) => JSON.stringify({ note: 1, input: text }),
      (text: string) => JSON.stringify({ patch: text }),
      (text: string) => JSON.stringify(text),
    );
    fc.assert(
      fc.property(texts, spellings, fc.array(fc.nat(300), { maxLength: 8 }), (text, spell, places) => {
        expect(read(cut(spell(text), places))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  test('is told as it comes', () => {
    const reader = new InputReader();
    expect(['{"inp', 'ut": "a', 'b\\', 'n', '\\u00', 'e9c"', '}'].map((piece) => reader.push(piece))).toEqual([
      ...['', 'a', 'b', '\n', '', 'éc', ''],
    ]);
  });

  test.each([
    ['', ''],
    ['{}', ''],
    ['no JSON', 'no JSON'],
    ['{"input": 7}', '{"input": 7}'],
    ['{"a":"1","b":"2"}', '{"a":"1","b":"2"}'],
    ['{"input":"cut off', 'cut off'],
  ])('%j is %j', (args, text) => {
    expect(read([args])).toBe(text);
  });
});

function escaped(unit: string): string {
  return [...unit].map((one) => [...Array(one.length).keys()].map((n) => code(one.charCodeAt(n))).join('')).join('');
}

function code(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

const patch: Tool = {
  kind: 'custom',
  name: 'apply_patch',
  description: 'Patches.',
  format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
};
const find: Tool = { kind: 'function', name: 'find', namespace: 'maps', schema: { type: 'object' } };

test('a custom tool is a function of a text, with its grammar in words, and its calls are told back', () => {
  const call = { type: 'tool-call', kind: 'custom', id: 'c', name: 'apply_patch', args: 'a "b"' } as const;
  const request = asking({ tools: [patch, find], messages: [{ role: 'assistant', blocks: [call] }] });
  expect(hasCustomTools(request)).toBe(true);
  const { request: adapted, undo } = customTools(request);
  expect(hasCustomTools(adapted)).toBe(false);
  expect(adapted.tools?.[0]).toMatchObject({ kind: 'function', schema: { required: ['input'] } });
  expect(adapted.tools?.[0]).toMatchObject({ description: expect.stringContaining('start: "x"') });
  expect(adapted.messages[0]?.blocks[0]).toEqual({
    type: 'tool-call',
    id: 'c',
    name: 'apply_patch',
    args: '{"input":"a \\"b\\""}',
  });
  const events: HubEvent[] = [];
  const emit = undo((event) => events.push(event));
  for (const [block, name] of ['find', 'apply_patch'].entries()) {
    emit({ type: 'open', choice: 0, block, head: { type: 'tool-call', id: name, name, args: '' } });
    emit({ type: 'args', choice: 0, block, text: '{"input":"\\n' });
    emit({ type: 'args', choice: 0, block, text: '"}' });
    emit({ type: 'close', choice: 0, block });
  }
  const args = events.flatMap((event) => (event.type === 'args' ? [[event.block, event.text]] : []));
  expect(args).toEqual([
    [0, '{"input":"\\n'],
    [0, '"}'],
    [1, '\n'],
  ]);
  const kinds = events.flatMap((event) => (event.type === 'open' ? [event.head] : []));
  expect(kinds).toMatchObject([{ name: 'find' }, { name: 'apply_patch', kind: 'custom' }]);
  expect(kinds[0]).not.toHaveProperty('kind');
});

test('a tool of a namespace has both names in one, its own where that is taken, and is told back by both', () => {
  const plain: Tool = { kind: 'function', name: 'maps__find', schema: {} };
  const bordered: Tool = { ...find, namespace: 'mcp__files__' };
  const request = asking({
    tools: [plain, find, bordered, { ...patch, namespace: 'maps' }],
    toolChoice: { kind: 'one', name: 'apply_patch' },
    messages: [
      { role: 'assistant', blocks: [{ type: 'tool-call', namespace: 'gone', id: 'c', name: 'find', args: '{}' }] },
    ],
  });
  expect(hasNamespaces(request)).toBe(true);
  const { request: adapted, undo } = namespaces(request);
  expect(hasNamespaces(adapted)).toBe(false);
  const names = adapted.tools?.map((tool) => (tool.kind === 'hosted' ? '' : tool.name));
  expect(names).toEqual(['maps__find', 'maps__find_2', 'mcp__files__find', 'maps__apply_patch']);
  expect(adapted.toolChoice).toEqual({ kind: 'one', name: 'maps__apply_patch' });
  expect(adapted.messages[0]?.blocks).toMatchObject([{ name: 'gone__find' }]);
  const heads: unknown[] = [];
  const emit = undo((event) => event.type === 'open' && heads.push(event.head));
  for (const name of ['maps__find', 'maps__find_2', 'gone__find']) {
    emit({ type: 'open', choice: 0, block: 0, head: { type: 'tool-call', id: 'c', name, args: '' } });
  }
  expect(heads).toEqual([
    { type: 'tool-call', id: 'c', name: 'maps__find', args: '' },
    { type: 'tool-call', id: 'c', name: 'find', namespace: 'maps', args: '' },
    { type: 'tool-call', id: 'c', name: 'find', namespace: 'gone', args: '' },
  ]);
});
