import { describe, expect, test } from 'vitest';
import { clients } from '../../src/dialects/index.ts';
import { asProxyError, type HubEvent, ProxyError } from '../../src/hub/index.ts';
import { framer } from '../../src/wire/index.ts';
import { asText, collect, decodeStream, dialects, fixedGiven, type WrittenId } from './codecs.ts';
import { describeRecorded, recordings } from './fixtures.ts';
import { scenarios, told, traps } from './scenarios.ts';

/** What a client gets when the provider speaks its dialect: frames seen by the tap, then what is still owed. */
function pass(dialect: WrittenId, body: Buffer): { text: string; thrown?: ProxyError; begun: boolean } {
  const tap = clients[dialect].client.tap({ model: 'asked-model' }, fixedGiven());
  let text = '';
  const cutter = framer('sse', 1 << 24, {
    bytes: (frame) => {
      const seen = tap.see(frame);
      if (seen !== undefined) text += seen.toString();
    },
  });
  try {
    cutter.push(body);
    cutter.end();
    return { text: text + tap.over(), begun: tap.begun };
  } catch (thrown) {
    const cause = asProxyError(thrown);
    return { text: text + tap.over(cause), thrown: cause, begun: tap.begun };
  }
}

/** A stream as it arrives, without what the tap may change: ids of the error and the model's name. */
function outcome(events: readonly HubEvent[]): string {
  const last = events.at(-1);
  const failed = last?.type === 'error';
  const response = collect(failed ? events.slice(0, -1) : events);
  return asText({ choices: response.choices, usage: response.usage, failed });
}

describe.each(dialects)('%s passed to its own client', (dialect) => {
  const streams = [
    ...scenarios.map((name) => ({ name, body: told(name, dialect).stream })),
    ...traps(dialect).filter(({ kind }) => kind === 'stream'),
  ];

  test.each(streams)('$name says the same as translated', ({ body }) => {
    const passed = pass(dialect, body);
    expect(outcome(decodeStream(dialect, [Buffer.from(passed.text)]))).toBe(outcome(decodeStream(dialect, [body])));
  });

  test.each(scenarios)('%s bears the name that was asked for, and only there', (name) => {
    const { stream } = told(name, dialect);
    const { text } = pass(dialect, stream);
    const own = dialect === 'openai-chat' ? 'gpt-5-mini' : 'claude-sonnet-4-5';
    expect(text.replaceAll('"model":"asked-model"', `"model":"${own}"`)).toBe(stream.toString());
  });

  test.each(traps(dialect).filter(({ kind }) => kind === 'reply'))(
    'reply $name is glanced at',
    ({ body, expected }) => {
      const look = (): unknown => clients[dialect].client.glance(JSON.parse(body.toString()));
      if (expected.error === undefined) expect(look).not.toThrow();
      else expect(look).toThrow(ProxyError);
    },
  );
});

describeRecorded('recordings passed to their own client', () => {
  const folders: [string, WrittenId][] = [
    ['openai-chat', 'openai-chat'],
    ['azure-openai', 'openai-chat'],
    ['mistral', 'openai-chat'],
    ['openai-compatible', 'openai-chat'],
    ['anthropic-messages', 'anthropic-messages'],
  ];
  const streams = folders.flatMap(([folder, dialect]) =>
    recordings(folder)
      .filter(({ meta }) => meta.stream && meta.status < 400)
      .map(({ name, body }) => ({ name, dialect, body })),
  );

  test.each(streams)('$name', ({ dialect, body }) => {
    const passed = pass(dialect, body);
    expect(outcome(decodeStream(dialect, [Buffer.from(passed.text)]))).toBe(outcome(decodeStream(dialect, [body])));
  });
});
