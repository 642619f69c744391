import { describe, expect, test } from 'vitest';
import { clients, providers } from '../../src/dialects/index.ts';
import type { ErrorKind } from '../../src/hub/index.ts';
import { dialects, fixedGiven, providerIds } from './codecs.ts';
import { validate } from './validators.ts';

/** What every provider's errors have in common, whatever their words; the recorded ones are in recorded.test.ts. */

const vendors = { 'openai-chat': 'openai', 'anthropic-messages': 'anthropic' } as const;

const statuses: [status: number, kind: ErrorKind, sent?: number][] = [
  [400, 'invalid-request'],
  [401, 'authentication'],
  [403, 'permission'],
  [404, 'not-found'],
  [408, 'timeout'],
  [413, 'invalid-request'],
  [422, 'invalid-request'],
  [429, 'rate-limit'],
  [500, 'upstream'],
  [502, 'upstream'],
  [503, 'overloaded'],
  [504, 'timeout'],
];
const bodies = [
  '',
  '{"message":"no luck"}',
  '{"error":{"message":"no luck"}}',
  '{"error":"no luck"}',
  '<html><title>no luck</title></html>',
];

describe.each(providerIds)('%s', (provider) => {
  const { decodeError } = providers[provider].provider;

  test.each(statuses)('status %i is %s', (status, kind) => {
    for (const body of bodies) {
      const error = decodeError(status, {}, body);
      expect({ body, kind: error.kind, status: error.status }).toEqual({ body, kind, status });
      expect(error.message).not.toBe('');
      if (body.startsWith('{')) expect(error.message).toContain('no luck');
    }
  });

  test.each([
    [{ 'retry-after': '7' }, 7000, '7'],
    [{ 'retry-after-ms': '1500' }, 1500, '2'],
  ])('a limit says when to come again: %j', (headers, ms, seconds) => {
    const error = decodeError(429, headers, '{"message":"slow down"}');
    expect(error.facts.retryAfterMs).toBe(ms);
    for (const client of dialects) {
      const encoded = clients[client].client.encodeError(error, fixedGiven());
      expect(encoded.status).toBe(429);
      expect(encoded.headers['retry-after']).toBe(seconds);
      expect(validate(vendors[client], encoded.body, 'error').errors).toEqual([]);
    }
  });
});
