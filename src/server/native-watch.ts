import { clients, providers, type Tap } from '../dialects/index.ts';
import type { DialectId, Facts, Headers, HubEvent } from '../hub/index.ts';
import { type Frame, type Framing, framer, isObject, type JsonValue, members, readJson } from '../wire/index.ts';
import { given } from './house.ts';

/** Watches a passed reply for what it says of itself; nothing that it finds wrong is its business. */
export interface ReplyWatch {
  push(chunk: Buffer): void;
  facts(): Facts;
}

/** What asks for an answer that is counted, by the path's end. */
const paths: readonly [RegExp, DialectId, 'embeddings'?][] = [
  [/\/chat\/completions$/, 'openai-chat'],
  [/\/completions$/, 'openai-completions'],
  [/\/responses$/, 'openai-responses'],
  [/\/messages$/, 'anthropic-messages'],
  [/:(?:streamG|g)enerateContent$/, 'gemini'],
  [/\/claude-[^/]*:(?:streamR|r)awPredict$/, 'anthropic-messages'],
  [/:(?:streamR|r)awPredict$/, 'openai-chat'],
  [/\/converse(?:-stream)?$/, 'bedrock-converse'],
  [/\/invoke(?:-with-response-stream)?$/, 'anthropic-messages'],
  [/\/v2\/chat$/, 'cohere'],
  [/\/api\/chat$/, 'ollama'],
  [/\/embeddings$/, 'openai-chat', 'embeddings'],
];

/** Undefined: the path's replies tell nothing. */
export function spokenAt(path: string): { dialect: DialectId; embeddings: boolean } | undefined {
  const [plain = ''] = path.split('?', 1);
  const found = paths.find(([ends]) => ends.test(plain));
  return found === undefined ? undefined : { dialect: found[1], embeddings: found[2] !== undefined };
}

/** What a whole reply says; nothing for what cannot be read. */
export function readWhole(body: Buffer, spoken: { dialect: DialectId; embeddings: boolean }): Facts {
  try {
    const reply = readJson(body.toString('utf8'));
    return isObject(reply) ? glance(reply, spoken) : {};
  } catch {
    return {};
  }
}

function glance(
  reply: { [key: string]: JsonValue },
  { dialect, embeddings }: { dialect: DialectId; embeddings: boolean },
): Facts {
  const side = isClient(dialect) ? clients[dialect].client : undefined;
  if (embeddings) return side?.embeddings?.glance?.(reply) ?? {};
  if (side !== undefined) return side.glance(reply);
  const { id, model, usage, choices } = providers[dialect].provider.decodeResponse(reply, given, {});
  const finish = choices[0]?.finish;
  return { id, model, ...(usage && { usage }), ...(finish && { finish: finish.raw ?? finish.reason }) };
}

function isClient(dialect: DialectId): dialect is keyof typeof clients {
  return Object.hasOwn(clients, dialect);
}

const framings: Readonly<Record<string, Framing>> = {
  'text/event-stream': 'sse',
  'application/x-ndjson': 'ndjson',
  'application/vnd.amazon.eventstream': 'eventstream',
};

/** Undefined: what comes is no stream that is known. */
export function watchStream(type: string, dialect: DialectId, maxFrame: number): ReplyWatch | undefined {
  const framing = framings[type.split(';', 1)[0]?.trim().toLowerCase() ?? ''];
  if (framing === undefined) return undefined;
  return framing !== 'eventstream' && isClient(dialect)
    ? tapped(clients[dialect].client.tap({}, given), framing, maxFrame)
    : decoded(dialect, framing, maxFrame);
}

/** A watch that stops at the first thing that it does not understand. */
function carefully(facts: Facts, push: (chunk: Buffer) => void): ReplyWatch {
  let lost = false;
  return {
    facts: () => facts,
    push(chunk) {
      facts.firstByteAt ??= given.now();
      if (lost) return;
      try {
        push(chunk);
      } catch {
        lost = true;
      }
    },
  };
}

function tapped(tap: Tap, framing: Framing, maxFrame: number): ReplyWatch {
  const passed: Buffer[] = [];
  const cutter = framer(framing, maxFrame, {
    bytes: (frame) => void tap.see(frame),
    skim: (chunk, from) => tap.skim(chunk, from, passed),
  });
  return carefully(tap.facts, (chunk) => {
    cutter.push(chunk);
    passed.length = 0;
    if (tap.begun) tap.facts.firstTokenAt ??= given.now();
  });
}

function decoded(dialect: DialectId, framing: Framing, maxFrame: number): ReplyWatch {
  const facts: Facts = {};
  const decoder = providers[dialect].provider.decodeStream(given, {});
  const note = (event: HubEvent): void => {
    if (event.type === 'start')
      Object.assign(facts, { id: event.id, ...(event.model !== '' && { model: event.model }) });
    else if (event.type === 'usage') facts.usage = event.usage;
    else if (event.type === 'text') facts.firstTokenAt ??= given.now();
    else if (event.type === 'finish') facts.finish = event.finish.raw ?? event.finish.reason;
  };
  let foreign = false;
  const tell = (frame: Frame): void => {
    try {
      decoder.push(frame, note);
    } catch {
      foreign = true;
    }
  };
  const cutter = framer(framing, maxFrame, {
    frame(frame) {
      const counted = frame.data.includes(counts) ? readJson(frame.data) : undefined;
      const metrics = isObject(counted) ? counted[counts] : undefined;
      if (isObject(metrics)) readCounts(facts, metrics['inputTokenCount'], metrics['outputTokenCount']);
      else if (!foreign) tell(frame);
    },
  });
  return carefully(facts, (chunk) => cutter.push(chunk));
}

/** What AWS adds to the last event of any model. */
const counts = 'amazon-bedrock-invocationMetrics';

/** What AWS says of any model's whole reply, in headers. */
export function countsOf(headers: Headers): Facts {
  const facts: Facts = {};
  readCounts(facts, headers['x-amzn-bedrock-input-token-count'], headers['x-amzn-bedrock-output-token-count']);
  return facts;
}

function readCounts(facts: Facts, input: unknown, output: unknown): void {
  const sum = { input: Number(input ?? Number.NaN), output: Number(output ?? Number.NaN) };
  if (facts.usage === undefined && sum.input >= 0 && sum.output >= 0) facts.usage = sum;
}

/** The longest request whose model is looked for. */
const mostAsked = 2 ** 20;

/** Reads over the shoulder of an upload which model is asked, and whether for a stream. */
export class RequestWatch {
  #chunks: Buffer[] = [];
  #size = 0;

  push(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > mostAsked) this.#chunks = [];
    else this.#chunks.push(chunk);
  }

  /** The path counts; nothing where neither says it. */
  read(path: string): { model?: string; stream: boolean } {
    const [plain = ''] = path.split('?', 1);
    const named = /\/models?\/([^/]+?)(?:[:/]|$)/.exec(plain)?.[1];
    const said = this.#said();
    const model = named === undefined ? said.model : decodeURIComponent(named);
    return { ...(model === undefined ? {} : { model }), stream: said.stream || /[Ss]tream[^/]*$/.test(plain) };
  }

  #said(): { model?: string; stream: boolean } {
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    try {
      const body = members(bytes);
      const model = body.get('model');
      return { ...(typeof model === 'string' ? { model } : {}), stream: body.get('stream') === true };
    } catch {
      return { stream: false };
    }
  }
}
