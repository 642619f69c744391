import { describe, expect, test } from 'vitest';
import { gemini } from '../../../src/dialects/gemini/index.ts';
import type { GeminiQuirks } from '../../../src/dialects/index.ts';
import type { Block, HubRequest, JsonObject, Message } from '../../../src/hub/index.ts';
import {
  asked,
  assistant,
  call,
  link,
  media,
  requestSuite,
  result,
  say,
  system,
  think,
  user,
} from '../provider-half.ts';
import { validate } from '../validators.ts';

const half = { dialect: 'gemini', vendor: 'gemini' } as const;
const three: GeminiQuirks = {
  levels: ['minimal', 'low', 'medium', 'high'],
  callProofs: true,
  mediaInResults: true,
  partResolution: true,
};
const same = (request: HubRequest): HubRequest => request;

describe('every model', () => requestSuite(half, same));
describe('Gemini 3', () => requestSuite({ ...half, quirks: three }, same));
describe('the OpenAPI form, without ids', () =>
  requestSuite({ ...half, quirks: { openApiSchemas: true, withoutCallIds: true } satisfies GeminiQuirks }, same));

function encode(more: Partial<HubRequest>, quirks: GeminiQuirks = {}): JsonObject {
  const body = gemini.provider.encodeRequest(asked(more), quirks);
  for (const vertex of [false, true]) {
    expect(validate('gemini', body, 'request', { vertex, unknown: 'warn' }).errors).toEqual([]);
  }
  return body;
}

const one = (name: string, value: string): JsonObject => ({ [name]: value });
const usr = (...parts: JsonObject[]): JsonObject => ({ role: 'user', parts });
const mod = (...parts: JsonObject[]): JsonObject => ({ role: 'model', parts });
const said = (text: string): JsonObject => one('text', text);
const fc = (name: string, args: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  functionCall: { ...more, name, args },
});
const fr = (name: string, response: JsonObject, more: JsonObject = {}): JsonObject => ({
  functionResponse: { ...more, name, response },
});
const mine = (value: string): { signature: { by: 'gemini'; value: string } } => ({
  signature: { by: 'gemini', value },
});
const theirs = { signature: { by: 'anthropic-messages', value: 'AAAA' } } as const;
const failed = (callId: string, text: string): Block => ({
  type: 'tool-result',
  callId,
  content: [say(text)],
  failed: true,
});

const turns: [title: string, messages: Message[], contents: JsonObject[], quirks?: GeminiQuirks][] = [
  ['an empty conversation', [], [usr(said(' '))]],
  [
    'neighbours of one role',
    [user(say('a')), user(say('b')), assistant(say('c')), assistant(say('d'))],
    [usr(said('a'), said('b')), mod(said('c'), said('d'))],
  ],
  ['a later system message', [user(say('a')), system(say('be brief'))], [usr(said('a'), said('be brief'))]],
  ['an answer first', [assistant(say('a'))], [usr(said(' ')), mod(said('a'))]],
  ['empty texts', [user(say(''), say('a')), assistant(say('')), user(say('b'))], [usr(said('a'), said('b'))]],
  [
    'parallel calls, answered in another order, with words behind',
    [
      user(say('q')),
      assistant(call('call_1', '{"a":1}', 'f'), call('call_2', '', 'g')),
      user(say('and'), result('call_2', say('{"x":[1]}')), result('call_1', say('one'))),
    ],
    [
      usr(said('q')),
      mod(fc('f', { a: 1 }), fc('g')),
      usr(fr('f', { output: 'one' }), fr('g', { x: [1] })),
      usr(said('and')),
    ],
  ],
  [
    'ids that Gemini gave',
    [user(say('q')), assistant(call('dv8szvqe', '{}', 'f')), user(result('dv8szvqe', say('1')))],
    [usr(said('q')), mod(fc('f', {}, { id: 'dv8szvqe' })), usr(fr('f', { output: '1' }, { id: 'dv8szvqe' }))],
  ],
  [
    'ids where there are none',
    [user(say('q')), assistant(call('dv8szvqe', '{}', 'f')), user(result('dv8szvqe', say('1')))],
    [usr(said('q')), mod(fc('f')), usr(fr('f', { output: '1' }))],
    { withoutCallIds: true },
  ],
  [
    'results without ids, in the order of the calls',
    [
      user(say('q')),
      assistant(call('', '{}', 'f'), call('', '{}', 'g')),
      user(result('', say('1')), result('', say('2'))),
    ],
    [usr(said('q')), mod(fc('f'), fc('g')), usr(fr('f', { output: '1' }), fr('g', { output: '2' }))],
  ],
  [
    'a call that nobody answered',
    [user(say('q')), assistant(call('call_1', '{}', 'f')), user(say('stop'))],
    [usr(said('q')), mod(fc('f')), usr(fr('f', { error: 'no result' })), usr(said('stop'))],
  ],
  [
    'a result that nobody asked for',
    [user(result('call_9', say('late')))],
    [usr(said('Result of the tool call_9:\n{"output":"late"}'))],
  ],
  [
    'failures, numbers that would lose digits, arguments that are no object',
    [
      user(say('q')),
      assistant(call('call_1', '[1]', 'f'), call('call_2', '{"broken', 'f')),
      user(failed('call_1', 'no'), result('call_2', say('{"n":12345678901234567890}'))),
    ],
    [
      usr(said('q')),
      mod(fc('f', { input: [1] }), fc('f', { input: '{"broken' })),
      usr(fr('f', { error: 'no' }), fr('f', { output: '{"n":12345678901234567890}' })),
    ],
  ],
  [
    'signatures on the part that they came on, foreign ones left out',
    [
      user(say('q')),
      assistant(
        { ...think('hm'), ...mine('T') },
        { ...say('a'), ...mine('X') },
        { ...think(''), ...mine('E') },
        { ...call('call_1', '{}', 'f'), ...mine('C') },
        call('call_2', '{}', 'f'),
      ),
      user(result('call_1'), result('call_2')),
      assistant({ ...think('other'), ...theirs }, think('nobody'), { ...say('b'), ...theirs }),
    ],
    [
      usr(said('q')),
      mod(
        { text: 'hm', thought: true, thoughtSignature: 'T' },
        { text: 'a', thoughtSignature: 'X' },
        { text: '', thoughtSignature: 'E' },
        { ...fc('f'), thoughtSignature: 'C' },
        fc('f'),
      ),
      usr(fr('f', { output: '' }), fr('f', { output: '' })),
      mod(said('b')),
    ],
    three,
  ],
  [
    "a text's signature that a client kept before the text",
    [user(say('q')), assistant({ ...think(''), ...mine('X') }, say('a'), say('b'), { ...think(''), ...mine('E') })],
    [usr(said('q')), mod({ text: 'a', thoughtSignature: 'X' }, said('b'), { text: '', thoughtSignature: 'E' })],
  ],
  [
    "Google's dummy on the first call of a turn of another model",
    [
      user(say('q')),
      assistant({ ...call('call_1', '{}', 'f'), ...theirs }, call('call_2', '{}', 'f')),
      user(result('call_1', say('1')), result('call_2', say('2'))),
    ],
    [
      usr(said('q')),
      mod({ ...fc('f'), thoughtSignature: 'skip_thought_signature_validator' }, fc('f')),
      usr(fr('f', { output: '1' }), fr('f', { output: '2' })),
    ],
    three,
  ],
  [
    'a picture in a result: behind it',
    [
      user(say('q')),
      assistant(call('call_1', '{}', 'f')),
      user(result('call_1', say('see'), media('image/png', 'AAAA'))),
    ],
    [
      usr(said('q')),
      mod(fc('f')),
      usr(fr('f', { output: 'see' })),
      usr({ inlineData: { mimeType: 'image/png', data: 'AAAA' } }, said(' ')),
    ],
  ],
  [
    'a picture in a result: inside it (Gemini 3)',
    [
      user(say('q')),
      assistant({ ...call('call_1', '{}', 'f'), ...mine('C') }),
      user(result('call_1', say('see'), media('image/png', 'AAAA'))),
    ],
    [
      usr(said('q')),
      mod({ ...fc('f'), thoughtSignature: 'C' }),
      usr(fr('f', { output: 'see' }, { parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }] })),
    ].map((content) => JSON.parse(JSON.stringify(content))),
    three,
  ],
];

test.each(turns)('%s', (_title, messages, contents, quirks = {}) => {
  expect(encode({ messages }, quirks)['contents']).toEqual(contents);
});

test('leading system messages are the instruction, whatever else they hold is left out', () => {
  const body = encode({ messages: [system(say('a')), system(say(''), say('b')), user(say('c'))] });
  expect(body['systemInstruction']).toEqual({ parts: [said('a'), said('b')] });
  expect(encode({ messages: [system(say('a'))] })['contents']).toEqual([usr(said(' '))]);
});

const file = (mimeType: string, fileUri: string): JsonObject => ({ fileData: { mimeType, fileUri } });
const fileId = (id: string): Block => ({ type: 'media', media: 'file', source: { kind: 'file-id', id } });
const pictures: [title: string, block: Block, part: JsonObject, quirks?: GeminiQuirks][] = [
  ['base64', media('image/jpg', 'AAAA'), { inlineData: { mimeType: 'image/jpeg', data: 'AAAA' } }],
  ['a data URL', link('data:image/png;base64,AAAA'), { inlineData: { mimeType: 'image/png', data: 'AAAA' } }],
  ['storage', link('gs://bucket/film.mp4', 'video'), file('video/mp4', 'gs://bucket/film.mp4')],
  ['a link with a type', link('https://x.example/a.webp?b=1'), file('image/webp', 'https://x.example/a.webp?b=1')],
  ['a link without', link('https://x.example/a'), file('image/jpeg', 'https://x.example/a')],
  [
    'YouTube',
    link('https://www.youtube.com/watch?v=1', 'file'),
    file('video/mp4', 'https://www.youtube.com/watch?v=1'),
  ],
  [
    'a file of the file service',
    fileId('files/abc'),
    { fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/abc' } },
  ],
  [
    'its whole URI',
    fileId('https://generativelanguage.googleapis.com/v1beta/files/abc'),
    { fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/abc' } },
  ],
  [
    'detail, Gemini 3',
    { ...media('image/png', 'AAAA'), detail: 'low' },
    { inlineData: { mimeType: 'image/png', data: 'AAAA' }, mediaResolution: { level: 'MEDIA_RESOLUTION_LOW' } },
    three,
  ],
  [
    'detail auto',
    { ...media('image/png', 'AAAA'), detail: 'auto' },
    { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
    three,
  ],
  [
    'detail before',
    { ...media('image/png', 'AAAA'), detail: 'low' },
    { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
  ],
];

test.each(pictures)('media: %s', (_title, block, part, quirks = {}) => {
  expect(encode({ messages: [user(say('see'), block)] }, quirks)['contents']).toEqual([usr(said('see'), part)]);
  expect(encode({ messages: [user(block)] }, quirks)['contents']).toEqual([usr(part, said(' '))]);
});

test.each([
  ['https://x.example/a.png', 'image', true],
  ['http://x.example/picture', 'image', true],
  ['https://x.example/page', 'file', true],
  ['https://x.example/a.pdf', 'file', false],
  ['https://x.example/a.mp4', 'video', false],
  ['https://x.example/stream', 'video', false],
  ['gs://bucket/a.png', 'image', false],
  ['https://www.youtube.com/watch?v=1', 'video', false],
  ['https://youtu.be/1', 'file', false],
  ['https://generativelanguage.googleapis.com/v1beta/files/a', 'image', false],
  ['data:image/png;base64,AAAA', 'image', false],
] as const)('%s as %s is fetched by us: %s', (url, kind, fetched) => {
  const block = link(url, kind);
  expect(block.type === 'media' && gemini.provider.inlines?.(block, url, {})).toBe(fetched);
});
