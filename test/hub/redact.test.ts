import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSecret, mask, redactor } from '../../src/hub/index.ts';

const secrets = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_+*.$()-]{7,40}$/).filter(isSecret);

describe('laws', () => {
  it('a configured secret of any form does not come out, however often it goes in', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(secrets, { minLength: 1, maxLength: 4 }),
        fc.array(fc.string(), { maxLength: 4 }),
        (known, between) => {
          const text = known.flatMap((secret, index) => [between[index] ?? ' ', secret, secret, ' ']).join('');
          const clean = redactor(known)(text);
          for (const secret of known) if (!mask(secret).includes(secret)) expect(clean).not.toContain(secret);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('a mask shows at most four characters', () => {
    fc.assert(
      fc.property(fc.string(), (secret) => {
        expect(mask(secret).replace(/^\*{4}/, '').length).toBeLessThanOrEqual(secret.length >= 16 ? 4 : 0);
      }),
    );
  });
});

it.each<[string, string, readonly string[], string]>([
  [
    'a longer secret goes before its own beginning',
    'a my-secret-key-1234567 b my-secret-key c',
    ['my-secret-key', 'my-secret-key-1234567'],
    'a ****4567 b **** c',
  ],
  ['a secret with signs of a pattern', 'x (a+b)*[c]$d y', ['(a+b)*[c]$d'], 'x **** y'],
  ['a bearer that nobody configured', 'authorization: Bearer abcdefghijkl', [], 'authorization: Bearer ****'],
  ['an OpenAI key', 'Incorrect API key provided: sk-proj-abc123def456.', [], 'Incorrect API key provided: sk-****.'],
  ['a Google key', `key AIza${'x'.repeat(30)}`, [], 'key AIza****'],
  ['a key in a query', 'GET /v1?key=abcdefgh&x=1', [], 'GET /v1?key=****&x=1'],
  ['a signed assertion', 'x&assertion=eyJhbGciOiJ9.eyJpc3MiOiJ9.c2ln-_ y', [], 'x&assertion=eyJ**** y'],
  [
    'a private key',
    'a -----BEGIN RSA PRIVATE KEY-----\\nMIIE\n-----END RSA PRIVATE KEY----- b',
    [],
    'a -----BEGIN RSA PRIVATE KEY-----**** b',
  ],
  ['user-info of a URL', 'http://me:geheim@host/v1', [], 'http://****@host/v1'],
  [
    'short values, numbers, booleans and paths are no secrets',
    'true 12345678 /etc/passwd abc',
    ['true', '12345678', '/etc/passwd', 'abc'],
    'true 12345678 /etc/passwd abc',
  ],
  ['ordinary text', 'the model sk-y is not known; task-force', [], 'the model sk-y is not known; task-force'],
])('%s', (_, text, known, wanted) => {
  expect(redactor(known)(text)).toBe(wanted);
});

it('long hostile text costs linear time', () => {
  const time = (size: number): number => {
    const started = process.cpuUsage();
    redactor(['a-secret-value'])(`//${'a'.repeat(size)}?key=${'sk-'.repeat(size / 3)}${'Bearer '.repeat(size / 7)}`);
    return process.cpuUsage(started).user;
  };
  time(20_000);
  const small = Math.max(1_000, Math.min(time(20_000), time(20_000)));
  expect(time(160_000)).toBeLessThan(8 * 6 * small);
});
