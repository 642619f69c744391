import { describe, expect, it } from 'vitest';
import {
  asArray,
  asBoolean,
  asList,
  asNumber,
  asObject,
  asOneOf,
  asString,
  FieldError,
  type JsonValue,
  optional,
  type Read,
  readDataUrl,
  writeDataUrl,
} from '../../src/wire/index.ts';

const samples: Record<string, JsonValue | undefined> = {
  text: 'a',
  number: 1,
  truth: false,
  object: {},
  array: [],
  nothing: null,
  missing: undefined,
};

describe('readers', () => {
  it.each<[string, Read<unknown>, string]>([
    ['a string', asString, 'text'],
    ['a number', asNumber, 'number'],
    ['true or false', asBoolean, 'truth'],
    ['an object', asObject, 'object'],
    ['an array', asArray, 'array'],
  ])('%s takes its type and nothing else', (wanted, read, own) => {
    for (const [name, value] of Object.entries(samples)) {
      if (name === own) expect(read(value, 'p')).toBe(value);
      else
        expect(() => read(value, 'a.b[0]')).toThrow(
          new FieldError('a.b[0]', `${name === 'missing' ? 'is missing: it must be' : 'must be'} ${wanted}`),
        );
    }
  });

  it.each([
    ['an element', () => asList(asString)(['a', 5], 'stop'), 'stop[1]', "'stop[1]' must be a string"],
    ['a list', () => asList(asString)('a', 'stop'), 'stop', "'stop' must be an array"],
    ['a word', () => asOneOf(['a', 'b'])('c', 'kind'), 'kind', `'kind' must be one of "a", "b"`],
    ['a number for a word', () => asOneOf(['1'])(1, 'kind'), 'kind', `'kind' must be one of "1"`],
    ['the body', () => asObject([], ''), '', 'the body must be an object'],
  ])('%s is named', (_, read, path, message) => {
    expect(read).toThrow(new FieldError(path, message.replace(/^('[^']*'|the body) /, '')));
    expect(read).toThrow(message);
  });

  it('optional takes missing and null for absent, and reads the rest', () => {
    expect(optional(asNumber, undefined, 'p')).toBeUndefined();
    expect(optional(asNumber, null, 'p')).toBeUndefined();
    expect(optional(asNumber, 0, 'p')).toBe(0);
    expect(() => optional(asNumber, 'x', 'p')).toThrow(FieldError);
    expect(asOneOf(['a', 'b'])('b', 'p')).toBe('b');
    expect(asList(asNumber)([1, 2], 'p')).toEqual([1, 2]);
  });
});

describe('data URLs', () => {
  it.each<[string, { mime: string; data: string } | undefined]>([
    ['data:image/png;base64,AAAA', { mime: 'image/png', data: 'AAAA' }],
    ['DATA:IMAGE/PNG;BASE64,AAAA', { mime: 'image/png', data: 'AAAA' }],
    ['data:text/plain;charset=utf-8;base64,QQ==', { mime: 'text/plain', data: 'QQ==' }],
    ['data:;base64,QQ==', { mime: 'text/plain', data: 'QQ==' }],
    ['data:image/png;base64,', { mime: 'image/png', data: '' }],
    ['data:image/png,AAAA', undefined],
    ['data:image/png;base64', undefined],
    ['https://example.com/a.png', undefined],
    ['', undefined],
  ])('%s', (url, read) => {
    expect(readDataUrl(url)).toEqual(read);
  });

  it('what is written is read', () => {
    expect(readDataUrl(writeDataUrl('image/webp', 'AB+/'))).toEqual({ mime: 'image/webp', data: 'AB+/' });
  });
});
