import OpenAI from 'openai';
import { weather } from '../spoken.ts';
import { bothModes, type Driver, type Heard, type How, type Talk, zip } from './driver.ts';
import { isOpenAIError } from './openai-errors.ts';

type Item = OpenAI.Responses.ResponseInputItem;
type Body = OpenAI.Responses.ResponseCreateParamsNonStreaming;
type Answer = OpenAI.Responses.Response;

export const openaiResponses: Driver = {
  name: 'openai, responses',
  absent: {},
  modes: bothModes,
  finishes: ['completed', 'completed'],
  keepsProofs: bothModes,
  // The stream helper writes what it has parsed into the items.
  oddities: /\/parsed(?:_arguments)? is not a field/,
  open: (url, apiKey) => {
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
    return {
      talk: (how) => talk(client, how),
      isError: isOpenAIError,
      count: async (input) => (await client.responses.inputTokens.count({ model: 'asked', input })).input_tokens,
    };
  },
};

function talk(client: OpenAI, how: How): Talk {
  const input: Item[] = [];
  let calls: OpenAI.Responses.ResponseFunctionToolCall[] = [];
  const turn = async (): Promise<Heard> => {
    const answer = await ask(client, bodyOf(how, input), how);
    calls = answer.output.filter((item) => item.type === 'function_call');
    // An answer's items are what the next request holds; the types allow more kinds than can come here.
    input.push(...(answer.output as Item[]));
    const thoughts = answer.output.flatMap((item) => (item.type === 'reasoning' ? item.summary : []));
    return {
      text: answer.output_text,
      thought: thoughts.map(({ text }) => text).join(''),
      calls: calls.map(({ name, arguments: args }) => ({ name, args: JSON.parse(args) })),
      finish: answer.status ?? '',
      usage: [answer.usage?.input_tokens, answer.usage?.output_tokens],
    };
  };
  return {
    say: (text, picture) => {
      const image_url = `data:image/png;base64,${picture}`;
      const image = { type: 'input_image', image_url, detail: 'auto' } as const;
      input.push({ role: 'user', content: picture === undefined ? text : [{ type: 'input_text', text }, image] });
      return turn();
    },
    tell: (results) => {
      for (const [{ call_id }, output] of zip(calls, results)) {
        input.push({ type: 'function_call_output', call_id, output });
      }
      return turn();
    },
  };
}

function bodyOf(how: How, input: Item[]): Omit<Body, 'stream'> {
  return {
    model: 'asked',
    input,
    store: false,
    include: ['reasoning.encrypted_content'],
    ...(how.system === undefined ? {} : { instructions: how.system }),
    ...(how.maxTokens === undefined ? {} : { max_output_tokens: how.maxTokens }),
    ...(how.temperature === undefined ? {} : { temperature: how.temperature }),
    ...(how.tools ? { tools: [{ type: 'function', ...weather, strict: false }] } : {}),
    ...(how.thinks ? { reasoning: { effort: 'high', summary: 'auto' } } : {}),
  };
}

async function ask(client: OpenAI, body: Omit<Body, 'stream'>, how: How): Promise<Answer> {
  const options = how.signal === undefined ? {} : { signal: how.signal };
  if (how.mode === 'whole') return client.responses.create(body, options);
  const stream = client.responses.stream(body, options);
  let number = 0;
  for await (const event of stream) {
    if (event.sequence_number !== number++) throw new Error(`event ${number} has the number ${event.sequence_number}`);
    if (event.type === 'response.output_text.delta') how.onText?.(event.delta);
  }
  return stream.finalResponse();
}
