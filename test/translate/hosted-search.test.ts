import { describe, expect, test } from 'vitest';
import type { ClientId } from '../../src/dialects/index.ts';
import type { DialectId, JsonObject, Provider } from '../../src/hub/index.ts';
import { plan } from '../../src/translate/index.ts';
import { encodeReply, encodeStream, plainRequest, tell } from '../dialects/codecs.ts';
import { validate } from '../dialects/validators.ts';
import { complaints } from '../dialects/wires.ts';
import { type Body, callOf, deployment, sent } from './desk.ts';

/** A search of the web that the provider runs itself, asked for in one vendor's words and told in another's. */

const place = { city: 'Ulm', country: 'DE', timezone: 'Europe/Berlin' };
const near = { ...place, type: 'approximate' };
const bases = {
  'anthropic-messages': { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] },
  'openai-responses': { model: 'm', input: 'hi' },
  gemini: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
} as const satisfies { [C in ClientId]?: Body };
type Searcher = keyof typeof bases;

const functions = {
  'anthropic-messages': { name: 'f', input_schema: { type: 'object', properties: {} } },
  'openai-responses': { type: 'function', name: 'f', parameters: { type: 'object', properties: {} } },
  gemini: { functionDeclarations: [{ name: 'f' }] },
} as const;

const claude = (more: Body = {}) => ({ type: 'web_search_20250305', name: 'web_search', ...more });
const openai = (more: Body = {}) => ({ type: 'web_search', ...more });

const rows: [Searcher, Body, { [D in DialectId]?: JsonObject }][] = [
  [
    'anthropic-messages',
    claude({ max_uses: 3, user_location: near }),
    { 'openai-responses': openai({ user_location: near }) as JsonObject, gemini: { googleSearch: {} } },
  ],
  [
    'anthropic-messages',
    claude({ allowed_domains: ['a.test'] }),
    { 'openai-responses': openai({ filters: { allowed_domains: ['a.test'] } }) as JsonObject },
  ],
  ['anthropic-messages', claude({ blocked_domains: ['a.test'] }), {}],
  [
    'openai-responses',
    openai({ search_context_size: 'low', user_location: { ...near, region: null } }),
    {
      'anthropic-messages': claude({ max_uses: 1, user_location: near }) as JsonObject,
      gemini: { googleSearch: {} },
    },
  ],
  [
    'openai-responses',
    { type: 'web_search_preview_2025_03_11' },
    { 'anthropic-messages': claude() as JsonObject, gemini: { googleSearch: {} } },
  ],
  [
    'openai-responses',
    openai({ filters: { allowed_domains: ['a.test'] } }),
    { 'anthropic-messages': claude({ allowed_domains: ['a.test'] }) as JsonObject },
  ],
  ['openai-responses', openai({ external_web_access: false }), {}],
  [
    'gemini',
    { googleSearch: {} },
    { 'anthropic-messages': claude() as JsonObject, 'openai-responses': openai() as JsonObject },
  ],
  [
    'gemini',
    { google_search: { excludeDomains: ['a.test'] } },
    { 'anthropic-messages': claude({ blocked_domains: ['a.test'] }) as JsonObject },
  ],
  ['gemini', { googleSearch: {}, urlContext: {} }, {}],
];

const all: readonly DialectId[] = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini',
  'bedrock-converse',
  'cohere',
  'ollama',
];

function ask(client: Searcher, tools: readonly Body[], dialect: DialectId, more: Partial<Provider> = {}) {
  const row = { dialect, ...(dialect === 'anthropic-messages' ? { fill: { maxTokens: 100 } } : {}), ...more };
  const outgoing = plan(callOf(client, { ...bases[client], tools }, { model: 'm' }), deployment(row));
  return { body: sent(outgoing), dropped: outgoing.dropped };
}

describe.each(rows)('%s with %j', (client, tool, told) => {
  test.each(all.filter((id) => id !== client))('to %s', (dialect) => {
    const { [dialect]: wanted } = told;
    const { body, dropped } = ask(client, [tool], dialect);
    expect(body['tools']).toEqual(wanted === undefined ? undefined : [wanted]);
    expect(dropped).toEqual(wanted === undefined ? ['tools[0]'] : []);
    if (dialect === 'anthropic-messages') expect(validate('anthropic', body, 'request').errors).toEqual([]);
    if (dialect === 'openai-responses') expect(validate('openai', body, 'responses.request').errors).toEqual([]);
    if (dialect === 'gemini') expect(complaints('gemini', body)).toEqual([]);
  });
});

test('beside functions, where the models take both', () => {
  const claudes = ask('openai-responses', [functions['openai-responses'], openai()], 'anthropic-messages');
  expect([claudes.body['tools'], claudes.dropped]).toEqual([[expect.objectContaining({ name: 'f' }), claude()], []]);
  const googles = ask('openai-responses', [functions['openai-responses'], openai()], 'gemini');
  expect([googles.body['tools'], googles.dropped]).toEqual([[functions.gemini], ['tools[1]']]);
});

test('what is not a search is named by its own place', () => {
  const { body, dropped } = ask(
    'anthropic-messages',
    [claude(), { type: 'bash_20250124', name: 'bash' }],
    'openai-responses',
  );
  expect([body['tools'], dropped]).toEqual([[openai()], ['tools[1]']]);
});

test('a row that refuses searches gets none', () => {
  const { body, dropped } = ask('openai-responses', [openai()], 'anthropic-messages', { refuses: ['webSearch'] });
  expect([body['tools'], dropped]).toEqual([undefined, ['tools[0]']]);
});

test("what was found is told in the client's form", () => {
  const answer = {
    id: 'x',
    model: 'm',
    created: 1,
    choices: [
      {
        index: 0,
        finish: { reason: 'stop' as const },
        blocks: [
          {
            type: 'text' as const,
            text: 'Ulm has a minster.',
            citations: [{ url: 'https://a.test/', title: 'A', start: 0, end: 3 }],
          },
        ],
      },
    ],
    usage: { input: 1, output: 1, requests: 2 },
  };
  const from = (client: ClientId) => plainRequest(client, false);
  expect(encodeReply('openai-responses', from('openai-responses'), answer)).toMatchObject({
    output: [
      {
        content: [
          { annotations: [{ type: 'url_citation', url: 'https://a.test/', title: 'A', start_index: 0, end_index: 3 }] },
        ],
      },
    ],
  });
  expect(encodeReply('gemini', from('gemini'), answer)).toMatchObject({
    candidates: [{ groundingMetadata: { groundingChunks: [{ web: { uri: 'https://a.test/', title: 'A' } }] } }],
  });
  // Its form of a citation holds a proof that only its maker can give (a declared loss); what it cost is told.
  expect(encodeReply('anthropic-messages', from('anthropic-messages'), answer)).toMatchObject({
    content: [{ type: 'text', text: 'Ulm has a minster.' }],
    usage: { server_tool_use: { web_search_requests: 2 } },
  });
  const stream = encodeStream('openai-responses', plainRequest('openai-responses', true), tell(answer));
  expect(stream).toContain('response.output_text.annotation.added');
});
