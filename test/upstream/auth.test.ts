import { describe, expect, it } from 'vitest';
import type { Auth, Deployment, Provider } from '../../src/hub/index.ts';
import { credentials, joinHeaders } from '../../src/upstream/index.ts';

const bearer: Auth = { kind: 'bearer', env: ['A_KEY', 'B_KEY'] };
const header: Auth = { kind: 'header', name: 'x-api-key', env: ['C_KEY'] };
const token: Auth = { kind: 'bearer', env: ['C_KEY'], keyPrefix: 'sk-oat', headers: { 'x-beta': 'oauth' } };

function to(auth: readonly Auth[], more: Partial<Deployment> = {}): Deployment {
  const provider: Provider = { id: 'p', title: 'Pro Vider', dialect: 'openai-chat', base: '', auth };
  return {
    ...{
      id: 'd',
      group: 'p/m',
      provider,
      row: provider,
      model: 'm',
      places: {},
      settings: {},
      base: 'https://h.example',
      origin: 'https://h.example',
    },
    ...{ headers: {}, defaults: {}, forced: {}, dropParams: false, alsoDrop: [], allowed: [] },
    ...{ toolsInPrompt: false, timeoutMs: 1000 },
    ...more,
  };
}

describe('credentials', () => {
  it.each<[string, Deployment, string | undefined, Record<string, string>]>([
    ['bearer', to([bearer], { key: 'k' }), undefined, { authorization: 'Bearer k' }],
    ['another scheme', to([{ ...bearer, scheme: 'Token' }], { key: 'k' }), undefined, { authorization: 'Token k' }],
    ['a header', to([header], { key: 'k' }), undefined, { 'x-api-key': 'k' }],
    [
      'by the key’s beginning',
      to([token, header], { key: 'sk-oat-1' }),
      undefined,
      { authorization: 'Bearer sk-oat-1', 'x-beta': 'oauth' },
    ],
    ['not by it', to([token, header], { key: 'sk-1' }), undefined, { 'x-api-key': 'sk-1' }],
    ['the caller’s own', to([header], { key: 'ours' }), 'theirs', { 'x-api-key': 'theirs' }],
    ['optional', to([{ ...bearer, optional: true }]), undefined, {}],
    ['none wanted', to([]), undefined, {}],
    ['user-info in the base', to([bearer], { base: 'https://u:p@h.example' }), undefined, {}],
    ['the user’s own header', to([bearer], { headers: { Authorization: 'Basic x' } }), undefined, {}],
  ])('%s', (_, deployment, callers, headers) => {
    expect(credentials(deployment, callers)).toEqual(headers);
  });

  it('a missing key names what to set', () => {
    expect(() => credentials(to([bearer]))).toThrow(
      'AuthenticationError: ProViderException - The api_key client option must be set either by passing api_key to the client or by setting the A_KEY or B_KEY environment variable',
    );
    expect(() => credentials(to([bearer], { key: '' }))).toThrow('A_KEY or B_KEY');
  });

  it('a key with a line break is not sent', () => {
    expect(() => credentials(to([bearer], { key: 'a\r\nx: y' }))).toThrow('line break');
  });
});

it.each<[Record<string, string>[], Record<string, string>]>([
  [[{ a: '1', b: '1' }, { b: '2' }], { a: '1', b: '2' }],
  [
    [{ 'anthropic-beta': 'files, tools' }, { 'anthropic-beta': 'oauth' }, { 'anthropic-beta': 'tools' }],
    { 'anthropic-beta': 'files,tools,oauth' },
  ],
  [[{ 'anthropic-beta': '' }, { 'anthropic-beta': 'oauth' }], { 'anthropic-beta': 'oauth' }],
  [[{}, { 'anthropic-beta': 'oauth' }, {}], { 'anthropic-beta': 'oauth' }],
])('features add up, other headers are replaced: %j', (parts, joined) => {
  expect(joinHeaders(...parts)).toEqual(joined);
});
