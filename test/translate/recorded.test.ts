import { expect, test } from 'vitest';
import { ProxyError } from '../../src/hub/index.ts';
import { plan } from '../../src/translate/index.ts';
import type { WrittenId } from '../dialects/codecs.ts';
import { available, recordings } from '../dialects/fixtures.ts';
import { callOf, deployment, hello, sse } from './desk.ts';

const folders = [
  ['openai-chat', deployment({})],
  ['openai-chat', deployment({ quirks: { looseReply: true } })],
  ['openai-compatible', deployment({ quirks: { looseReply: true } })],
  ['anthropic-messages', deployment({ dialect: 'anthropic-messages', fill: { maxTokens: 9 } })],
] as const;
const clients: readonly WrittenId[] = ['openai-chat', 'anthropic-messages'];

/** Real streams, cut in several ways: one output, whole frames, at most one error. */
const cases = folders.flatMap(([folder, to]) =>
  clients.flatMap((client) =>
    recordings(folder)
      .filter(({ meta }) => meta.stream && meta.status === 200)
      .map((recording) => ({
        name: `${recording.name} for ${client}, ${to.provider.quirks ? 'read' : 'as it is'}`,
        recording,
        client,
        to,
      })),
  ),
);

test.skipIf(!available)('there are recordings', () => {
  expect(cases.length).toBeGreaterThan(50);
});

test.skipIf(!available).each(cases)('$name', ({ recording, client, to }) => {
  const told = [recording.body.length, 1, 7, 1000].map((step) => {
    const call = callOf(client, { model: 'client-name', max_tokens: 9, messages: hello, stream: true });
    const relay = plan(call, to).reply(sse);
    if (relay instanceof ProxyError || relay.kind !== 'relay') throw new Error('no relay');
    const pieces: string[] = [];
    try {
      for (let at = 0; at < recording.body.length; at += step) {
        pieces.push(relay.push(Buffer.from(recording.body.subarray(at, at + step))).toString());
      }
      pieces.push(relay.end().toString());
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(ProxyError);
      return `threw ${thrown}`;
    }
    for (const piece of pieces) if (piece !== '') expect(piece).toMatch(/\r?\n\r?\n$/);
    return pieces.join('').replaceAll('\r\n', '\n');
  });
  expect(told[0]).not.toBe('');
  const broken = told[0]?.startsWith('threw') === true || /^(?:event: error|data: \{"error")/m.test(told[0] ?? '');
  // Some servers never send one, which only their row can excuse.
  expect(broken).toBe(!/"(?:finish|stop)_reason": ?"\w/.test(recording.body.toString('utf8')));
  if (!broken) for (const one of told) expect(one).toBe(told[0]);
});
