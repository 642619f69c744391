import OpenAI, { AzureOpenAI } from 'openai';
import { weather } from '../spoken.ts';
import { bothModes, type Client, type Driver, type Heard, type How, noCounter, type Talk, zip } from './driver.ts';
import { isOpenAIError } from './openai-errors.ts';

type Message = OpenAI.ChatCompletionMessageParam;
type Call = OpenAI.ChatCompletionMessageFunctionToolCall;

/** A message, its calls among it, and the thoughts that OpenAI's types do not know. */
type Answer = OpenAI.ChatCompletionMessage & { reasoning_content?: string };

const shared = {
  absent: { count: noCounter },
  modes: bothModes,
  finishes: ['stop', 'tool_calls'],
  keepsProofs: bothModes,
} satisfies Partial<Driver>;

export const openaiChat: Driver = {
  ...shared,
  name: 'openai, chat',
  open: (url, apiKey) => clientOf(new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 })),
};

/** As LiteLLM's guide has it: the proxy's address as base URL, the deployment in the path. */
export const azureOpenai: Driver = {
  ...shared,
  name: 'openai, AzureOpenAI',
  open: (endpoint, apiKey) =>
    clientOf(new AzureOpenAI({ endpoint, apiKey, apiVersion: '2024-10-21', deployment: 'any', maxRetries: 0 })),
};

function clientOf(client: OpenAI): Client {
  return { talk: (how) => talk(client, how), isError: isOpenAIError };
}

function talk(client: OpenAI, how: How): Talk {
  const history: Message[] = how.system === undefined ? [] : [{ role: 'system', content: how.system }];
  let calls: Call[] = [];
  const turn = async (): Promise<Heard> => {
    const body = bodyOf(how, history);
    const options = how.signal === undefined ? {} : { signal: how.signal };
    const { message, finish, usage } =
      how.mode === 'whole'
        ? whole(await client.chat.completions.create(body, options))
        : await gathered(client, body, how, options);
    history.push(message);
    calls = (message.tool_calls ?? []).filter((call) => call.type === 'function');
    return {
      text: message.content ?? '',
      thought: message.reasoning_content ?? '',
      calls: calls.map(({ function: { name, arguments: args } }) => ({ name, args: JSON.parse(args) })),
      finish,
      usage: [usage?.prompt_tokens, usage?.completion_tokens],
    };
  };
  return {
    say: (text, picture) => {
      const url = `data:image/png;base64,${picture}`;
      const image = { type: 'image_url', image_url: { url } } as const;
      history.push({ role: 'user', content: picture === undefined ? text : [{ type: 'text', text }, image] });
      return turn();
    },
    tell: (results) => {
      for (const [{ id }, content] of zip(calls, results)) history.push({ role: 'tool', tool_call_id: id, content });
      return turn();
    },
  };
}

function bodyOf(how: How, messages: Message[]): OpenAI.ChatCompletionCreateParamsNonStreaming {
  return {
    model: 'asked',
    messages,
    ...(how.maxTokens === undefined ? {} : { max_tokens: how.maxTokens }),
    ...(how.temperature === undefined ? {} : { temperature: how.temperature }),
    ...(how.tools ? { tools: [{ type: 'function', function: { ...weather } }] } : {}),
    ...(how.thinks ? { reasoning_effort: 'high' } : {}),
  };
}

interface Turn {
  message: Answer;
  finish: string;
  usage: OpenAI.CompletionUsage | null | undefined;
}

function whole({ choices: [choice], usage }: OpenAI.ChatCompletion): Turn {
  if (choice === undefined) throw new Error('no choice');
  return { message: choice.message, finish: choice.finish_reason, usage };
}

/** The SDK's stream, put together as agents do: what the types do not know is kept. */
async function gathered(
  client: OpenAI,
  body: OpenAI.ChatCompletionCreateParamsNonStreaming,
  how: How,
  options: OpenAI.RequestOptions,
): Promise<Turn> {
  const asked = { ...body, stream: true, stream_options: { include_usage: true } } as const;
  const message: Answer & { thinking_blocks?: object[] } = { role: 'assistant', content: null, refusal: null };
  const calls: Call[] = [];
  let finish = '';
  let usage: Turn['usage'];
  for await (const chunk of await client.chat.completions.create(asked, options)) {
    usage = chunk.usage ?? usage;
    const [choice] = chunk.choices;
    const delta: Partial<OpenAI.ChatCompletionChunk.Choice.Delta> & {
      reasoning_content?: string;
      thinking_blocks?: object[];
    } = choice?.delta ?? {};
    finish = choice?.finish_reason ?? finish;
    if (delta.content) {
      message.content = (message.content ?? '') + delta.content;
      how.onText?.(delta.content);
    }
    if (delta.reasoning_content) {
      message.reasoning_content = (message.reasoning_content ?? '') + delta.reasoning_content;
    }
    if (delta.thinking_blocks) message.thinking_blocks = joined(message.thinking_blocks ?? [], delta.thinking_blocks);
    for (const { index, id, function: fn } of delta.tool_calls ?? []) {
      const call = calls[index] ?? { id: id ?? '', type: 'function' as const, function: { name: '', arguments: '' } };
      calls[index] = call;
      call.function.name += fn?.name ?? '';
      call.function.arguments += fn?.arguments ?? '';
    }
  }
  if (calls.length > 0) message.tool_calls = calls;
  return { message, finish, usage };
}

interface Thinking {
  thinking?: string;
  signature?: string;
}

/** LiteLLM's pieces of a thinking block: texts first, then one with the signature. */
function joined(before: readonly Thinking[], pieces: readonly Thinking[]): Thinking[] {
  const blocks = before.map((block) => ({ ...block }));
  for (const piece of pieces) {
    const open = blocks.at(-1);
    if (open === undefined || open.signature || piece.thinking === undefined) blocks.push({ ...piece });
    else Object.assign(open, piece, { thinking: (open.thinking ?? '') + piece.thinking });
  }
  return blocks;
}
