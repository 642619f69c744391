import fc from 'fast-check';
import type {
  Block,
  Carried,
  Choice,
  Citation,
  Finish,
  HubRequest,
  HubResponse,
  Json,
  JsonObject,
  Message,
  Params,
  Signature,
  Source,
  Tool,
  Usage,
} from '../../src/hub/index.ts';
import type { WrittenId } from '../dialects/codecs.ts';

/** Values of the hub for laws. All texts are whole characters, all values survive JSON, absent means the key is missing. */

const dialects: fc.Arbitrary<WrittenId> = fc.constantFrom('openai-chat', 'anthropic-messages');
const texts = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }) },
  fc.constantFrom('', ' ', '\n\n', 'data: x\n\n', '"\\', '\u2028', '\0', '[DONE]', '😀é\u0301', '</think>', '{"a":1}'),
);
const wholeTexts = texts.filter((text) => text !== '');
const names = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_-]{0,20}$/);
const ids = fc.stringMatching(/^[a-z]{2,5}_[A-Za-z0-9]{1,16}$/);
const counts = fc.nat(100_000);
const base64s = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('base64'));

const jsons: fc.Arbitrary<Json> = fc.jsonValue({ maxDepth: 2 }).map((value): Json => JSON.parse(JSON.stringify(value)));
const jsonObjects: fc.Arbitrary<JsonObject> = fc.dictionary(names, jsons, { maxKeys: 3 });

const extras: fc.Arbitrary<NonNullable<Carried['extra']>> = fc.record(
  { 'openai-chat': jsonObjects, 'anthropic-messages': jsonObjects },
  { requiredKeys: [] },
);
const caches = fc.record({ ttl: fc.constantFrom('5m' as const, '1h' as const) }, { requiredKeys: [] });
const carried = { cache: caches, extra: extras };
const signatures: fc.Arbitrary<Signature> = fc.record(
  { by: dialects, value: base64s, id: ids },
  { requiredKeys: ['by', 'value'] },
);
const citations: fc.Arbitrary<Citation> = fc.record(
  {
    url: fc.webUrl(),
    title: wholeTexts,
    file: ids,
    quote: wholeTexts,
    start: fc.nat(10),
    end: fc.nat(10),
    raw: fc.record({ by: dialects, value: jsons }),
  },
  { requiredKeys: [] },
);
const sources: fc.Arbitrary<Source> = fc.oneof(
  fc.record({ kind: fc.constant('url'), url: fc.webUrl() }),
  fc.record({
    kind: fc.constant('base64'),
    mime: fc.constantFrom('image/png', 'application/pdf', 'audio/wav'),
    data: base64s,
  }),
  fc.record({ kind: fc.constant('file-id'), id: ids }),
);

const textBlocks: fc.Arbitrary<Block> = fc.record(
  {
    type: fc.constant('text'),
    text: texts,
    citations: fc.array(citations, { minLength: 1, maxLength: 2 }),
    signature: signatures,
    ...carried,
  },
  { requiredKeys: ['type', 'text'] },
);
const mediaBlocks: fc.Arbitrary<Block> = fc.record(
  {
    type: fc.constant('media'),
    media: fc.constantFrom('image', 'audio', 'video', 'file'),
    source: sources,
    detail: fc.constantFrom('low', 'high', 'auto'),
    name: names,
    ...carried,
  },
  { requiredKeys: ['type', 'media', 'source'] },
);
const thinkingBlocks: fc.Arbitrary<Block> = fc.oneof(
  fc.record(
    { type: fc.constant('thinking'), text: texts, signature: signatures, ...carried },
    { requiredKeys: ['type', 'text'] },
  ),
  fc.record({
    type: fc.constant('thinking'),
    text: fc.constant(''),
    redacted: fc.constant(true),
    signature: signatures,
  }),
);
const callBlocks: fc.Arbitrary<Block> = fc.record(
  {
    type: fc.constant('tool-call'),
    id: ids,
    name: names,
    args: fc.oneof(
      jsonObjects.map((args) => JSON.stringify(args)),
      fc.constantFrom('', '{}', '{"a": 1.0}', '{"broken'),
    ),
    signature: signatures,
    ...carried,
  },
  { requiredKeys: ['type', 'id', 'name', 'args'] },
);
const resultBlocks: fc.Arbitrary<Block> = fc.record(
  {
    type: fc.constant('tool-result'),
    callId: ids,
    name: names,
    content: fc.array(fc.oneof({ weight: 3, arbitrary: textBlocks }, mediaBlocks), { maxLength: 2 }),
    failed: fc.boolean(),
    ...carried,
  },
  { requiredKeys: ['type', 'callId', 'content'] },
);
const refusalBlocks: fc.Arbitrary<Block> = fc.record(
  { type: fc.constant('refusal'), text: texts, extra: extras },
  { requiredKeys: ['type', 'text'] },
);
const opaqueBlocks: fc.Arbitrary<Block> = fc.record({
  type: fc.constant('opaque'),
  dialect: dialects,
  value: jsonObjects,
});

const answerBlocks: fc.Arbitrary<Block> = fc.oneof(
  { weight: 4, arbitrary: textBlocks },
  { weight: 2, arbitrary: thinkingBlocks },
  { weight: 3, arbitrary: callBlocks },
  refusalBlocks,
  mediaBlocks,
  opaqueBlocks,
);

const usages: fc.Arbitrary<Usage> = fc.record(
  {
    input: counts,
    output: counts,
    cacheRead: counts,
    cacheWrite: counts,
    cacheWrite1h: counts,
    reasoning: counts,
    audioIn: counts,
    audioOut: counts,
    requests: fc.nat(5),
    raw: fc.record({ by: dialects, value: jsonObjects }),
  },
  { requiredKeys: ['input', 'output'] },
);
const finishes: fc.Arbitrary<Finish> = fc.record(
  {
    reason: fc.constantFrom('stop', 'length', 'tool-calls', 'content-filter', 'refusal', 'pause', 'other'),
    raw: fc.constantFrom('stop', 'end_turn', 'eos', 'tool_use'),
    stopSequence: wholeTexts,
  },
  { requiredKeys: ['reason'] },
);
const logprobs: fc.Arbitrary<Json> = fc.record({
  content: fc.array(
    fc.record({ token: texts, logprob: fc.integer({ min: -100, max: 0 }), top_logprobs: fc.constant<Json[]>([]) }),
    { maxLength: 2 },
  ),
});
const choices: fc.Arbitrary<Choice> = fc.record(
  { index: fc.nat(3), blocks: fc.array(answerBlocks, { maxLength: 4 }), finish: finishes, logprobs, extra: extras },
  { requiredKeys: ['index', 'blocks', 'finish'] },
);

export const hubResponses: fc.Arbitrary<HubResponse> = fc.record(
  {
    id: ids,
    model: names,
    created: fc.integer({ min: 1, max: 2_000_000_000 }),
    choices: fc.uniqueArray(choices, { minLength: 1, maxLength: 3, selector: (choice) => choice.index }),
    usage: usages,
    extra: extras,
  },
  { requiredKeys: ['id', 'model', 'created', 'choices'] },
);

const messages: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ role: fc.constant('system'), blocks: fc.array(textBlocks, { minLength: 1, maxLength: 2 }) }),
  fc.record(
    {
      role: fc.constant('user'),
      blocks: fc.array(fc.oneof({ weight: 3, arbitrary: textBlocks }, mediaBlocks, resultBlocks), {
        minLength: 1,
        maxLength: 3,
      }),
      name: names,
      ...carried,
    },
    { requiredKeys: ['role', 'blocks'] },
  ),
  fc.record(
    { role: fc.constant('assistant'), blocks: fc.array(answerBlocks, { maxLength: 4 }), name: names, ...carried },
    { requiredKeys: ['role', 'blocks'] },
  ),
);
const tools: fc.Arbitrary<Tool> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record(
      {
        kind: fc.constant('function'),
        name: names,
        description: wholeTexts,
        schema: jsonObjects.map((properties): JsonObject => ({ type: 'object', properties })),
        strict: fc.boolean(),
        ...carried,
      },
      { requiredKeys: ['kind', 'name', 'schema'] },
    ),
  },
  fc.record({ kind: fc.constant('hosted'), dialect: dialects, value: jsonObjects }),
);
const params: fc.Arbitrary<Params> = fc.record(
  {
    maxTokens: fc.integer({ min: 1, max: 100_000 }),
    temperature: fc.constantFrom(0, 0.5, 1, 2),
    topP: fc.constantFrom(0.1, 0.9, 1),
    topK: fc.integer({ min: 1, max: 100 }),
    stop: fc.array(wholeTexts, { minLength: 1, maxLength: 4 }),
    seed: counts,
    n: fc.integer({ min: 1, max: 3 }),
    presencePenalty: fc.constantFrom(-2, 0.5, 2),
    frequencyPenalty: fc.constantFrom(-2, 0.5, 2),
    logitBias: fc.dictionary(fc.stringMatching(/^[1-9]\d{0,4}$/), fc.integer({ min: -100, max: 100 }), { maxKeys: 2 }),
    logprobs: fc.boolean(),
    topLogprobs: fc.integer({ min: 0, max: 20 }),
    parallelToolCalls: fc.boolean(),
    reasoning: fc.record(
      { effort: fc.constantFrom('none', 'low', 'medium', 'high'), budget: fc.integer({ min: 1024, max: 50_000 }) },
      { requiredKeys: [] },
    ),
    user: ids,
  },
  { requiredKeys: [] },
);

export const hubRequests: fc.Arbitrary<HubRequest> = fc.record(
  {
    from: dialects,
    model: names,
    messages: fc.array(messages, { minLength: 1, maxLength: 5 }),
    stream: fc.boolean(),
    params,
    tools: fc.uniqueArray(tools, {
      minLength: 1,
      maxLength: 3,
      selector: (tool) => JSON.stringify(tool.kind === 'hosted' ? tool.value : tool.name),
    }),
    toolChoice: fc.oneof(
      fc.record({ kind: fc.constantFrom('auto', 'none', 'any') }),
      fc.record({ kind: fc.constant('one'), name: names }),
    ),
    output: fc.oneof(
      fc.record({ kind: fc.constant('json') }),
      fc.record(
        { kind: fc.constant('schema'), name: names, schema: jsonObjects, strict: fc.boolean() },
        { requiredKeys: ['kind', 'name', 'schema'] },
      ),
    ),
    store: fc.boolean(),
    extra: extras,
    unknown: fc.dictionary(
      names.map((name) => `unknown_${name}`),
      jsons,
      { maxKeys: 2 },
    ),
  },
  { requiredKeys: ['from', 'model', 'messages', 'stream', 'params', 'unknown'] },
);
