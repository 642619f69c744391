import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, jsonSchema, type LanguageModel, type ModelMessage, streamText, tool } from 'ai';
import { weather } from '../spoken.ts';
import { bothModes, type Driver, type Heard, type How, noCounter, type Talk, zip } from './driver.ts';

type Options = NonNullable<Parameters<typeof generateText>[0]['providerOptions']>;

/** One row for each package of a provider, in each of its ways. */
function driver(
  name: string,
  own: Pick<Driver, 'absent' | 'keepsProofs' | 'oddities'>,
  modelAt: (url: string, key: string) => LanguageModel,
  options: { always?: Options; thinks: Options },
): Driver {
  return {
    name: `ai, ${name}`,
    modes: bothModes,
    finishes: ['stop', 'tool-calls'],
    ...own,
    absent: { count: noCounter, ...own.absent },
    open: (url, key) => {
      const model = modelAt(url, key);
      return {
        talk: (how) => talk(model, how, (how.thinks ? options.thinks : options.always) ?? {}),
        isError: (thrown, status) => APICallError.isInstance(thrown) && thrown.statusCode === status,
      };
    },
  };
}

const compatible = { name: 'proxy', includeUsage: true, supportsStructuredOutputs: true };
const stateless = { store: false, include: ['reasoning.encrypted_content'] };

export const aiDrivers: readonly Driver[] = [
  driver(
    '@ai-sdk/openai chat',
    { absent: { thinking: 'the package drops thoughts' }, keepsProofs: [] },
    (url, apiKey) => createOpenAI({ baseURL: `${url}/v1`, apiKey }).chat('asked'),
    { thinks: {} },
  ),
  driver(
    '@ai-sdk/openai responses',
    // Its pictures have no detail.
    { absent: {}, keepsProofs: bothModes, oddities: /^\/input\// },
    (url, apiKey) => createOpenAI({ baseURL: `${url}/v1`, apiKey }).responses('asked'),
    {
      always: { openai: stateless },
      thinks: { openai: { ...stateless, forceReasoning: true, reasoningEffort: 'high', reasoningSummary: 'auto' } },
    },
  ),
  driver(
    '@ai-sdk/openai-compatible',
    { absent: {}, keepsProofs: [] },
    (url, apiKey) => createOpenAICompatible({ ...compatible, baseURL: `${url}/v1`, apiKey })('asked'),
    { thinks: { proxy: { reasoningEffort: 'high' } } },
  ),
  driver(
    '@ai-sdk/anthropic',
    { absent: {}, keepsProofs: bothModes },
    (url, apiKey) => createAnthropic({ baseURL: `${url}/v1`, apiKey })('claude-sonnet-4-5'),
    { thinks: { anthropic: { thinking: { type: 'enabled', budgetTokens: 2048 } } } },
  ),
];

const tools = {
  [weather.name]: tool({
    description: weather.description,
    inputSchema: jsonSchema<{ location: string }>({
      ...weather.parameters,
      required: [...weather.parameters.required],
    }),
    outputSchema: jsonSchema<string>({ type: 'string' }),
  }),
};

function talk(model: LanguageModel, how: How, providerOptions: Options): Talk {
  const messages: ModelMessage[] = [];
  let called: { toolCallId: string; toolName: string }[] = [];
  const turn = async (): Promise<Heard> => {
    const asking = {
      model,
      maxRetries: 0,
      messages,
      providerOptions,
      ...(how.system === undefined ? {} : { system: how.system }),
      ...(how.maxTokens === undefined ? {} : { maxOutputTokens: how.maxTokens }),
      ...(how.temperature === undefined ? {} : { temperature: how.temperature }),
      ...(how.tools ? { tools } : {}),
      ...(how.signal === undefined ? {} : { abortSignal: how.signal }),
    };
    const answer = how.mode === 'whole' ? await generateText(asking) : await streamed(asking, how);
    messages.push(...answer.response.messages);
    called = answer.toolCalls;
    return {
      text: answer.text,
      thought: answer.reasoningText ?? '',
      calls: answer.toolCalls.map(({ toolName: name, input: args }) => ({ name, args })),
      finish: answer.finishReason,
      usage: [answer.usage.inputTokens, answer.usage.outputTokens],
    };
  };
  return {
    say: (text, picture) => {
      const image = { type: 'image' as const, image: picture ?? '', mediaType: 'image/png' };
      messages.push({ role: 'user', content: picture === undefined ? text : [{ type: 'text', text }, image] });
      return turn();
    },
    tell: (results) => {
      const content = zip(called, results).map(([{ toolCallId, toolName }, value]) => {
        return { type: 'tool-result' as const, toolCallId, toolName, output: { type: 'text' as const, value } };
      });
      messages.push({ role: 'tool', content });
      return turn();
    },
  };
}

type Asking = Parameters<typeof streamText<typeof tools>>[0];

async function streamed(asking: Asking, how: How) {
  const failures: unknown[] = [];
  const stream = streamText({ ...asking, onError: ({ error }) => void failures.push(error) });
  for await (const text of stream.textStream) if (text !== '') how.onText?.(text);
  if (failures.length > 0) throw failures[0];
  return {
    text: await stream.text,
    reasoningText: await stream.reasoningText,
    toolCalls: await stream.toolCalls,
    finishReason: await stream.finishReason,
    usage: await stream.usage,
    response: await stream.response,
  };
}
