import { describe, expect, test } from 'vitest';
import { providers } from '../../src/dialects/index.ts';
import type { Block, DialectId, HubRequest, JsonObject } from '../../src/hub/index.ts';
import { isObject } from '../../src/wire/index.ts';
import { decodeRequest, dialects } from './codecs.ts';
import { scenarios, told } from './scenarios.ts';
import { validate } from './validators.ts';
import { complaints } from './wires.ts';

type Wire = [DialectId, object, (body: JsonObject) => readonly string[]];

/** What each counter is asked, held against its own schema, else against that of the request that would be made. */
const wires: Wire[] = [
  [
    'anthropic-messages',
    {},
    (body) => validate('anthropic', body, 'count.request', { beta: true, unknown: 'error' }).errors,
  ],
  ['gemini', {}, (body) => complaints('gemini', modelless(body['generateContentRequest']))],
  ['gemini', { plainCount: true }, (body) => complaints('gemini', body, { vertex: true })],
  [
    'bedrock-converse',
    {},
    (body) => complaints('bedrock-converse', isObject(body['input']) ? body['input']['converse'] : body),
  ],
];

/** The name is a member of this request where it is counted only. */
function modelless(value: JsonObject[string] | undefined): JsonObject {
  const { model, ...rest } = isObject(value) ? value : {};
  expect(model).toBe('models/m');
  return rest;
}

/** What lies behind links is there before a counter is asked. */
function fetched(request: HubRequest): HubRequest {
  const source = { kind: 'base64', mime: 'image/png', data: 'iVBORw0KGgo=' } as const;
  const inline = (block: Block): Block =>
    block.type === 'media' && block.source.kind === 'url' ? { ...block, source } : block;
  return { ...request, messages: request.messages.map((one) => ({ ...one, blocks: one.blocks.map(inline) })) };
}

describe.each(wires)('%s counts, %o', (wire, quirks, complain) => {
  const { count } = providers[wire].provider;

  test.each(dialects.flatMap((client) => scenarios.map((scenario) => [client, scenario] as const)))(
    'asked by %s: %s',
    (client, scenario) => {
      const request = fetched({ ...decodeRequest(client, told(scenario, client).request), model: 'm' });
      const body: JsonObject = JSON.parse(JSON.stringify(count?.encodeRequest(request, quirks)));
      expect(complain(body)).toEqual([]);
      const [first] = request.messages.flatMap(({ blocks }) => blocks).filter((block) => block.type === 'text');
      if (first !== undefined) expect(JSON.stringify(body)).toContain(JSON.stringify(first.text).slice(1, -1));
      for (const tool of request.tools ?? [])
        if (tool.kind === 'function') expect(JSON.stringify(body)).toContain(tool.name);
    },
  );
});

test.each<[DialectId, JsonObject, number | undefined]>([
  ['anthropic-messages', { input_tokens: 7, context_management: { original_input_tokens: 9 } }, 7],
  ['gemini', { totalTokens: 7, totalBillableCharacters: 30 }, 7],
  ['gemini', { promptTokensDetails: [] }, 0],
  ['bedrock-converse', { inputTokens: 7 }, 7],
  ['anthropic-messages', {}, undefined],
  ['gemini', { totalTokens: 'many' }, undefined],
  ['bedrock-converse', { message: 'no' }, undefined],
])('%s reads %o', (wire, body, tokens) => {
  const { count } = providers[wire].provider;
  if (tokens !== undefined) expect(count?.decodeResponse(body)).toBe(tokens);
  else expect(() => count?.decodeResponse(body)).toThrow(expect.objectContaining({ kind: 'bad-upstream-reply' }));
});
