import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { ProxyError } from '../../src/hub/index.ts';
import type { KeptAnswer } from '../../src/ledger/index.ts';
import { Life } from '../../src/server/calls.ts';
import type { Streaming } from '../../src/server/pump.ts';
import { Replay, recorded } from '../../src/server/replay.ts';

/** A client that takes one piece at a time, when told to. */
function client() {
  const taken: string[] = [];
  let next: (() => void) | undefined;
  const res = new Writable({
    highWaterMark: 1,
    write(piece: Buffer, _encoding, done) {
      taken.push(piece.toString());
      next = done;
    },
  });
  res.on('error', () => {});
  const take = async (): Promise<void> => {
    const go = next;
    next = undefined;
    go?.();
    await new Promise(setImmediate);
  };
  return { res, taken, take };
}

/** Writes these pieces at once, whatever the client can take, and is done. */
function hasty(pieces: string[], error?: ProxyError): Streaming {
  return {
    type: 'text/event-stream',
    facts: () => ({}),
    attach(res, done) {
      for (const piece of pieces) res.write(piece);
      res.end();
      done(error);
    },
  };
}

const pieces = ['one', 'two', 'three'];

test('a stream is kept when the client has taken all of it, in its pieces', async () => {
  const { res, taken, take } = client();
  const kept: string[][] = [];
  recorded(hasty(pieces), 100, (all) => void kept.push(all.map(String))).attach(res, () => {});
  await take();
  expect(kept).toEqual([]);
  await take();
  await take();
  await take();
  expect([taken, kept]).toEqual([pieces, [pieces]]);
  expect(res.writableFinished).toBe(true);
});

test.each<[string, number, ProxyError | undefined, boolean]>([
  ['one larger than the limit', 10, undefined, false],
  ['one that broke', 100, new ProxyError('upstream', 'no'), false],
  ['one whose client left', 100, undefined, true],
])('%s is not kept, and goes out all the same', async (_, most, error, leaves) => {
  const { res, taken, take } = client();
  let kept = false;
  const done: unknown[] = [];
  const keep = () => {
    kept = true;
  };
  recorded(hasty(pieces, error), most, keep).attach(res, (told) => void done.push(told));
  if (leaves) res.destroy();
  for (const _ of [1, 2, 3, 4]) await take();
  expect(kept).toBe(false);
  expect(done).toEqual([error]);
  if (!leaves) expect(taken).toEqual(pieces);
});

function answer(): KeptAnswer {
  const lengths = pieces.map((piece) => piece.length);
  const body = Buffer.from(pieces.join(''));
  return { at: 0, kind: 'stream', type: 'text/event-stream', facts: { id: 'x' }, dropped: [], pieces: lengths, body };
}

test('a kept stream is told in its pieces, no faster than they are taken', async () => {
  const { res, taken, take } = client();
  const done: unknown[] = [];
  const replay = new Replay(answer(), 1000, new Life());
  replay.attach(res, (error) => void done.push(error));
  expect([taken, done]).toEqual([['one'], []]);
  await take();
  expect(taken).toEqual(['one', 'two']);
  await take();
  await take();
  expect([taken, done, replay.facts()]).toEqual([pieces, [undefined], { id: 'x' }]);
  expect(res.writableFinished).toBe(true);
});

test('a client that does not read is given up', async () => {
  const { res } = client();
  new Replay(answer(), 30, undefined).attach(res, () => {});
  await expect.poll(() => res.destroyed).toBe(true);
});

test('the end of the call ends it', () => {
  const { res, taken } = client();
  const life = new Life();
  const done: unknown[] = [];
  new Replay(answer(), 1000, life).attach(res, (error) => void done.push(error));
  const reason = new ProxyError('cancelled', 'left');
  life.end(reason);
  expect([res.destroyed, done, taken]).toEqual([true, [reason], ['one']]);
});
