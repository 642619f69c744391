import { describe, expect, it } from 'vitest';
import { parseHeaders, rowHeaders } from '../../src/config/headers.ts';

describe('--headers', () => {
  const rows: [typed: string[], headers: Record<string, string>][] = [
    [['{"X-Team": "a", "x-n": 1}'], { 'x-team': 'a', 'x-n': '1' }],
    [['X-Team=a'], { 'x-team': 'a' }],
    [['a=b=c', 'd= e '], { a: 'b=c', d: 'e' }],
    [['{"a":"1"}', 'A=2'], { a: '2' }],
    [['{}'], {}],
  ];
  it.each(rows)('%j', (typed, headers) => {
    expect(parseHeaders(typed)).toEqual(headers);
  });

  const wrong: [typed: string, says: RegExp][] = [
    ['{"a":}', /not valid JSON at position 5$/],
    ['{"a":"b" "c":"d"}', /at position 9$/],
    ['{"a":"b",', /at position 9 \(it ends too early\)/],
    ["{'a':'b'}", /at position 1$/],
    ['{"a":"hunter2', /at position 5$/],
    ['{"a":["b"]}', /value of 'a' must be a text/],
    ['{"a b":"c"}', /not a header name/],
    ['{"a":"b\\r\\nc: d"}', /a holds a character that a header cannot carry/],
    ['a', /takes a JSON object or name=value/],
    ['=a', /takes a JSON object or name=value/],
  ];
  it.each(wrong)('%s is refused', (typed, says) => {
    expect(() => parseHeaders([typed])).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringMatching(says) }),
    );
    expect(() => parseHeaders([typed])).not.toThrow(/hunter2/);
  });
});

describe("a row's headers", () => {
  it('are filled from the environment, or left out', () => {
    const row = { 'X-Fixed': '1', 'OpenAI-Organization': '{env.ORG}', 'x-pair': '{env.ORG}/{env.NONE}' };
    expect(rowHeaders(row, { ORG: ' org-1 ' })).toEqual({ 'x-fixed': '1', 'openai-organization': 'org-1' });
    expect(rowHeaders(row, { ORG: '' })).toEqual({ 'x-fixed': '1' });
  });
});
