import { describe, expect, test } from 'vitest';
import { gemini } from '../../../src/dialects/gemini/index.ts';
import type { JsonObject } from '../../../src/hub/index.ts';
import { decodeReply } from '../codecs.ts';
import { describeRecorded, recordings } from '../fixtures.ts';
import { factsOf, recordedSuite } from '../provider-half.ts';
import { validate } from '../validators.ts';
import { readFacts } from './facts.ts';

const half = { dialect: 'gemini', vendor: 'gemini' } as const;
const lists = ['gemini/json-tool-call-thinking-03', 'vertex-gemini/json-plain-01'];

recordedSuite(half, 'gemini', /^(?!counttokens)(?!json-tool-call-thinking-03)/, readFacts);
recordedSuite(half, 'vertex-gemini', /^(?!json-plain-01)/, readFacts);

describeRecorded('recorded lists of replies (streams without SSE)', () => {
  const all = [...recordings('gemini'), ...recordings('vertex-gemini')].filter(({ name }) => lists.includes(name));
  test('are there', () => expect(all).toHaveLength(lists.length));
  test.each(all)('$name is one reply', (recording) => {
    const { id: _i, model: _m, proofs: _p, ...facts } = readFacts(recording);
    const list: JsonObject[] = JSON.parse(recording.body.toString());
    const got = factsOf(decodeReply('gemini', gemini.provider.joinReplies?.(list) ?? {}));
    expect({ ...got, calls: got.calls.map(([_id, ...call]) => ['', ...call]) }).toEqual(facts);
  });
});

describe('errors', () => {
  const errors = [...recordings('gemini'), ...recordings('vertex-gemini'), ...recordings('embeddings')].filter(
    ({ meta }) => meta.status >= 400 && /google|vertex|gemini/.test(meta.provider),
  );
  const kinds: Record<string, [kind: string, status: number]> = {
    'gemini/error-404-02': ['not-found', 404],
    'gemini/error-503-01': ['overloaded', 503],
    'gemini/error-503-02': ['overloaded', 503],
    'vertex-gemini/error-400-02': ['context-window', 400],
    'vertex-gemini/error-400-03': ['invalid-request', 400],
    'embeddings/vertex-error-401-01': ['authentication', 401],
    'embeddings/vertex-error-401-02': ['authentication', 401],
  };
  describeRecorded('recorded', () => {
    test('are those of the table', () =>
      expect(errors.map(({ name }) => name).sort()).toEqual(Object.keys(kinds).sort()));
    test.each(errors)('$name', ({ name, meta, body }) => {
      const error = gemini.provider.decodeError(meta.status, meta.response_headers, body.toString());
      const said = JSON.parse(body.toString()).error;
      expect([error.kind, error.status]).toEqual(kinds[name]);
      expect(error.message).toBe(said.message);
      expect(error.facts.type).toBe(said.status);
    });
  });
});

describeRecorded('recorded requests', () => {
  const all = [...recordings('gemini'), ...recordings('vertex-gemini')].filter(
    ({ request, meta }) => request !== undefined && meta.operation === 'generateContent' && meta.status < 400,
  );
  test('there are some', () => expect(all.length).toBeGreaterThan(5));
  test.each(all)('the validator knows the request of $name', ({ request, dialect }) => {
    expect(validate('gemini', request, 'request', { vertex: dialect === 'vertex-gemini' }).errors).toEqual([]);
  });
});
