import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { asProxyError } from '../../src/hub/index.ts';
import { Pump } from '../../src/server/pump.ts';
import type { Relay } from '../../src/translate/index.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A relay that holds its first frame back until it is flushed or followed. */
function holding(): Relay {
  let held = '';
  let open = false;
  return {
    ...{ kind: 'relay', type: 'text/event-stream', ping: ': ping\n\n' },
    push(chunk) {
      const text = held + chunk.toString();
      if (!open && held === '') {
        held = text;
        return '';
      }
      open = true;
      held = '';
      return text;
    },
    flush() {
      open = true;
      const text = held;
      held = '';
      return text;
    },
    end: () => '',
    facts: () => ({}),
    broken: () => undefined,
  };
}

function begin() {
  const told: string[] = [];
  const pump = new Pump(holding(), () => undefined, 1000, {
    ready: () => void told.push('ready'),
    failed: () => void told.push('failed'),
    asError: asProxyError,
  });
  const out = new PassThrough();
  const res = new ServerResponse(new IncomingMessage(new Socket()));
  const written: string[] = [];
  vi.spyOn(res, 'write').mockImplementation((chunk: string | Buffer) => {
    written.push(chunk.toString());
    return out.writable;
  });
  return { pump, told, res, written };
}

describe('the pump', () => {
  it('flushes what is held back at the beginning after 200 ms', () => {
    const { pump, told } = begin();
    pump.push(Buffer.from('start\n\n'));
    vi.advanceTimersByTime(199);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(told).toEqual(['ready']);
  });

  it('pings after each 15 s of silence, and not before', () => {
    const { pump, res, written } = begin();
    pump.push(Buffer.from('a\n\n'));
    pump.push(Buffer.from('b\n\n'));
    pump.attach(res, () => {});
    expect(written).toEqual(['a\n\nb\n\n']);
    vi.advanceTimersByTime(14_000);
    pump.push(Buffer.from('c\n\n'));
    vi.advanceTimersByTime(14_999);
    expect(written).toHaveLength(2);
    vi.advanceTimersByTime(1);
    vi.advanceTimersByTime(15_000);
    expect(written.slice(2)).toEqual([': ping\n\n', ': ping\n\n']);
    pump.end();
    vi.advanceTimersByTime(60_000);
    expect(written).toHaveLength(4);
  });
});
