import { expect, test } from 'vitest';
import { clients, providers } from '../../../src/dialects/index.ts';
import { collector, type HubEvent, type JsonObject, ProxyError } from '../../../src/hub/index.ts';
import { framer } from '../../../src/wire/index.ts';
import { decodeReply, decodeStream, encodeReply, encodeStream, fixedGiven, plainRequest, tell } from '../codecs.ts';
import { describeRecorded, type Recording } from '../fixtures.ts';
import { readRaw } from '../oracles.ts';
import { errorTable, exceptions } from '../recorded-expected.ts';
import { createScore } from '../score.ts';
import { expectedFailures, validate } from '../validators.ts';
import { type Walked, walked } from '../walks.ts';
import { readFacts } from './facts.ts';

const { client } = clients.gemini;
const knownBroken = new Set(expectedFailures());
const answers = walked('answer').filter(({ recording: { meta } }) => !knownBroken.has(meta.source?.path ?? ''));
const own = answers.filter(({ dialect }) => dialect === 'gemini');
const score = createScore();

/** What cannot arrive whole in this form. */
const lost: { of: RegExp; aspect: string; why: string }[] = [
  { of: /fin-stop-sequence|stop-sequence/, aspect: 'finish', why: 'Google does not say which stop sequence it was' },
  { of: /perplexity-json-cit/, aspect: 'citations', why: 'sources beside the answer, which only their own form knows' },
];

function eventsOf({ recording, dialect, quirks }: Walked): HubEvent[] {
  const { meta, body, framing } = recording;
  if (meta.stream) return decodeStream(dialect, [body], quirks, framing);
  return tell(decodeReply(dialect, JSON.parse(body.toString()), quirks));
}

function asRecording(body: string, { recording }: Walked): Recording {
  return { ...recording, body: Buffer.from(body) };
}

/** In this form: whole, as events and as an array. */
function told(one: Walked): { whole: string; stream: string; array: string } {
  const events = eventsOf(one);
  const { take, response } = collector();
  for (const event of events) take(event);
  const encoder = client.encodeStream(plainRequest('gemini', true), fixedGiven(), { query: new URLSearchParams() });
  return {
    whole: JSON.stringify(encodeReply('gemini', plainRequest('gemini', false), response())),
    stream: encodeStream('gemini', plainRequest('gemini', true), events),
    array: events.map((event) => encoder.event(event)).join('') + encoder.end(),
  };
}

/** Google has one word for every stop that is none of the usual ones. */
function inOurWords<F extends { finish: string; stopSequence?: string }>(facts: F): object {
  const { finish, stopSequence: _s, ...rest } = facts;
  return { ...rest, finish: finish === 'content_filter' ? 'other' : finish };
}

describeRecorded('recorded answers for clients of this form', () => {
  test('there are some', () => expect(answers.length).toBeGreaterThan(150));

  test.each(answers)('$name', (one) => {
    const bodies = told(one);
    const { urls, ...raw } = readRaw(one.recording, one.dialect);
    const wanted = { ...inOurWords(raw), invalid: [] };
    for (const [form, body] of Object.entries(bodies)) {
      const kind = form === 'whole' ? 'response' : 'stream';
      const { errors } = validate('gemini', body, kind);
      const facts = readFacts(asRecording(body, one));
      const got = { ...inOurWords(facts), invalid: errors };
      const differences = score.compare(one.dialect, form, { ...wanted, urls }, { ...got });
      for (const { of, aspect } of [...lost, ...exceptions.filter((all) => all.client === 'openai-chat')]) {
        if (of.test(one.name)) delete differences[aspect];
      }
      expect(differences, form).toEqual({});
    }
  });
});

describeRecorded('recorded answers that pass', () => {
  test.each(own)('$name', ({ recording, dialect, quirks }) => {
    const raw = readFacts(recording);
    if (!recording.meta.stream) {
      const body: JsonObject = JSON.parse(recording.body.toString());
      const facts = client.glance(body);
      const { usage } = decodeReply(dialect, body, quirks);
      expect(facts.usage).toEqual(usage);
      expect([facts.id ?? '', facts.model ?? '']).toEqual([raw.id, raw.model]);
      expect(String(facts.finish)).toMatch(/^[A-Z_]+$|^\d+$/);
      return;
    }
    const tap = client.tap({ model: 'what-the-client-wrote' }, fixedGiven());
    const out: Buffer[] = [];
    const cutter = framer('sse', 1 << 24, { bytes: (frame) => void out.push(tap.see(frame) ?? Buffer.alloc(0)) });
    cutter.push(recording.body);
    cutter.end();
    expect(Buffer.concat(out).equals(recording.body)).toBe(true);
    expect(tap.over()).toBe('');
    const { input, output } = tap.facts.usage ?? { input: 0, output: 0 };
    expect([input, output]).toEqual([raw.usage?.input, raw.usage?.output]);
    expect([tap.facts.id ?? '', tap.facts.model ?? '']).toEqual([raw.id, raw.model]);
    expect(tap.begun).toBe(true);
  });

  test.each(own.filter(({ recording }) => recording.meta.stream))('$name, stopped before its end', ({ recording }) => {
    const tap = client.tap({}, fixedGiven());
    const frames = recording.body.toString().split(/(?<=\n\r?\n)/);
    for (const frame of frames) if (!/finish_?[rR]eason|blockReason/.test(frame)) tap.see(Buffer.from(frame));
    const last = tap.over(new ProxyError('connection', 'the connection broke'));
    const { error } = JSON.parse(last.slice('data: '.length));
    expect(error).toMatchObject({ code: 502, message: 'the connection broke', status: 'UNAVAILABLE' });
    expect(tap.over()).toBe('');
  });
});

describeRecorded('recorded errors', () => {
  test.each(walked('error'))('$name', ({ recording: { meta, body }, dialect, name }) => {
    const error = providers[dialect].provider.decodeError(meta.status, meta.response_headers, body.toString());
    const [, , words = '', status = meta.status] = errorTable[name] ?? [];
    const encoded = client.encodeError(error, fixedGiven());
    expect(encoded.status).toBe(status);
    expect(validate('gemini', encoded.body, 'error').errors).toEqual([]);
    expect(JSON.stringify(encoded.body)).toContain(JSON.stringify(words).slice(1, -1));
    expect(encoded.body).toMatchObject({ error: { code: status } });
  });
});
