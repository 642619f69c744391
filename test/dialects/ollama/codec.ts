import { forms, providers } from '../../../src/dialects/index.ts';
import { ollama } from '../../../src/dialects/ollama/index.ts';
import type { HubEvent, HubRequest, HubResponse, JsonObject } from '../../../src/hub/index.ts';
import { framer } from '../../../src/wire/index.ts';
import { at, fixedGiven } from '../codecs.ts';
import type { Recording } from '../fixtures.ts';
import { readFacts } from './facts.ts';

/** The two forms in which clients ask. */
export const sides = { chat: ollama.client, generate: forms.prompt.client } as const;
export type Form = keyof typeof sides;

export function decode(form: Form, body: JsonObject, stream = false): HubRequest {
  return sides[form].decodeRequest(body, at(String(body['model'] ?? 'm'), stream));
}

function asked(stream: boolean): HubRequest {
  return { from: 'ollama', model: 'asked-model', messages: [], stream, params: {}, unknown: {} };
}

export function encodeWhole(form: Form, response: HubResponse): JsonObject {
  return sides[form].encodeResponse(response, asked(false), fixedGiven());
}

export function encodeEvents(form: Form, events: readonly HubEvent[]): string {
  const encoder = sides[form].encodeStream(asked(true), fixedGiven());
  return events.map((event) => encoder.event(event)).join('') + encoder.end();
}

/** What an answer says, read apart from the codecs. */
export function factsOf(answer: JsonObject | string) {
  const stream = typeof answer === 'string';
  const meta: Recording['meta'] = {
    provider: 'ollama',
    operation: 'chat',
    model: null,
    status: 200,
    stream,
    body_file: '',
    shows: [],
    response_headers: {},
  };
  const body = Buffer.from(stream ? answer : JSON.stringify(answer));
  return readFacts({ name: '', dialect: 'ollama', case: '', meta, body });
}

/** What a client gets of a passed stream: the lines that the tap lets through, then what is still owed. */
export function pass(chunks: readonly Buffer[], model: string): { text: string; facts: object; failed: boolean } {
  const tap = ollama.client.tap({ model }, fixedGiven());
  let text = '';
  const [framing = 'sse'] = providers.ollama.provider.framings;
  const cutter = framer(framing, 1 << 24, {
    bytes: (frame) => {
      text += tap.see(frame)?.toString() ?? '';
    },
  });
  try {
    for (const chunk of chunks) cutter.push(chunk);
    cutter.end();
    const failed = tap.facts.finish === undefined;
    return { text: text + tap.over(), facts: { ...tap.facts }, failed };
  } catch {
    return { text: text + tap.over(), facts: { ...tap.facts }, failed: true };
  }
}
