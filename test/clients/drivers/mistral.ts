import { Mistral } from '@mistralai/mistralai';
import type {
  AssistantMessage,
  ChatCompletionRequest,
  ContentChunk,
  ToolCall,
} from '@mistralai/mistralai/models/components';
import { MistralError } from '@mistralai/mistralai/models/errors';
import { weather } from '../spoken.ts';
import { bothModes, type Driver, type Heard, type How, noCounter, type Talk, zip } from './driver.ts';

type Message = ChatCompletionRequest['messages'][number];

export const mistral: Driver = {
  name: '@mistralai/mistralai',
  absent: { count: noCounter },
  modes: bothModes,
  finishes: ['stop', 'tool_calls'],
  keepsProofs: bothModes,
  open: (serverURL, apiKey) => {
    const client = new Mistral({ serverURL, apiKey, retryConfig: { strategy: 'none' } });
    return {
      talk: (how) => talk(client, how),
      isError: (thrown, status) => thrown instanceof MistralError && thrown.statusCode === status,
    };
  },
};

interface Turn {
  message: AssistantMessage;
  finish: string;
  usage: Heard['usage'];
}

function talk(client: Mistral, how: How): Talk {
  const messages: Message[] = how.system === undefined ? [] : [{ role: 'system', content: how.system }];
  let calls: ToolCall[] = [];
  const turn = async (): Promise<Heard> => {
    const { message, finish, usage } = await ask(client, messages, how);
    messages.push({ ...message, role: 'assistant' });
    calls = message.toolCalls ?? [];
    const parts = partsOf(message.content ?? '');
    const thoughts = parts.flatMap((part) => (part.type === 'thinking' ? part.thinking : []));
    return {
      text: parts.map((part) => (part.type === 'text' ? part.text : '')).join(''),
      thought: thoughts.map((part) => (part.type === 'text' ? part.text : '')).join(''),
      calls: calls.map(({ function: { name, arguments: args } }) => {
        return { name, args: typeof args === 'string' ? JSON.parse(args) : args };
      }),
      finish,
      ...(usage === undefined ? {} : { usage }),
    };
  };
  return {
    say: (text, picture) => {
      const imageUrl = `data:image/png;base64,${picture}`;
      const content: ContentChunk[] = [
        { type: 'text', text },
        { type: 'image_url', imageUrl },
      ];
      messages.push({ role: 'user', content: picture === undefined ? text : content });
      return turn();
    },
    tell: (results) => {
      for (const [
        {
          id = '',
          function: { name },
        },
        content,
      ] of zip(calls, results)) {
        messages.push({ role: 'tool', toolCallId: id, name, content });
      }
      return turn();
    },
  };
}

function partsOf(content: string | ContentChunk[]): ContentChunk[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

async function ask(client: Mistral, messages: Message[], how: How): Promise<Turn> {
  const asking = {
    model: 'asked',
    messages,
    ...(how.maxTokens === undefined ? {} : { maxTokens: how.maxTokens }),
    ...(how.temperature === undefined ? {} : { temperature: how.temperature }),
    ...(how.tools ? { tools: [{ type: 'function' as const, function: { ...weather } }] } : {}),
    ...(how.thinks ? { reasoningEffort: 'high' as const, maxTokens: 9000 } : {}),
  };
  const options = how.signal === undefined ? {} : { fetchOptions: { signal: how.signal } };
  if (how.mode === 'whole') {
    const { choices, usage } = await client.chat.complete(asking, options);
    const [choice] = choices;
    const { promptTokens, completionTokens } = usage;
    return {
      message: choice?.message ?? {},
      finish: choice?.finishReason ?? '',
      usage: [promptTokens, completionTokens],
    };
  }
  return gather(await client.chat.stream(asking, options), how);
}

type Stream = Awaited<ReturnType<Mistral['chat']['stream']>>;

/** A streamed answer as programs put it together: texts joined, unless parts of other kinds come. */
async function gather(stream: Stream, how: How): Promise<Turn> {
  const calls: ToolCall[] = [];
  const parts: ContentChunk[] = [];
  let text = '';
  let finish = '';
  let usage: Heard['usage'];
  for await (const { data } of stream) {
    const [choice] = data.choices;
    const said = choice?.delta.content ?? '';
    for (const part of partsOf(said)) {
      if (part.type !== 'text') parts.push(part);
      else if (part.text !== '') {
        text += part.text;
        how.onText?.(part.text);
      }
    }
    calls.push(...(choice?.delta.toolCalls ?? []));
    finish = choice?.finishReason ?? finish;
    if (data.usage) usage = [data.usage.promptTokens, data.usage.completionTokens];
  }
  const content = parts.length === 0 ? text : [...parts, { type: 'text' as const, text }];
  const message = { role: 'assistant' as const, content, ...(calls.length === 0 ? {} : { toolCalls: calls }) };
  return { message, finish, usage };
}
