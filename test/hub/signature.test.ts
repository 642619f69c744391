import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSignature, type Signature, seal, sealPrefix, unseal, writeSignature } from '../../src/hub/index.ts';

const signatures: fc.Arbitrary<Signature> = fc.record(
  { by: fc.constantFrom('openai-chat', 'anthropic-messages'), value: fc.string({ unit: 'grapheme' }), id: fc.string() },
  { requiredKeys: ['by', 'value'] },
);

describe('laws', () => {
  it('a seal is base64 with a known beginning, and opens to what was sealed', () => {
    fc.assert(
      fc.property(signatures, (signature) => {
        const sealed = seal(signature);
        expect(sealed.startsWith(sealPrefix)).toBe(true);
        expect(sealed).toMatch(/^[A-Za-z0-9+/]+=*$/);
        expect(unseal(sealed)).toEqual(signature);
      }),
    );
  });

  it('what one dialect is given and returns is the same proof', () => {
    fc.assert(
      fc.property(signatures, fc.constantFrom('openai-chat', 'anthropic-messages'), (signature, client) => {
        const returned = readSignature(writeSignature(signature, client), client);
        expect(returned.by).toBe(signature.by);
        expect(returned.value).toBe(signature.value);
      }),
    );
  });

  it('a damaged seal is no seal, and never throws', () => {
    fc.assert(
      fc.property(signatures, fc.nat(200), fc.string({ maxLength: 3 }), (signature, place, damage) => {
        const sealed = seal(signature);
        const damaged = `${sealed.slice(0, place)}${damage}${sealed.slice(place + 1)}`;
        const read = unseal(damaged);
        if (read !== undefined) expect(typeof read.value).toBe('string');
        expect(unseal(sealed.slice(0, sealPrefix.length))).toBeUndefined();
      }),
    );
  });
});

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

it.each([
  ['no seal', 'ErUBCkYIBhgC'],
  ['nothing', ''],
  ['the prefix alone', sealPrefix],
  ['no value', encode({ modelport: 1, by: 'openai-chat' })],
  ['a value that is no text', encode({ modelport: 1, by: 'openai-chat', value: 5 })],
  ['an id that is no text', encode({ modelport: 1, by: 'openai-chat', value: 'a', id: 5 })],
])('%s is not unsealed, and is the reader’s own proof', (_, text) => {
  expect(unseal(text)).toBeUndefined();
  expect(readSignature(text, 'anthropic-messages')).toEqual({ by: 'anthropic-messages', value: text });
});

it('the maker gets its proof bare', () => {
  const signature: Signature = { by: 'anthropic-messages', value: 'abc', id: 'x' };
  expect(writeSignature(signature, 'anthropic-messages')).toBe('abc');
  expect(unseal(writeSignature(signature, 'openai-chat'))).toEqual(signature);
});
