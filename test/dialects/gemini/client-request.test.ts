import { describe, expect, test } from 'vitest';
import { clients, providers } from '../../../src/dialects/index.ts';
import { type Block, type HubRequest, type JsonObject, ProxyError, seal } from '../../../src/hub/index.ts';
import { members } from '../../../src/wire/index.ts';
import { at, collect, decodeStream, encodeReply, encodeStream, plainRequest, tell } from '../codecs.ts';
import { assistant, call, say } from '../provider-half.ts';

const { client } = clients.gemini;
const hi = { role: 'user', parts: [{ text: 'hi' }] };

function decode(body: JsonObject, stream = false): HubRequest {
  client.check(members(Buffer.from(JSON.stringify(body))));
  return client.decodeRequest(body, at('the-model', stream));
}

function turns(...contents: JsonObject[]): Block[][] {
  return decode({ contents }).messages.map(({ blocks }) => blocks);
}

function again(body: JsonObject, quirks = {}): JsonObject {
  return JSON.parse(JSON.stringify(providers.gemini.provider.encodeRequest(decode(body), quirks)));
}

const model = (...parts: JsonObject[]): JsonObject => ({ role: 'model', parts });
const user = (...parts: JsonObject[]): JsonObject => ({ role: 'user', parts });
const asks = (name: string, more: JsonObject = {}): JsonObject => ({ functionCall: { name, ...more } });
const gives = (name: string, response: JsonObject, more: JsonObject = {}): JsonObject => ({
  functionResponse: { name, response, ...more },
});

describe('a request', () => {
  test('model and stream are said by the path', () => {
    expect(decode({ contents: [hi], model: 'another' }, true)).toMatchObject({ model: 'the-model', stream: true });
  });

  const config = {
    maxOutputTokens: 5,
    temperature: 0.5,
    topP: 0.9,
    topK: 40,
    stopSequences: ['END'],
    seed: 7,
    candidateCount: 2,
    presencePenalty: 0.1,
    frequencyPenalty: 0.2,
    responseLogprobs: true,
    logprobs: 3,
  };
  const params = {
    maxTokens: 5,
    temperature: 0.5,
    topP: 0.9,
    topK: 40,
    stop: ['END'],
    seed: 7,
    n: 2,
    presencePenalty: 0.1,
    frequencyPenalty: 0.2,
    logprobs: true,
    topLogprobs: 3,
  };
  test('all parameters, and back', () => {
    expect(decode({ contents: [hi], generationConfig: config }).params).toEqual(params);
    expect(again({ contents: [hi], generationConfig: config })['generationConfig']).toEqual(config);
  });
  test('in the other spelling', () => {
    const snake = (word: string): string => word.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const written = Object.fromEntries(Object.entries(config).map(([word, value]) => [snake(word), value]));
    expect(decode({ contents: [hi], generation_config: written }).params).toEqual(params);
    expect(again({ contents: [hi], generation_config: written })['generationConfig']).toEqual(config);
  });

  test.each<[string, JsonObject, HubRequest['params']['reasoning']]>([
    ['a budget', { thinkingBudget: 2048, includeThoughts: true }, { budget: 2048, summary: 'auto' }],
    ['none', { thinkingBudget: 0 }, { budget: 0 }],
    ['left to the model', { thinkingBudget: -1 }, { effort: 'medium' }],
    ['a level', { thinkingLevel: 'HIGH' }, { effort: 'high' }],
    ['only shown', { includeThoughts: true }, { effort: 'medium', summary: 'auto' }],
    ['only hidden', { includeThoughts: false }, undefined],
    ['in the other spelling', { thinking_level: 'low', include_thoughts: true }, { effort: 'low', summary: 'auto' }],
  ])('thinking: %s', (_, thinkingConfig, reasoning) => {
    const body = { contents: [hi], generationConfig: { thinkingConfig } };
    expect(decode(body).params.reasoning).toEqual(reasoning);
    // As it was written, whatever the model takes.
    expect(again(body, { levels: ['low', 'high'] })).toEqual(body);
  });
  test('thinking that was overruled is not what was written', () => {
    const request = decode({ contents: [hi], generationConfig: { thinkingConfig: { thinkingBudget: 2048 } } });
    const encoded = providers.gemini.provider.encodeRequest({ ...request, params: { reasoning: { budget: 0 } } }, {});
    expect(encoded['generationConfig']).toEqual({ thinkingConfig: { thinkingBudget: 0, includeThoughts: false } });
    const without = providers.gemini.provider.encodeRequest({ ...request, params: {} }, {});
    expect(JSON.stringify(without)).not.toContain('thinkingBudget');
  });

  const person = { type: 'OBJECT', properties: { age: { type: 'INTEGER', nullable: true } }, required: ['age'] };
  const asJson = { type: 'object', properties: { age: { type: ['integer', 'null'] } }, required: ['age'] };
  test.each<[string, JsonObject, HubRequest['output']]>([
    ['JSON', { responseMimeType: 'application/json' }, { kind: 'json' }],
    [
      'a schema of OpenAPI',
      { responseMimeType: 'application/json', responseSchema: person },
      { kind: 'schema', name: 'response', schema: asJson },
    ],
    [
      'a JSON schema',
      { responseMimeType: 'application/json', responseJsonSchema: asJson },
      { kind: 'schema', name: 'response', schema: asJson },
    ],
    ['plain text', { responseMimeType: 'text/plain' }, undefined],
    ['a word of several', { responseMimeType: 'text/x.enum', responseSchema: { type: 'STRING' } }, undefined],
  ])('an answer as %s', (_, generationConfig, output) => {
    expect(decode({ contents: [hi], generationConfig }).output).toEqual(output);
    const back = again({ contents: [hi], generationConfig })['generationConfig'];
    if (output === undefined) expect(back).toEqual(generationConfig);
  });

  test('words without a meaning elsewhere stay in this form', () => {
    const own = {
      contents: [hi],
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
      cachedContent: 'cachedContents/1',
      labels: { team: 'a' },
      generationConfig: { mediaResolution: 'MEDIA_RESOLUTION_LOW', speechConfig: { languageCode: 'de' } },
      somethingNew: { a: 1 },
    };
    const request = decode(own);
    expect(request.unknown).toEqual({});
    expect(again(own)).toEqual(own);
    expect(JSON.stringify(providers['openai-chat'].provider.encodeRequest(request, {}))).not.toMatch(
      /HARM|somethingNew/,
    );
    expect(again({ contents: [hi], safety_settings: own.safetySettings })).toMatchObject({
      safetySettings: own.safetySettings,
    });
  });
});

describe('tools', () => {
  const declared = {
    name: 'look',
    description: 'Looks',
    parameters: {
      type: 'OBJECT',
      properties: {
        type: { type: 'STRING', enum: ['a', 'b'], nullable: true },
        list: { type: 'ARRAY', items: { type: 'NUMBER' }, minItems: '2', max_items: 3 },
        any: { anyOf: [{ type: 'STRING' }, { type: 'BOOLEAN' }], nullable: true },
      },
      required: ['type'],
      propertyOrdering: ['type', 'list', 'any'],
    },
  };
  test('schemas of OpenAPI become JSON schemas', () => {
    const { tools } = decode({ contents: [hi], tools: [{ functionDeclarations: [declared] }] });
    expect(tools).toEqual([
      {
        kind: 'function',
        name: 'look',
        description: 'Looks',
        schema: {
          type: 'object',
          properties: {
            type: { type: ['string', 'null'], enum: ['a', 'b', null] },
            list: { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 3 },
            any: { anyOf: [{ type: 'string' }, { type: 'boolean' }, { type: 'null' }] },
          },
          required: ['type'],
        },
      },
    ]);
  });
  test.each([
    ['parametersJsonSchema', { parametersJsonSchema: { type: 'object', properties: { a: { const: 1 } } } }],
    ['parameters_json_schema', { parameters_json_schema: { type: 'object', properties: { a: { const: 1 } } } }],
  ])('%s is taken as it is', (_, schema) => {
    const { tools } = decode({ contents: [hi], tools: [{ function_declarations: [{ name: 'f', ...schema }] }] });
    expect(tools?.[0]).toMatchObject({ name: 'f', schema: { properties: { a: { const: 1 } } } });
  });
  test('what Google runs itself is a hosted tool, beside functions or alone', () => {
    const body = {
      contents: [hi],
      tools: [{ functionDeclarations: [{ name: 'f' }], googleSearch: {} }, { urlContext: {} }],
    };
    expect(decode(body).tools?.map((tool) => (tool.kind === 'hosted' ? tool.value : tool.name))).toEqual([
      'f',
      { googleSearch: {} },
      { urlContext: {} },
    ]);
    expect(again(body)['tools']).toEqual([
      { functionDeclarations: [{ name: 'f' }] },
      { googleSearch: {} },
      { urlContext: {} },
    ]);
  });
  test.each<[JsonObject, HubRequest['toolChoice']]>([
    [{ mode: 'AUTO' }, { kind: 'auto' }],
    [{ mode: 'VALIDATED' }, { kind: 'auto' }],
    [{ mode: 'NONE' }, { kind: 'none' }],
    [{ mode: 'any' }, { kind: 'any' }],
    [
      { mode: 'ANY', allowedFunctionNames: ['look'] },
      { kind: 'one', name: 'look' },
    ],
    [
      { mode: 'ANY', allowed_function_names: ['look', 'other'] },
      { kind: 'any', only: ['look', 'other'] },
    ],
    [
      { mode: 'VALIDATED', allowedFunctionNames: ['look'] },
      { kind: 'auto', only: ['look'] },
    ],
  ])('choice %j, and back as it was written', (functionCallingConfig, choice) => {
    const body = {
      contents: [hi],
      tools: [{ functionDeclarations: [declared] }],
      toolConfig: { functionCallingConfig },
    };
    expect(decode(body).toolChoice).toEqual(choice);
    expect(again(body)['toolConfig']).toEqual({ functionCallingConfig });
  });
});

describe('contents', () => {
  test('ids that are missing come from the place, and results find their calls by name in order', () => {
    const [, calls, results] = turns(
      hi,
      model(asks('a', { args: { n: 1 } }), asks('b'), asks('a', { args: { n: 2 } })),
      user(gives('a', { output: 'one' }), gives('a', { output: 'two' }), gives('b', { x: 1 })),
    );
    expect(calls).toMatchObject([
      { id: 'call_1_0', name: 'a', args: '{"n":1}' },
      { id: 'call_1_1', name: 'b', args: '{}' },
      { id: 'call_1_2', name: 'a', args: '{"n":2}' },
    ]);
    expect(results).toMatchObject([
      { callId: 'call_1_0', content: [{ text: 'one' }] },
      { callId: 'call_1_2', content: [{ text: 'two' }] },
      { callId: 'call_1_1', content: [{ text: '{"x":1}' }] },
    ]);
  });
  test.each<[string, JsonObject, JsonObject, string]>([
    ['the id of the call', asks('a', { id: 'x1' }), gives('a', {}, { id: 'x1' }), 'x1'],
    ['none, though the call has one', asks('a', { id: 'x1' }), gives('a', {}), 'x1'],
    ['an id, though the call has none', asks('a'), gives('a', {}, { id: 'mine' }), 'call_1_0'],
    ['the name of no call', asks('a'), gives('b', {}), 'call_2_0'],
  ])('a result with %s', (_, one, other, id) => {
    const [, , results] = turns(hi, model(one), user(other));
    expect(results).toMatchObject([{ callId: id }]);
  });
  test('a failed result, and one with a picture', () => {
    const parts = [{ inlineData: { mimeType: 'image/png', data: 'aGk=' } }];
    const [, , results] = turns(
      hi,
      model(asks('a'), asks('b')),
      user(gives('a', { error: 'no' }), gives('b', { output: 'yes' }, { parts })),
    );
    expect(results).toEqual([
      { type: 'tool-result', callId: 'call_1_0', name: 'a', content: [say('no')], failed: true },
      {
        type: 'tool-result',
        callId: 'call_1_1',
        name: 'b',
        content: [
          say('yes'),
          { type: 'media', media: 'image', source: { kind: 'base64', mime: 'image/png', data: 'aGk=' } },
        ],
      },
    ]);
  });
  test('media keep their types, and files theirs beside the address', () => {
    const film = { fileData: { fileUri: 'gs://bucket/thing', mimeType: 'video/mp4' }, videoMetadata: { fps: 2 } };
    const sound = { inline_data: { mime_type: 'audio/wav', data: 'aGk=' } };
    const [blocks] = turns(user(film, sound, { text: 'see' }));
    expect(blocks).toMatchObject([
      { media: 'video', source: { kind: 'url', url: 'gs://bucket/thing' } },
      { media: 'audio', source: { kind: 'base64', mime: 'audio/wav', data: 'aGk=' } },
      { text: 'see' },
    ]);
    expect(again({ contents: [user(film)] })['contents']).toMatchObject([{ parts: [film, { text: ' ' }] }]);
  });
  test('chunks of a stream that were kept apart are one turn', () => {
    const proof = { thoughtSignature: seal({ by: 'anthropic-messages', value: 'c2ln' }) };
    const [, said] = turns(
      hi,
      model({ text: 'I th', thought: true }),
      model({ text: 'ink.', thought: true }),
      model({ text: '', thought: true, ...proof }),
      model({ text: 'So ' }),
      model({ text: 'it is.' }),
      model({ text: '' }),
    );
    expect(said).toEqual([
      { type: 'thinking', text: 'I think.', signature: { by: 'anthropic-messages', value: 'c2ln' } },
      say('So it is.'),
    ]);
  });
  test('a text with a proof ends there', () => {
    const [, said] = turns(
      hi,
      model({ text: 'a' }),
      model({ text: 'b', thoughtSignature: 'cA==' }),
      model({ text: 'c' }),
    );
    expect(said).toEqual([{ ...say('ab'), signature: { by: 'gemini', value: 'cA==' } }, say('c')]);
  });
  test('what only Google understands is opaque', () => {
    const code = { executableCode: { language: 'PYTHON', code: '1' } };
    expect(turns(hi, model(code))[1]).toEqual([{ type: 'opaque', dialect: 'gemini', value: code }]);
  });
  test('an instruction, whatever its role', () => {
    const body = { contents: [hi], system_instruction: { role: 'user', parts: [{ text: 'Be brief.' }] } };
    expect(decode(body).messages[0]).toEqual({ role: 'system', blocks: [say('Be brief.')] });
  });
});

describe('thoughts of other makers', () => {
  const thought: Block = {
    type: 'thinking',
    text: 'Which file?',
    signature: { by: 'anthropic-messages', value: 'c2lnbmF0dXJl' },
  };
  const redacted: Block = {
    type: 'thinking',
    text: '',
    redacted: true,
    signature: { by: 'anthropic-messages', value: 'cmVkYWN0ZWQ=' },
  };
  const blocks = [thought, redacted, say('Looking.'), call('toolu_1'), call('toolu_2')];
  const response = {
    id: 'r',
    model: 'm',
    created: 1,
    choices: [{ index: 0, blocks, finish: { reason: 'tool-calls' as const } }],
  };
  const bodies: [string, () => JsonObject[]][] = [
    ['whole', () => partsOf(encodeReply('gemini', plainRequest('gemini', false), response))],
    [
      'streamed',
      () =>
        encodeStream('gemini', plainRequest('gemini', true), tell(response))
          .split('\r\n\r\n')
          .flatMap((frame) => (frame === '' ? [] : partsOf(JSON.parse(frame.slice(6))))),
    ],
  ];
  function partsOf(body: JsonObject): JsonObject[] {
    const { candidates }: { candidates: { content: { parts: JsonObject[] } }[] } = JSON.parse(JSON.stringify(body));
    return candidates.flatMap(({ content }) => content.parts);
  }

  test.each(bodies)('come back from a client that keeps them, %s', (_, parts) => {
    expect(turns(hi, model(...parts()))[1]).toEqual(blocks);
  });
  test.each(bodies)('come back with the call from a client that keeps nothing else, %s', (_, parts) => {
    const kept = parts().filter((part) => part['functionCall'] !== undefined);
    expect(turns(hi, model(...kept))[1]).toEqual([thought, redacted, call('toolu_1'), call('toolu_2')]);
  });
  test('proofs are base64 all through', () => {
    for (const [, parts] of bodies) {
      for (const { thoughtSignature: proof = '' } of parts()) expect(proof).toMatch(/^[A-Za-z0-9+/]*=*$/);
    }
  });
  test('nothing of them goes to Google', () => {
    const request = { ...decode({ contents: [hi] }), messages: [assistant(...blocks)] };
    const sent = JSON.stringify(providers.gemini.provider.encodeRequest(request, {}));
    expect(sent).not.toMatch(/Which file|eyJtb2RlbHBvcnQi|c2lnbmF0dXJl/);
  });
  test('a thought that is read off its stream has its proof', () => {
    const text = encodeStream('gemini', plainRequest('gemini', true), tell(response));
    expect(collect(decodeStream('gemini', [Buffer.from(text)])).choices[0]?.blocks[0]).toEqual(thought);
  });
});

describe('what is refused', () => {
  const part = (one: JsonObject): JsonObject => ({ contents: [{ role: 'user', parts: [one] }] });
  test.each<[string, JsonObject]>([
    ['contents', {}],
    ['contents', { contents: [] }],
    ['contents', { contents: 'hi' }],
    ['contents[0]', { contents: ['hi'] }],
    ['contents[0].role', { contents: [{ role: 'assistant', parts: [] }] }],
    ['contents[0].parts', { contents: [{ parts: {} }] }],
    ['contents[0].parts[0].text', part({ text: 1 })],
    ['contents[0].parts[0].inlineData.data', part({ inlineData: { mimeType: 'image/png' } })],
    ['contents[0].parts[0].fileData.fileUri', part({ fileData: {} })],
    ['contents[0].parts[0].functionCall.name', part({ functionCall: {} })],
    ['contents[0].parts[0].functionCall.args', part({ functionCall: { name: 'a', args: [] } })],
    ['contents[0].parts[0].functionResponse.name', part({ functionResponse: { response: {} } })],
    ['contents[0].parts[0].functionResponse.response', part({ functionResponse: { name: 'a', response: 'x' } })],
    ['contents[0].parts[0].thoughtSignature', part({ thoughtSignature: {} })],
    ['systemInstruction', { contents: [hi], systemInstruction: [] }],
    ['generationConfig', { contents: [hi], generationConfig: [] }],
    ['generationConfig.temperature', { contents: [hi], generationConfig: { temperature: 'hot' } }],
    ['generationConfig.stopSequences[0]', { contents: [hi], generationConfig: { stop_sequences: [1] } }],
    ['tools', { contents: [hi], tools: {} }],
    ['tools[0].functionDeclarations[0].name', { contents: [hi], tools: [{ functionDeclarations: [{}] }] }],
    ['toolConfig', { contents: [hi], toolConfig: 'x' }],
  ])('%s', (param, body) => {
    let thrown: unknown;
    try {
      decode(body);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ProxyError);
    if (!(thrown instanceof ProxyError)) return;
    expect([thrown.kind, thrown.facts.param]).toEqual(['invalid-request', param]);
    expect(client.encodeError(thrown, { id: () => '', now: () => 0 })).toMatchObject({
      status: 400,
      body: { error: { code: 400, status: 'INVALID_ARGUMENT', details: [{ fieldViolations: [{ field: param }] }] } },
    });
  });
  test('a body nested too deeply', () => {
    let args: JsonObject = {};
    for (let n = 0; n < 50_000; n++) args = { a: args };
    expect(() => client.decodeRequest({ contents: [model({ functionCall: { name: 'a', args } })] }, at('m'))).toThrow(
      'the body is nested too deeply',
    );
  });
});
