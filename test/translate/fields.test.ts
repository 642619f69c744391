import { describe, expect, test } from 'vitest';
import { type ClientId, providers } from '../../src/dialects/index.ts';
import { type DialectId, ProxyError } from '../../src/hub/index.ts';
import { estimateInput, hasCounter, plan, planCount } from '../../src/translate/index.ts';
import { type Body, callOf, deployment, sent } from './desk.ts';

/**
 * What coding agents and SDKs say beside the conversation, over every dialect: it is said in other words, or the caller is
 * told that it was left out.
 */

/**
 * What a provider gets: members of its body; `named`: the path is among what was left out; `nothing`: not sent and not named
 * (it asks for nothing there, or is told by the answer's form).
 */
type Told = Body | 'named' | 'nothing';

interface Row {
  field: Body;
  /** The path that is named. */
  path: string;
  /** Where it is not named. */
  told?: { [D in DialectId]?: Told };
  /** For all that are not listed. */
  others?: Told;
}

const all = (Object.keys(providers) as DialectId[]).filter((id) => id !== 'openai-completions' && id !== 'replicate');

const f = { name: 'f', input_schema: { type: 'object', properties: { a: { type: 'string' } } } };
const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
const closed = { ...schema, additionalProperties: false };
const thought = (budget: number): Body => ({
  generationConfig: { thinkingConfig: { thinkingBudget: budget, includeThoughts: true } },
});
const asSchema = {
  'openai-chat': { response_format: { type: 'json_schema', json_schema: { name: 'response', schema } } },
  'openai-responses': { text: { format: { type: 'json_schema', name: 'response', schema } } },
  'anthropic-messages': { output_config: { format: { type: 'json_schema', schema: closed } } },
  gemini: { generationConfig: { responseMimeType: 'application/json' } },
  'bedrock-converse': { outputConfig: { textFormat: { type: 'json_schema' } } },
  cohere: { response_format: { type: 'json_object', json_schema: schema } },
  ollama: { format: schema },
} as const;

const messages: Row[] = [
  { field: { context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] } }, path: 'context_management' },
  { field: { container: 'container_1' }, path: 'container' },
  { field: { mcp_servers: [{ type: 'url', url: 'https://x.test', name: 'x' }] }, path: 'mcp_servers' },
  { field: { service_tier: 'auto' }, path: 'service_tier' },
  { field: { speed: 'fast' }, path: 'speed' },
  { field: { inference_geo: 'us' }, path: 'inference_geo' },
  { field: { a_word_of_next_year: 1 }, path: 'a_word_of_next_year' },
  {
    field: { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
    path: 'thinking',
    told: {
      'openai-chat': { reasoning_effort: 'high' },
      'openai-responses': { reasoning: { effort: 'high' } },
      gemini: thought(4096),
      cohere: { thinking: { type: 'enabled' } },
      ollama: { think: true },
      // Each model of this form has words of its own: a quirk of its row.
      'bedrock-converse': 'nothing',
    },
  },
  {
    field: { output_config: { effort: 'low', task_budget: { type: 'tokens', total: 5 } } },
    path: 'output_config.task_budget',
  },
  {
    field: { thinking: { type: 'disabled' } },
    path: 'thinking',
    told: { cohere: { thinking: { type: 'disabled' } }, ollama: { think: false } },
    others: 'nothing',
  },
  {
    field: { output_config: { format: { type: 'json_schema', schema } } },
    path: 'output_config.format',
    told: asSchema,
  },
  { field: { output_format: { type: 'json_schema', schema } }, path: 'output_format', told: asSchema },
  {
    field: { tools: [{ ...f, strict: true }] },
    path: 'tools[*].strict',
    told: {
      'openai-chat': { tools: [{ type: 'function', function: { name: 'f', strict: true } }] },
      'openai-responses': { tools: [{ type: 'function', name: 'f', strict: true }] },
    },
    // The strictness of tools is a loss that these dialects declare.
    others: 'nothing',
  },
  { field: { tools: [{ ...f, eager_input_streaming: true }] }, path: 'tools[*].eager_input_streaming' },
  { field: { tools: [{ ...f, input_examples: [{ a: 'x' }] }] }, path: 'tools[*].input_examples' },
  { field: { tools: [{ ...f, defer_loading: true }] }, path: 'tools[*].defer_loading' },
  {
    field: { tools: [f, { type: 'tool_search_tool_regex_20251119', name: 'tool_search_tool_regex' }] },
    path: 'tools[1]',
  },
  { field: { tools: [f, { type: 'bash_20250124', name: 'bash' }] }, path: 'tools[1]' },
  { field: { tools: [{ type: 'code_execution_20250825', name: 'code_execution' }, f] }, path: 'tools[0]' },
  { field: { tools: [f, { type: 'mcp_toolset', mcp_server_name: 'x' }] }, path: 'tools[1]' },
  { field: { cache_control: { type: 'ephemeral' } }, path: 'cache_control', others: 'nothing' },
  {
    field: { metadata: { user_id: 'u', session: 's' } },
    path: 'metadata.user_id',
    told: { 'openai-chat': { user: 'u' }, 'openai-responses': { user: 'u' } },
    others: 'nothing',
  },
];

const chatWords = (words: Body): NonNullable<Row['told']> => ({ 'openai-chat': words });
const responses: Row[] = [
  { field: { text: { verbosity: 'low' } }, path: 'text.verbosity', told: chatWords({ verbosity: 'low' }) },
  { field: { truncation: 'auto' }, path: 'truncation' },
  { field: { truncation: 'disabled' }, path: 'truncation', others: 'nothing' },
  { field: { prompt_cache_key: 'k' }, path: 'prompt_cache_key', told: chatWords({ prompt_cache_key: 'k' }) },
  { field: { safety_identifier: 's' }, path: 'safety_identifier', told: chatWords({ safety_identifier: 's' }) },
  {
    field: { service_tier: 'flex' },
    path: 'service_tier',
    told: { 'openai-chat': { service_tier: 'flex' }, 'bedrock-converse': { serviceTier: { type: 'flex' } } },
  },
  { field: { include: ['reasoning.encrypted_content'] }, path: 'include', others: 'nothing' },
  {
    field: { include: ['message.output_text.logprobs'], top_logprobs: 2 },
    path: 'top_logprobs',
    told: {
      'openai-chat': { logprobs: true, top_logprobs: 2 },
      gemini: { generationConfig: { responseLogprobs: true, logprobs: 2 } },
      ollama: { logprobs: true, top_logprobs: 2 },
    },
  },
  {
    // Alone it asks for nothing, and OpenAI's chat form refuses it.
    field: { top_logprobs: 2 },
    path: 'top_logprobs',
    told: { 'openai-chat': 'nothing', gemini: 'nothing', ollama: { top_logprobs: 2 } },
  },
  { field: { background: true }, path: 'background' },
  { field: { max_tool_calls: 3 }, path: 'max_tool_calls' },
  { field: { moderation: { model: 'm' } }, path: 'moderation' },
  { field: { stream_options: { include_obfuscation: false } }, path: 'stream_options', others: 'nothing' },
  { field: { metadata: { a: 'b' } }, path: 'metadata', others: 'nothing' },
  { field: { client_metadata: { a: 'b' } }, path: 'client_metadata', others: 'nothing' },
  { field: { a_word_of_next_year: 1 }, path: 'a_word_of_next_year' },
  { field: { text: { a_word_of_next_year: 1 } }, path: 'text.a_word_of_next_year' },
  { field: { reasoning: { effort: 'low', a_word_of_next_year: 1 } }, path: 'reasoning.a_word_of_next_year' },
  {
    field: { tools: [{ type: 'function', name: 'f', parameters: schema, defer_loading: true }] },
    path: 'tools[*].defer_loading',
  },
  { field: { tools: [{ type: 'image_generation' }] }, path: 'tools[0]' },
  { field: { tools: [{ type: 'code_interpreter', container: { type: 'auto' } }] }, path: 'tools[0]' },
  { field: { tools: [{ type: 'file_search', vector_store_ids: ['v'] }] }, path: 'tools[0]' },
  { field: { tools: [{ type: 'mcp', server_label: 'x', server_url: 'https://x.test' }] }, path: 'tools[0]' },
  { field: { tools: [{ type: 'computer_use_preview', environment: 'browser' }] }, path: 'tools[0]' },
  { field: { tools: [{ type: 'local_shell' }] }, path: 'tools[0]' },
  {
    field: { tools: [{ type: 'code_interpreter' }], tool_choice: { type: 'code_interpreter' } },
    path: 'tool_choice',
  },
];

const settings = (generationConfig: Body): Body => ({ generationConfig });
const gemini: Row[] = [
  { field: { safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'OFF' }] }, path: 'safetySettings' },
  { field: { cachedContent: 'cachedContents/1' }, path: 'cachedContent' },
  { field: { labels: { a: 'b' } }, path: 'labels' },
  { field: { serviceTier: 'flex' }, path: 'serviceTier' },
  { field: { aWordOfNextYear: 1 }, path: 'aWordOfNextYear' },
  { field: { tools: [{ codeExecution: {} }] }, path: 'tools[0]' },
  { field: { tools: [{ urlContext: {} }] }, path: 'tools[0]' },
  { field: { tools: [{ googleMaps: {} }] }, path: 'tools[0]' },
  { field: { toolConfig: { retrievalConfig: { languageCode: 'de' } } }, path: 'toolConfig.retrievalConfig' },
  {
    field: { tools: [{ functionDeclarations: [{ name: 'f', behavior: 'NON_BLOCKING' }] }] },
    path: 'tools[*].behavior',
  },
  { field: settings({ mediaResolution: 'MEDIA_RESOLUTION_LOW' }), path: 'generationConfig.mediaResolution' },
  { field: settings({ imageConfig: { aspectRatio: '1:1' } }), path: 'generationConfig.imageConfig' },
  { field: settings({ aWordOfNextYear: 1 }), path: 'generationConfig.aWordOfNextYear' },
  {
    field: settings({ responseMimeType: 'text/x.enum', responseSchema: { type: 'STRING', enum: ['a'] } }),
    path: 'generationConfig.responseMimeType',
  },
  { field: settings({ responseMimeType: 'text/plain' }), path: 'generationConfig.responseMimeType', others: 'nothing' },
  {
    field: settings({ responseModalities: ['TEXT', 'IMAGE'] }),
    path: 'generationConfig.responseModalities',
    told: chatWords({ modalities: ['text', 'image'] }),
  },
  {
    field: settings({
      responseModalities: ['AUDIO'],
      speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } },
    }),
    path: 'generationConfig.speechConfig',
  },
  {
    field: settings({ candidateCount: 2 }),
    path: 'generationConfig.candidateCount',
    told: chatWords({ n: 2 }),
  },
  {
    field: settings({ candidateCount: 1 }),
    path: 'generationConfig.candidateCount',
    told: chatWords({ n: 1 }),
    others: 'nothing',
  },
  {
    field: settings({ responseMimeType: 'application/json', responseJsonSchema: schema }),
    path: 'generationConfig.responseJsonSchema',
    told: asSchema,
  },
  {
    field: settings({ thinkingConfig: { thinkingLevel: 'HIGH' } }),
    path: 'generationConfig.thinkingConfig',
    told: {
      'openai-chat': { reasoning_effort: 'high' },
      'openai-responses': { reasoning: { effort: 'high' } },
      'anthropic-messages': { thinking: { type: 'enabled', budget_tokens: 4096 } },
      cohere: { thinking: { type: 'enabled' } },
      ollama: { think: true },
      'bedrock-converse': 'nothing',
    },
  },
  {
    field: settings({ responseLogprobs: true, logprobs: 2 }),
    path: 'generationConfig.logprobs',
    told: {
      'openai-chat': { logprobs: true, top_logprobs: 2 },
      'openai-responses': { top_logprobs: 2 },
      ollama: { logprobs: true, top_logprobs: 2 },
    },
  },
];

const asked = {
  'anthropic-messages': {
    body: { model: 'm', max_tokens: 8192, messages: [{ role: 'user', content: 'hi' }] },
    rows: messages,
  },
  'openai-responses': { body: { model: 'm', input: 'hi' }, rows: responses },
  gemini: { body: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }, rows: gemini },
} as const satisfies { [C in ClientId]?: { body: Body; rows: Row[] } };

const cases = (Object.keys(asked) as (keyof typeof asked)[]).flatMap((client) =>
  asked[client].rows.map((row) => ({ client, row, said: JSON.stringify(row.field) })),
);

describe.each(cases)('$client says $said', ({ client, row }) => {
  const { field, path, told = {}, others = 'named' } = row;
  const plain: Body = asked[client].body;
  const body = { ...plain, ...field };
  const own = (id: DialectId): boolean => id === client;

  test('to a provider of its own dialect: as it is', () => {
    const outgoing = plan(callOf(client, body, { model: 'm' }), deployment({ dialect: client }));
    expect(sent(outgoing)).toMatchObject(field);
    expect(outgoing.dropped).toEqual([]);
  });

  test.each(all.filter((id) => !own(id)))('to a provider of %s', (dialect) => {
    const ask = (one: Body) => plan(callOf(client, one, { model: 'm' }), deployment({ dialect }));
    const { [dialect]: wanted = others } = told;
    const outgoing = ask(body);
    const got = sent(outgoing);
    if (wanted === 'named') expect(outgoing.dropped).toContain(path);
    else expect(outgoing.dropped).not.toContain(path);
    if (typeof wanted === 'object') expect(got).toMatchObject(wanted);
    const unknown = ['of_next_year', 'OfNextYear'].filter((word) => JSON.stringify(got).includes(word));
    expect(unknown).toEqual([]);
  });

  test('its tokens are counted', async () => {
    const call = callOf(client, body, { model: 'm', operation: 'count-tokens' });
    expect(await estimateInput(call.request())).toBeGreaterThan(0);
    for (const dialect of all) {
      const to = deployment({ dialect });
      if (hasCounter(call, to)) expect(sent(planCount(call, to))).toEqual(expect.any(Object));
    }
  });
});

test.each(['conversation', 'prompt'])('what only the maker keeps is a mistake elsewhere: %s', (word) => {
  const body = { ...asked['openai-responses'].body, [word]: { id: 'x_1' } };
  for (const dialect of all.filter((id) => id !== 'openai-responses')) {
    const ask = () => plan(callOf('openai-responses', body), deployment({ dialect }));
    expect(ask).toThrow(ProxyError);
    expect(ask).toThrow(`has no '${word}'`);
  }
});
