import OpenAI, { AuthenticationError, BadRequestError, NotFoundError, RateLimitError } from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { JsonObject } from '../../src/hub/index.ts';
import { dialects } from '../dialects/codecs.ts';
import { readRequest } from '../dialects/read-request.ts';
import { type RunningProxy, startProxy } from './proxy.ts';
import { refusal, startPair } from './spoken.ts';
import { startVendor, type Vendor, vendorError } from './vendor.ts';

type Event = OpenAI.Responses.ResponseStreamEvent;
type Item = OpenAI.Responses.ResponseInputItem;

/** `groq`: a server of the chat form that is not asked in another. */
const models = { 'openai-chat': 'groq/llama', 'anthropic-messages': 'anthropic/claude-sonnet-4-5' } as const;
const hello = 'Hello there, how can I help?';
const weather: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'get_current_weather',
  parameters: { type: 'object', properties: { location: { type: 'string' } }, required: ['location'] },
  strict: false,
};
const keys = { GROQ_API_KEY: 'gsk-proxy-0123456789', ANTHROPIC_API_KEY: 'sk-ant-proxy-0123456789' };

describe.each(dialects)('openai SDK asks for responses, provider speaks %s', (dialect) => {
  let vendor: Vendor;
  let proxy: RunningProxy;
  let client: OpenAI;

  beforeAll(async () => {
    vendor = await startVendor(dialect);
    proxy = await startProxy({ model: models[dialect], api_base: vendor.url }, keys);
    client = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: 'anything', maxRetries: 0 });
  });
  afterAll(async () => {
    await proxy.close();
    await vendor.close();
  });

  test('whole', async () => {
    vendor.will({ scenario: 'plain' });
    const answer = await client.responses.create({
      model: 'm',
      instructions: 'Be kind.',
      input: 'hi',
      temperature: 0.5,
    });
    expect(answer.output_text).toBe(hello);
    expect(answer).toMatchObject({
      object: 'response',
      status: 'completed',
      model: 'm',
      instructions: 'Be kind.',
      temperature: 0.5,
      usage: { total_tokens: 30 },
    });
    expect(vendor.seen[0]?.invalid).toEqual([]);
    expect(vendor.seen[0]?.body.model).toBe(models[dialect].split('/')[1]);
    expect(JSON.stringify(vendor.seen[0]?.body)).toContain('Be kind.');
    // The first calls are told once the price list is there.
    await expect.poll(() => proxy.entries.at(-1)).toMatchObject({ dropped: [], status: 200 });
  });

  test('streamed, by the helper', async () => {
    vendor.will({ scenario: 'plain' });
    const stream = client.responses.stream({ model: 'm', input: 'hi' });
    const events: Event[] = [];
    for await (const event of stream) events.push(event);
    const final = await stream.finalResponse();
    expect(final.output_text).toBe(hello);
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, n) => n));
    expect(events[0]?.type).toBe('response.created');
    expect(events.at(-1)?.type).toBe('response.completed');
    expect(vendor.seen[0]?.invalid).toEqual([]);
  });

  test('tools of namespaces and of free text', async () => {
    vendor.will({ scenario: 'parallel-tools' });
    const tools = [
      { type: 'namespace', name: 'mcp__maps', description: 'Maps', tools: [{ ...weather, name: 'find' }] },
      { type: 'custom', name: 'apply_patch', description: 'Patches', format: { type: 'text' } },
      weather,
      { type: 'web_search' },
    ] as unknown as OpenAI.Responses.Tool[];
    const past = [
      { role: 'user', content: 'Go.' },
      { type: 'function_call', call_id: 'call_1', namespace: 'mcp__maps', name: 'find', arguments: '{"location":"x"}' },
      { type: 'custom_tool_call', call_id: 'call_2', name: 'apply_patch', input: '*** Begin "Patch"' },
      { type: 'function_call_output', call_id: 'call_1', output: 'found' },
      { type: 'custom_tool_call_output', call_id: 'call_2', output: 'done' },
    ] as Item[];
    await client.responses.create({ model: 'm', tools, input: past });
    const { invalid, body } = vendor.seen[0] ?? {};
    expect(invalid).toEqual([]);
    const text = JSON.stringify(body);
    expect(text).toContain('"mcp__maps__find"');
    expect(text).toContain('"apply_patch"');
    expect(text).toMatch(/\*\*\* Begin \\+"Patch\\+"/);
    const { turns } = readRequest(dialect, body);
    expect(turns).toContain('result call_1: found');
    expect(turns).toContain('result call_2: done');
    const searches = dialect === 'anthropic-messages';
    await expect.poll(() => proxy.entries.at(-1)?.dropped).toEqual(searches ? [] : ['tools[3]']);
    expect(text.includes('"web_search_20250305"')).toBe(searches);
  });

  test('answers are stored, gone on from, listed and deleted', async () => {
    vendor.will({ scenario: 'parallel-tools' }, { scenario: 'plain' });
    const first = await client.responses.create({ model: 'm', input: 'Weather?', tools: [weather] });
    const calls = first.output.filter((item) => item.type === 'function_call');
    const second = await client.responses
      .stream({
        model: 'm',
        previous_response_id: first.id,
        input: calls.map((call) => ({ type: 'function_call_output', call_id: call.call_id, output: 'sun' }) as const),
        tools: [weather],
      })
      .finalResponse();
    expect(second.previous_response_id).toBe(first.id);
    expect(vendor.seen.map(({ invalid }) => invalid)).toEqual([[], []]);
    const { turns } = readRequest(dialect, vendor.seen[1]?.body);
    expect(turns[0]).toContain('Weather?');
    for (const call of calls) expect(turns).toContain(`result ${call.call_id}: sun`);

    expect(await client.responses.retrieve(second.id)).toMatchObject({
      id: second.id,
      output_text: hello,
    });
    const items = await client.responses.inputItems.list(second.id, { order: 'asc' });
    expect(items.data).toHaveLength(1 + first.output.length + calls.length);
    expect(items.data[0]).toMatchObject({ role: 'user', content: [{ type: 'input_text', text: 'Weather?' }] });
    const page = await client.responses.inputItems.list(second.id, { limit: 1 });
    expect(page.data).toMatchObject([{ type: 'function_call_output' }]);
    expect(page.has_more).toBe(true);

    await client.responses.delete(first.id);
    await expect(client.responses.retrieve(first.id)).rejects.toThrow(NotFoundError);
    const lost = client.responses.create({ model: 'm', previous_response_id: second.id, input: 'x' });
    await expect(lost).rejects.toMatchObject({ status: 404, code: 'previous_response_not_found' });
  });

  test('items that are only named are put in their place; what is not to be stored is not', async () => {
    vendor.will({ scenario: 'plain' });
    const first = await client.responses.create({ model: 'm', input: 'hi' });
    const id = first.output[0]?.id ?? '';
    await client.responses.create({
      model: 'm',
      input: [
        { role: 'user', content: 'hi' },
        { type: 'item_reference', id },
        { role: 'user', content: 'more' },
      ],
    });
    expect(JSON.stringify(vendor.seen[1]?.body)).toContain(hello);
    const unkept = await client.responses.create({ model: 'm', input: 'hi', store: false });
    await expect(client.responses.retrieve(unkept.id)).rejects.toThrow(NotFoundError);
  });

  test('a schema is kept', async () => {
    vendor.will(structured(dialect));
    const schema = z.object({ city: z.string(), degrees: z.number() });
    const answer = await client.responses.parse({
      model: 'm',
      input: 'Weather?',
      text: { format: zodTextFormat(schema, 'weather') },
    });
    expect(answer.output_parsed).toEqual({ city: 'Paris', degrees: 18 });
    expect(vendor.seen[0]?.invalid).toEqual([]);
  });

  test.each([
    { status: 400, type: 'invalid_request_error', wanted: BadRequestError },
    { status: 401, type: 'authentication_error', wanted: AuthenticationError },
    { status: 404, type: 'not_found_error', wanted: NotFoundError },
    { status: 429, type: 'rate_limit_error', wanted: RateLimitError },
  ])('$status is $wanted.name', async ({ status, type, wanted }) => {
    const { body } = vendorError(dialect, type, 'the vendor says no');
    vendor.will({ status, headers: { 'retry-after': '7' }, body });
    for (const stream of [false, true]) {
      const thrown: unknown = await client.responses
        .create({ model: 'm', input: 'hi', stream })
        .catch((error) => error);
      expect(thrown).toBeInstanceOf(wanted);
      if (!(thrown instanceof wanted)) continue;
      expect(thrown.message).toContain('the vendor says no');
      if (status === 429) expect(thrown.headers?.get('retry-after')).toBe('7');
    }
  });

  test('a provider that breaks off is a failed response, not a short one', async () => {
    vendor.will({ scenario: 'plain', breakAfter: 4, pieceMs: 30 });
    const stream = await client.responses.create({ model: 'm', input: 'hi', stream: true });
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    expect(types.at(-1)).toBe('response.failed');
    expect(types).not.toContain('response.completed');
  });

  test('tokens are counted', async () => {
    vendor.will({ status: 404, ...vendorError(dialect, 'not_found_error', 'no counter here') });
    const few = await client.responses.inputTokens.count({ model: 'm', input: 'hi' });
    const many = await client.responses.inputTokens.count({ model: 'm', input: 'many words '.repeat(100) });
    expect(few.object).toBe('response.input_tokens');
    expect(many.input_tokens).toBeGreaterThan(few.input_tokens + 50);
  });

  test.each([
    [{ input: [] }, 'input'],
    [{ input: 7 }, 'input'],
    [{ input: [{ role: 'user', content: [{ type: 'input_text' }] }] }, 'input[0].content[0].text'],
    [{ input: 'hi', tools: [{ type: 'function' }] }, 'tools[0].name'],
    [{ input: 'hi', conversation: 'conv_1' }, 'conversation'],
    [{ input: 'hi', previous_response_id: 'resp_nobody' }, 'previous_response_id'],
  ])('%j is refused by name', async (body, param) => {
    vendor.will({ scenario: 'plain' });
    const reply = await fetch(`${proxy.url}/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'm', ...body }),
    });
    expect(reply.status).toBe(param === 'previous_response_id' ? 404 : 400);
    const { error }: { error: JsonObject } = JSON.parse(await reply.text());
    expect(error).toMatchObject({ param, type: 'invalid_request_error' });
  });

  test('a compacted conversation goes on', async () => {
    vendor.will({ scenario: 'plain' });
    const compacted = await client.responses.compact({ model: 'm', input: 'hi' });
    expect(compacted.object).toBe('response.compaction');
    expect(compacted.output.map(({ type }) => type)).toContain('compaction');
    const { output_text: summary } = await client.responses.create({ model: 'm', input: 'hi' });
    vendor.seen.length = 0;
    const answer = await client.responses.create({
      model: 'm',
      input: [...(compacted.output as Item[]), { role: 'user', content: 'and now?' }],
    });
    expect(answer.status).toBe('completed');
    // What the model said when it was asked to sum up is what it is told.
    expect(JSON.stringify(vendor.seen[0]?.body)).toContain(JSON.stringify(summary).slice(1, -1));
    expect(vendor.seen[0]?.invalid).toEqual([]);
  });
});

// A server at a base URL of the user's own that has no /responses: what it says where it was asked next is what counts.
test.each([400, 401, 429, 500])('the first thing a server of chat says is %i', async (status) => {
  const pair = await startPair('openai-chat');
  const client = new OpenAI({ baseURL: `${pair.proxy.url}/v1`, apiKey: 'anything', maxRetries: 0 });
  pair.vendor.will(refusal('openai-chat', status));
  await expect(client.responses.create({ model: 'm', input: 'hi' })).rejects.toMatchObject({
    status,
    message: expect.stringContaining('the vendor says no'),
  });
  await pair.close();
});

// A server that speaks the client's own dialect is asked once, whatever it says.
test('a refusal is not asked for again in the same words', async () => {
  const pair = await startPair('openai-responses');
  const client = new OpenAI({ baseURL: `${pair.proxy.url}/v1`, apiKey: 'anything', maxRetries: 0 });
  pair.vendor.will(refusal('openai-responses', 400));
  await expect(client.responses.create({ model: 'm', input: 'hi' })).rejects.toMatchObject({ status: 400 });
  await pair.close();
  expect(pair.vendor.seen).toHaveLength(1);
});

/** The answer to a request for a schema. */
function structured(dialect: 'openai-chat' | 'anthropic-messages'): { status: number; body: unknown } {
  const text = '{"city":"Paris","degrees":18}';
  const body =
    dialect === 'openai-chat'
      ? {
          id: 'c',
          created: 1,
          model: 'x',
          choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
        }
      : {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          model: 'x',
          content: [{ type: 'text', text }],
          stop_reason: 'end_turn',
          usage: { input_tokens: 1, output_tokens: 1 },
        };
  return { status: 200, body };
}
