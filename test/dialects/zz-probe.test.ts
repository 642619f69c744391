import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProxyError } from '../../src/hub/index.ts';
import { hubRequests } from '../hub/arbitrary.ts';
import { encodeRequest, providerIds } from './codecs.ts';
import { complaints } from './wires.ts';
test.each(providerIds)('%s', (provider) => {
  const seen = new Map<string, number>();
  let n = 0, refusedN = 0;
  const ref = new Map<string, number>();
  fc.assert(fc.property(hubRequests, (request) => {
    n++;
    let sent;
    try { sent = encodeRequest(provider, { ...request, unknown: {} }); } catch (e) { if (!(e instanceof ProxyError)) throw e; refusedN++; ref.set(e.message.slice(0,100), (ref.get(e.message.slice(0,100))??0)+1); return; }
    for (const c of complaints(provider, sent)) { const k = c.replace(/\d+/g, 'N').slice(0, 140); seen.set(k, (seen.get(k) ?? 0) + 1); }
  }), { numRuns: 400 });
  console.log(provider, n, 'refused', refusedN, [...ref].slice(0,6), [...seen].sort((a, b) => b[1] - a[1]).slice(0, 14));
  expect(1).toBe(1);
}, 120000);
