import { expect, test } from 'vitest';
import type { Block } from '../../../src/hub/index.ts';
import { validate } from '../validators.ts';
import {
  a,
  assistant,
  base64,
  call,
  foreign,
  look,
  media,
  own,
  type Row,
  result,
  system,
  t,
  think,
  tr,
  u,
  use,
  user,
} from './builders.ts';
import { chatRequest, provider, text } from './codec.ts';

const turns: Row[] = [
  [
    'system texts are hoisted with their marks, empty ones dropped',
    {
      messages: [
        system({ ...text('be kind'), cache: { ttl: '1h' } }, text('')),
        user(text('hi')),
        system(text('and short')),
        user(text('again')),
      ],
    },
    {
      system: [{ ...t('be kind'), cache_control: { type: 'ephemeral', ttl: '1h' } }, t('and short')],
      messages: [u(t('hi'), t('again'))],
    },
  ],
  [
    'neighbours of one role are merged',
    { messages: [user(text('a')), user(text('b')), assistant(text('c')), assistant(text('d')), user(text('e'))] },
    { messages: [u(t('a'), t('b')), a(t('c'), t('d')), u(t('e'))] },
  ],
  [
    'blank texts are dropped, and their cache mark moves to the block before',
    { messages: [user(text('a'), { ...text(' \n'), cache: {} }), assistant(text('')), user(text('b'))] },
    { messages: [u({ ...t('a'), cache_control: { type: 'ephemeral' } }, t('b'))] },
  ],
  [
    'the answer that was begun is trimmed at its end only',
    { messages: [user(text('a')), assistant(text(' It is \n'))] },
    { messages: [u(t('a')), a(t(' It is'))] },
  ],
  [
    'thinking comes first, and only what this maker signed',
    {
      messages: [
        user(text('a')),
        assistant(
          text('b'),
          think('mine'),
          think('theirs', foreign('x') as never),
          { type: 'thinking', text: 'nobodys' },
          { type: 'thinking', text: '', redacted: true, signature: own('zzz') },
        ),
        user(text('c')),
      ],
    },
    {
      messages: [
        u(t('a')),
        a({ type: 'thinking', thinking: 'mine', signature: 's' }, { type: 'redacted_thinking', data: 'zzz' }, t('b')),
        u(t('c')),
      ],
    },
  ],
  [
    'interleaved thinking keeps its place',
    { messages: [user(text('a')), assistant(think('1'), text('b'), think('2'), text('c')), user(text('d'))] },
    {
      messages: [
        u(t('a')),
        a(
          { type: 'thinking', thinking: '1', signature: 's' },
          t('b'),
          { type: 'thinking', thinking: '2', signature: 's' },
          t('c'),
        ),
        u(t('d')),
      ],
    },
  ],
  [
    'results come first in their turn',
    {
      messages: [user(text('a')), assistant(call('x'), call('y')), user(text('so'), result('x')), user(result('y'))],
      tools: [look],
    },
    { messages: [u(t('a')), a(use('x'), use('y')), u(tr('x'), tr('y'), t('so'))] },
  ],
  [
    'ids are cleaned, and pairs stay pairs',
    {
      messages: [user(text('a')), assistant(call('f.x:1'), call('f_x_1')), user(result('f.x:1'), result('f_x_1'))],
      tools: [look],
    },
    { messages: [u(t('a')), a(use('f_x_1'), use('f_x_1_2')), u(tr('f_x_1'), tr('f_x_1_2'))] },
  ],
  [
    'ids that lack are numbered by position, ids used again are told apart',
    {
      messages: [
        user(text('a')),
        assistant(call(''), call('')),
        user(result(''), result('')),
        assistant(call('c0')),
        user(result('c0')),
        assistant(call('c0')),
        user(result('c0')),
      ],
      tools: [look],
    },
    {
      messages: [
        u(t('a')),
        a(use('call_1_0'), use('call_1_1')),
        u(tr('call_1_0'), tr('call_1_1')),
        a(use('c0')),
        u(tr('c0')),
        a(use('c0_2')),
        u(tr('c0_2')),
      ],
    },
  ],
  [
    'arguments are an object whatever was produced',
    {
      messages: [
        user(text('a')),
        assistant(call('1', ''), call('2', 'null'), call('3', '[1]'), call('4', '{"broken'), call('5', '{"a":1}')),
        user(...['1', '2', '3', '4', '5'].map((id) => result(id))),
      ],
      tools: [look],
    },
    {
      messages: [
        u(t('a')),
        a(use('1'), use('2'), use('3', { input: [1] }), use('4', { input: '{"broken' }), use('5', { a: 1 })),
        u(...['1', '2', '3', '4', '5'].map(tr)),
      ],
    },
  ],
  [
    'a conversation with calls but without tools names them and forbids their use',
    { messages: [user(text('a')), assistant(call('x')), user(result('x'))] },
    {
      messages: [u(t('a')), a(use('x')), u(tr('x'))],
      tools: [{ name: 'look', input_schema: { type: 'object' } }],
      tool_choice: { type: 'none' },
    },
  ],
  [
    'failed and empty results, a refusal as text, foreign opaque left out',
    {
      messages: [
        user(text('a')),
        assistant({ type: 'refusal', text: 'no' }, call('x'), {
          type: 'opaque',
          dialect: 'openai-chat',
          value: { type: 'z' },
        }),
        user({ type: 'tool-result', callId: 'x', content: [text('')], failed: true }),
      ],
      tools: [look],
    },
    { messages: [u(t('a')), a(t('no'), use('x')), u({ type: 'tool_result', tool_use_id: 'x', is_error: true })] },
  ],
  [
    'pictures and documents',
    {
      messages: [
        user(
          media('image/jpg', 'AAAA', 'image'),
          { type: 'media', media: 'image', source: { kind: 'url', url: 'http://x.test/a.png' } },
          { type: 'media', media: 'image', source: { kind: 'url', url: 'data:image/png;base64,BBBB' } },
          { ...media('application/pdf', 'CCCC'), name: 'a.pdf', cache: {} } as Block,
          media('text/csv', base64('a,b')),
          { type: 'media', media: 'file', source: { kind: 'url', url: 'https://x.test/a.pdf' } },
        ),
      ],
    },
    {
      messages: [
        u(
          { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'AAAA' } },
          { type: 'image', source: { type: 'url', url: 'http://x.test/a.png' } },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'BBBB' } },
          {
            type: 'document',
            source: { type: 'base64', media_type: 'application/pdf', data: 'CCCC' },
            title: 'a.pdf',
            cache_control: { type: 'ephemeral' },
          },
          { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a,b' } },
          { type: 'document', source: { type: 'url', url: 'https://x.test/a.pdf' } },
        ),
      ],
    },
  ],
];

test.each(turns)('%s', (_name, more, expected) => {
  const body = provider.encodeRequest(chatRequest(more), {});
  for (const [key, value] of Object.entries(expected)) expect(body[key]).toEqual(value);
  expect(validate('anthropic', { max_tokens: 30_000, ...body }, 'request').errors).toEqual([]);
});

test.each([
  ['only system', [system(text('x'))], /at least one non-system message/],
  ['nothing that can be told', [user(text(' '))], /at least one non-system message/],
  ['the model speaks first', [assistant(text('x')), user(text('y'))], /first message to be from the user/],
  ['audio', [user(media('audio/wav', 'AAAA', 'audio'))], /messages\[0\].*audio/],
  ['an odd picture', [user(media('image/svg+xml', 'AAAA', 'image'))], /image\/svg\+xml/],
  ['an odd file', [user(media('application/zip', 'AAAA'))], /application\/zip/],
  ['a picture in a system message', [system(media('image/png', 'AAAA', 'image')), user(text('x'))], /system/],
])('refused: %s', (_name, messages, message) => {
  expect(() => provider.encodeRequest(chatRequest({ messages }), {})).toThrow(
    expect.objectContaining({ kind: 'invalid-request', message: expect.stringMatching(message) }),
  );
});
