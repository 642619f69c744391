import { ChatAnthropic } from '@langchain/anthropic';
import {
  type AIMessage,
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
  type UsageMetadata,
} from '@langchain/core/messages';
import { concat } from '@langchain/core/utils/stream';
import { ChatOpenAI } from '@langchain/openai';
import { weather } from '../spoken.ts';
import {
  bothModes,
  type Client,
  type Driver,
  type Heard,
  type How,
  type Mode,
  noCounter,
  type Talk,
  zip,
} from './driver.ts';

type Model = ChatOpenAI | ChatAnthropic;

const counted = { count: noCounter };

export const langchainOpenai: Driver = {
  name: '@langchain/openai, chat',
  absent: { ...counted },
  modes: bothModes,
  keepsProofs: [],
  finishes: ['stop', 'tool_calls'],
  oddities: /\/messages\/\d+\/name is not a field/,
  open: (url, apiKey) => clientOf((how) => openai(url, apiKey, how, false)),
};

export const langchainResponses: Driver = {
  name: '@langchain/openai, responses',
  absent: { ...counted },
  modes: bothModes,
  // Its streams lose the encrypted content.
  keepsProofs: ['whole'],
  // It keeps one reasoning item of an answer, and before the text: a proof of the text itself is behind it.
  losesProofsOf: ['gemini'],
  // Its messages of the assistant have no id, its pictures no detail.
  oddities: /^\/input\//,
  open: (url, apiKey) => clientOf((how) => openai(url, apiKey, how, true)),
};

export const langchainAnthropic: Driver = {
  name: '@langchain/anthropic',
  absent: { ...counted },
  modes: bothModes,
  keepsProofs: bothModes,
  finishes: ['end_turn', 'tool_use'],
  open: (url, apiKey) => clientOf((how) => anthropic(url, apiKey, how)),
};

function clientOf(model: (how: How) => Model): Client {
  return {
    talk: (how) => talk(model(how), how),
    isError: (thrown, status) => thrown instanceof Error && 'status' in thrown && thrown.status === status,
  };
}

function openai(url: string, apiKey: string, how: How, useResponsesApi: boolean): ChatOpenAI {
  return new ChatOpenAI({
    model: how.thinks ? 'gpt-5' : 'gpt-4o',
    apiKey,
    maxRetries: 0,
    useResponsesApi,
    configuration: { baseURL: `${url}/v1` },
    ...(how.maxTokens === undefined ? {} : { maxTokens: how.maxTokens }),
    ...(how.temperature === undefined ? {} : { temperature: how.temperature }),
    ...(how.thinks ? { reasoning: { effort: 'high', ...(useResponsesApi ? { summary: 'auto' } : {}) } } : {}),
    ...(useResponsesApi ? { zdrEnabled: true, modelKwargs: { include: ['reasoning.encrypted_content'] } } : {}),
  });
}

function anthropic(url: string, apiKey: string, how: How): ChatAnthropic {
  return new ChatAnthropic({
    model: 'claude-sonnet-4-5',
    anthropicApiUrl: url,
    apiKey,
    maxRetries: 0,
    maxTokens: how.maxTokens ?? 4096,
    ...(how.temperature === undefined ? {} : { temperature: how.temperature }),
    ...(how.thinks ? { thinking: { type: 'enabled', budget_tokens: 2048 } } : {}),
  });
}

function talk(model: Model, how: How): Talk {
  const tools = [{ type: 'function' as const, function: { ...weather } }];
  const asked = how.tools ? model.bindTools(tools) : model;
  const history: BaseMessage[] = how.system === undefined ? [] : [new SystemMessage(how.system)];
  let calls: NonNullable<AIMessage['tool_calls']> = [];
  const turn = async (): Promise<Heard> => {
    const options = how.signal === undefined ? {} : { signal: how.signal };
    const answer: AIMessage =
      how.mode === 'whole'
        ? await asked.invoke(history, options)
        : await gather(await asked.stream(history, options), how);
    history.push(answer);
    calls = answer.tool_calls ?? [];
    const { finish_reason, stop_reason } = answer.response_metadata;
    return {
      text: answer.text,
      thought: thoughtOf(answer),
      calls: calls.map(({ name, args }) => ({ name, args })),
      finish: String(finish_reason ?? stop_reason ?? answer.additional_kwargs['stop_reason'] ?? ''),
      ...told(model, how.mode, answer.usage_metadata),
    };
  };
  return {
    say: (text, picture) => {
      const url = `data:image/png;base64,${picture}`;
      const image = { type: 'image_url', image_url: { url } };
      history.push(new HumanMessage(picture === undefined ? text : { content: [{ type: 'text', text }, image] }));
      return turn();
    },
    tell: (results) => {
      for (const [{ id = '', name }, content] of zip(calls, results)) {
        history.push(new ToolMessage({ tool_call_id: id, name, content }));
      }
      return turn();
    },
  };
}

/** Claude's streams count what comes with the first event, which most providers cannot know, and add up the rest. */
function told(model: Model, mode: Mode, usage: UsageMetadata | undefined): Pick<Heard, 'usage'> {
  if (model instanceof ChatAnthropic && mode === 'stream') return {};
  return { usage: [usage?.input_tokens, usage?.output_tokens] };
}

async function gather(stream: AsyncIterable<AIMessageChunk>, how: How): Promise<AIMessage> {
  let all: AIMessageChunk | undefined;
  for await (const chunk of stream) {
    all = all === undefined ? chunk : concat(all, chunk);
    if (chunk.text !== '') how.onText?.(chunk.text);
  }
  if (all === undefined) throw new Error('nothing came');
  return all;
}

/** Chat answers keep thoughts beside, the others in their content. */
function thoughtOf({ additional_kwargs: more, contentBlocks }: AIMessage): string {
  const beside = more['reasoning_content'];
  if (typeof beside === 'string') return beside;
  return contentBlocks.map((block) => (block.type === 'reasoning' ? String(block['reasoning']) : '')).join('');
}
