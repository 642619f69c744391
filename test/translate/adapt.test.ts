import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Deployment, type JsonObject, ProxyError } from '../../src/hub/index.ts';
import { plan } from '../../src/translate/index.ts';
import { type Body, callOf, deployment, frames, hello, json, named, sent, sse } from './desk.ts';

const schema = { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] };
const wantsSchema = { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } } };
const weather = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'looks',
    parameters: { type: 'object', properties: { at: { type: 'string' } } },
  },
};

const claude = deployment({ dialect: 'anthropic-messages', lacks: ['schema-output'], fill: { maxTokens: 64 } });
const plain = deployment({ refuses: ['tools'] }, { toolsInPrompt: true });

const asked = (to: Deployment, body: Body) =>
  plan(callOf('openai-chat', { model: 'client-name', messages: hello, ...body }), to);

interface Call {
  function: { name: string; arguments: string };
}

/** The parts of bodies that are looked at here. */
interface Wire {
  tools: { name: string; input_schema: object }[];
  tool_choice: { name: string };
  parallel_tool_calls?: boolean;
  output_config?: object;
  messages: { role: string; content: { name: string }[] }[];
}

interface Completion {
  choices: { message: { content: string | null; tool_calls?: Call[] }; finish_reason: string }[];
}

function wireOf(to: Deployment, body: Body): Wire {
  return JSON.parse(asked(to, body).body.toString());
}

function whole(to: Deployment, body: Body, reply: object): Completion['choices'][0] {
  const made = asked(to, body).reply(json);
  if (made instanceof ProxyError || made.kind !== 'whole') throw new Error('no whole');
  const completion: Completion = JSON.parse(made.read(Buffer.from(JSON.stringify(reply))).body.toString());
  const [choice] = completion.choices;
  if (choice === undefined) throw new Error('no choice');
  return choice;
}

/** Content, calls and finish of a streamed answer, and how many pieces of text there were. */
function streamed(to: Deployment, body: Body, stream: Buffer, cuts: readonly number[] = []) {
  const made = asked(to, { ...body, stream: true }).reply(sse);
  if (made instanceof ProxyError || made.kind !== 'relay') throw new Error('no relay');
  let out = '';
  const places = [0, ...cuts, stream.length];
  places.slice(1).forEach((place, index) => {
    out += made.push(Buffer.from(stream.subarray(places[index], place)));
  });
  out += made.end();
  const told = { content: '', pieces: 0, calls: [] as { name: string; args: string }[], finish: '' };
  for (const line of out.split('\n')) {
    if (!line.startsWith('data: {')) continue;
    const choice = JSON.parse(line.slice(6)).choices[0];
    if (choice?.delta.content) told.pieces++;
    told.content += choice?.delta.content ?? '';
    for (const call of choice?.delta.tool_calls ?? []) {
      if (call.function.name !== undefined) told.calls.push({ name: call.function.name, args: '' });
      const last = told.calls.at(-1);
      if (last !== undefined) last.args += call.function.arguments ?? '';
    }
    told.finish = choice?.finish_reason ?? told.finish;
  }
  return told;
}

function message(...content: object[]): object {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm-1',
    content,
    stop_reason: 'tool_use',
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  };
}

function messageStream(...blocks: { block: JsonObject; deltas: JsonObject[] }[]): Buffer {
  return named(
    {
      type: 'message_start',
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'm-1',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 1, output_tokens: 1 },
      },
    },
    ...blocks.flatMap(({ block, deltas }, index) => [
      { type: 'content_block_start', index, content_block: block },
      ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 3 } },
    { type: 'message_stop' },
  );
}

const said = (text: string) => ({ block: { type: 'text', text: '' }, deltas: [{ type: 'text_delta', text }] });
const called = (name: string, ...parts: string[]) => ({
  block: { type: 'tool_use', id: 'toolu_1', name, input: {} },
  deltas: parts.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
});

describe('a schema for the answer by a forced tool', () => {
  test.each([
    ['alone', {}, { type: 'tool', name: 'json_tool_call' }, ['json_tool_call']],
    ['beside tools', { tools: [weather] }, { type: 'any' }, ['weather', 'json_tool_call']],
    [
      'beside a chosen tool',
      { tools: [weather], tool_choice: { type: 'function', function: { name: 'weather' } } },
      { type: 'tool', name: 'weather' },
      ['weather', 'json_tool_call'],
    ],
    [
      'where no tool may be used',
      { tools: [weather], tool_choice: 'none' },
      { type: 'tool', name: 'json_tool_call' },
      ['weather', 'json_tool_call'],
    ],
    ['not forced while the model thinks', { reasoning_effort: 'low' }, { type: 'auto' }, ['json_tool_call']],
    [
      'forced when thinking is off',
      { reasoning_effort: 'none' },
      { type: 'tool', name: 'json_tool_call' },
      ['json_tool_call'],
    ],
    [
      'a tool of this name',
      { tools: [{ type: 'function', function: { name: 'json_tool_call', parameters: schema } }] },
      { type: 'any' },
      ['json_tool_call', 'json_tool_call_2'],
    ],
  ])('%s', (_, body, choice, names) => {
    const wire = wireOf(claude, { ...wantsSchema, ...body });
    expect(wire.tool_choice).toEqual(choice);
    expect(wire.tools.map((tool) => tool.name)).toEqual(names);
    expect(wire.tools.at(-1)?.input_schema).toEqual(schema);
    expect(wire.output_config).toBeUndefined();
  });

  const call = (input: object, name = 'json_tool_call') => ({ type: 'tool_use', id: 't', name, input });
  test.each([
    ['the answer', [call({ a: 1 })], '{"a":1}', 'stop', 0],
    ['an introduction before it', [{ type: 'text', text: 'Here:' }, call({ a: 1 })], '{"a":1}', 'stop', 0],
    ['a second answer', [call({ a: 1 }), call({ a: 2 })], '{"a":1}', 'stop', 0],
    ['no answer but text', [{ type: 'text', text: 'no' }], 'no', 'tool_calls', 0],
    ['another tool', [{ type: 'text', text: 'hm' }, call({ at: 'x' }, 'weather')], 'hm', 'tool_calls', 1],
    ['no arguments', [call({})], '{}', 'stop', 0],
  ])('%s, whole', (_, content, text, finish, calls) => {
    const { message: got, finish_reason } = whole(claude, { ...wantsSchema, tools: [weather] }, message(...content));
    expect(got.content).toBe(text);
    expect(got.tool_calls?.length ?? 0).toBe(calls);
    if (finish === 'stop') expect(finish_reason).toBe('stop');
  });

  test('streams as it is written, wherever the bytes are cut', () => {
    const stream = messageStream(said('Here is it'), called('json_tool_call', '', '{"a"', ':"Grüße', '"}'));
    const expected = { content: '{"a":"Grüße"}', pieces: 3, calls: [], finish: 'stop' };
    expect(streamed(claude, wantsSchema, stream)).toEqual(expected);
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 6 }), (cuts) => {
        expect(
          streamed(
            claude,
            wantsSchema,
            stream,
            cuts.sort((a, b) => a - b),
          ),
        ).toEqual(expected);
      }),
    );
    const empty = messageStream(called('json_tool_call'));
    expect(streamed(claude, wantsSchema, empty)).toMatchObject({ content: '{}', finish: 'stop' });
  });

  test('where the provider knows schemas nothing is reworded', () => {
    const knows = deployment({ dialect: 'anthropic-messages', fill: { maxTokens: 64 } });
    expect(sent(asked(knows, wantsSchema))).toMatchObject({ output_config: { format: { type: 'json_schema' } } });
  });
});

describe('names of tools that a wire refuses', () => {
  const odd = 'mcp.server/do the thing — very, very long name that goes on and on and on and on';
  const tools = [{ type: 'function', function: { name: odd, parameters: schema } }, weather];
  const body = {
    tools,
    tool_choice: { type: 'function', function: { name: odd } },
    messages: [
      ...hello,
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: odd, arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'ok' },
    ],
  };
  test('are mapped everywhere, the same every turn, and back', () => {
    const wire = wireOf(claude, body);
    const name: string = wire.tools[0]?.name ?? '';
    expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(wire.tools[1]?.name).toBe('weather');
    expect(wire.tool_choice.name).toBe(name);
    expect(wire.messages[1]?.content[0]?.name).toBe(name);
    expect(wireOf(claude, { tools }).tools[0]?.name).toBe(name);
    const reply = whole(claude, body, message({ type: 'tool_use', id: 't', name, input: { a: 1 } }));
    expect(reply.message.tool_calls?.[0]?.function).toEqual({ name: odd, arguments: '{"a":1}' });
    expect(streamed(claude, body, messageStream(called(name, '{}'))).calls).toEqual([{ name: odd, args: '{}' }]);
  });
  test('stay apart', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1, maxLength: 90 }), { minLength: 1, maxLength: 8 }),
        (names) => {
          const wire = wireOf(claude, {
            tools: names.map((name) => ({ type: 'function', function: { name, parameters: schema } })),
          });
          const mapped = wire.tools.map((tool) => tool.name);
          expect(new Set(mapped).size).toBe(names.length);
          for (const name of mapped) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,128}$/);
        },
      ),
    );
  });
});

describe('tools in the prompt', () => {
  const tools = { tools: [weather], tool_choice: 'required' };
  const reply = (content: string) => ({
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm-1',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
  });

  test('are told in the system text', () => {
    const messages = [{ role: 'system', content: 'Be kind.' }, ...hello];
    const wire = wireOf(plain, { ...tools, messages, parallel_tool_calls: false });
    expect(wire.tools).toBeUndefined();
    expect(wire.tool_choice).toBeUndefined();
    expect(wire.parallel_tool_calls).toBeUndefined();
    const system = JSON.stringify(wire.messages[0]);
    for (const part of ['Be kind.', 'weather', 'looks', 'arguments', 'You must use a tool now.'])
      expect(system).toContain(part);
    expect(wire.messages).toHaveLength(2);
    expect(wireOf(plain, tools).messages[0]?.role).toBe('system');
  });

  test('calls and results become text', () => {
    const messages = [
      ...hello,
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"at":"x"}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'rain' },
    ];
    const wire = wireOf(plain, { messages });
    expect(wire.messages.map((one) => one.role)).toEqual(['user', 'assistant', 'user']);
    expect(JSON.stringify(wire.messages[1]?.content)).toContain(
      '{\\"name\\":\\"weather\\",\\"arguments\\":{\\"at\\":\\"x\\"}}',
    );
    expect(JSON.stringify(wire.messages[2]?.content)).toContain('Result of weather:');
    expect(JSON.stringify(wire.messages[2]?.content)).toContain('rain');
  });

  const call = '{"name": "weather", "arguments": {"at": "x"}}';
  const one = [{ name: 'weather', args: '{"at":"x"}' }];
  test.each([
    ['a call', call, '', one, 'tool_calls'],
    ['a call with blanks', ` \n${call}\n`, '', one, 'tool_calls'],
    ['a call between fences', `\`\`\`json\n${call}\n\`\`\``, '', one, 'tool_calls'],
    ['two calls', `[${call}, ${call}]`, '', [...one, ...one], 'tool_calls'],
    [
      "OpenAI's own form",
      '{"type":"function","function":{"name":"weather","arguments":"{}"}}',
      '',
      [{ name: 'weather', args: '{}' }],
      'tool_calls',
    ],
    ['no arguments', '{"name":"weather"}', '', [{ name: 'weather', args: '{}' }], 'tool_calls'],
    ['plain words', 'It rains.', 'It rains.', [], 'stop'],
    ['JSON that is no call', '{"a":1}', '{"a":1}', [], 'stop'],
    ['a tool that was not offered', '{"name":"rm","arguments":{}}', '{"name":"rm","arguments":{}}', [], 'stop'],
    ['JSON that is torn', '{"name":"weather"', '{"name":"weather"', [], 'stop'],
    ['words before a call', `Sure: ${call}`, `Sure: ${call}`, [], 'stop'],
  ])('%s', (_, text, content, calls, finish) => {
    const got = whole(plain, tools, reply(text));
    expect(got.message.content ?? '').toBe(content);
    expect(
      (got.message.tool_calls ?? []).map((one) => ({ name: one.function.name, args: one.function.arguments })),
    ).toEqual(calls);
    expect(got.finish_reason).toBe(finish);
    const chunk = (delta: object, finish_reason: string | null) => ({
      id: 'c',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm-1',
      choices: [{ index: 0, delta, finish_reason }],
    });
    const stream = frames(...[...text].map((letter) => chunk({ content: letter }, null)), chunk({}, 'stop'), '[DONE]');
    const told = streamed(plain, tools, stream);
    expect(told).toMatchObject({ content, calls, finish });
    if (/^[A-Z]/.test(text)) expect(told.pieces).toBe([...text].length);
  });

  test('functions of the old form too, which the row refuses by their word', () => {
    const old = deployment({ refuses: ['tools', { word: 'functions' }] }, { toolsInPrompt: true });
    const wire = wireOf(old, { functions: [weather.function] });
    expect(JSON.stringify(wire.messages[0])).toContain('weather');
    expect(wire.tools).toBeUndefined();
  });

  test('without the flag they are refused', () => {
    expect(() => asked(deployment({ refuses: ['tools', 'toolChoice'] }), tools)).toThrowError(
      /parameters: \['tools', 'tool_choice'\]/,
    );
  });
});
