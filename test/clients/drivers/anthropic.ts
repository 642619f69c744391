import Anthropic, {
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from '@anthropic-ai/sdk';
import { weather } from '../spoken.ts';
import { bothModes, type Driver, type Heard, type How, type Talk, zip } from './driver.ts';

type Body = Anthropic.MessageCreateParamsNonStreaming;

/** How an answer is asked for. */
type Ask = (client: Anthropic, body: Body, how: How) => Promise<Anthropic.Message>;

export const anthropicMessages: Driver = {
  name: '@anthropic-ai/sdk, messages',
  absent: {},
  modes: bothModes,
  finishes: ['end_turn', 'tool_use'],
  keepsProofs: bothModes,
  open: (url, apiKey) => {
    const client = new Anthropic({ baseURL: url, apiKey, maxRetries: 0 });
    return {
      talk: (how) => talk(client, how, create),
      isError: isAnthropicError,
      count: async (content) => {
        const messages = [{ role: 'user' as const, content }];
        return (await client.messages.countTokens({ model: 'asked', messages })).input_tokens;
      },
    };
  },
};

export const anthropicStream: Driver = {
  name: '@anthropic-ai/sdk, stream helper',
  absent: { chat: 'it only streams', count: 'see messages' },
  modes: ['stream'],
  finishes: ['end_turn', 'tool_use'],
  keepsProofs: bothModes,
  open: (url, apiKey) => {
    const client = new Anthropic({ baseURL: url, apiKey, maxRetries: 0 });
    const ask: Ask = (_, body, how) =>
      client.messages
        .stream(body, how.signal === undefined ? {} : { signal: how.signal })
        .on('text', (text) => how.onText?.(text))
        .finalMessage();
    return { talk: (how) => talk(client, how, ask), isError: isAnthropicError };
  },
};

const classes: Readonly<Record<number, new (...args: never[]) => Error>> = {
  400: BadRequestError,
  401: AuthenticationError,
  404: NotFoundError,
  429: RateLimitError,
  500: InternalServerError,
};

export function isAnthropicError(thrown: unknown, status: number): boolean {
  const wanted = classes[status];
  return wanted !== undefined && thrown instanceof wanted && 'status' in thrown && thrown.status === status;
}

export function settingsOf(how: How): Omit<Body, 'messages'> {
  const most = how.thinks ? 4096 : 1024;
  return {
    model: 'claude-asked',
    max_tokens: how.maxTokens ?? most,
    ...(how.temperature === undefined ? {} : { temperature: how.temperature }),
    ...(how.system === undefined ? {} : { system: how.system }),
    ...(how.thinks ? { thinking: { type: 'enabled', budget_tokens: 2048 } } : {}),
  };
}

export function userContent(text: string, picture: string | undefined): Anthropic.MessageParam['content'] {
  if (picture === undefined) return text;
  const source = { type: 'base64', media_type: 'image/png', data: picture } as const;
  return [
    { type: 'image', source },
    { type: 'text', text },
  ];
}

export function heardFrom({ content, stop_reason, usage }: Anthropic.Message | Anthropic.Beta.BetaMessage): Heard {
  const blocks: readonly { type: string; text?: string; thinking?: string; name?: string; input?: unknown }[] = content;
  return {
    text: blocks.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    thought: blocks.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
    calls: blocks.flatMap(({ type, name = '', input }) => (type === 'tool_use' ? { name, args: input } : [])),
    finish: stop_reason ?? '',
    usage: [usage.input_tokens, usage.output_tokens],
  };
}

function talk(client: Anthropic, how: How, ask: Ask): Talk {
  const { required, ...schema } = weather.parameters;
  const input_schema = { ...schema, required: [...required] };
  const tools = [{ name: weather.name, description: weather.description, input_schema }];
  const messages: Anthropic.MessageParam[] = [];
  let calls: Anthropic.ToolUseBlock[] = [];
  const turn = async (): Promise<Heard> => {
    const answer = await ask(client, { ...settingsOf(how), messages, ...(how.tools ? { tools } : {}) }, how);
    messages.push({ role: 'assistant', content: answer.content });
    calls = answer.content.filter((block) => block.type === 'tool_use');
    return heardFrom(answer);
  };
  return {
    say: (text, picture) => {
      messages.push({ role: 'user', content: userContent(text, picture) });
      return turn();
    },
    tell: (results) => {
      const told = zip(calls, results).map(([{ id }, content]) => {
        return { type: 'tool_result' as const, tool_use_id: id, content };
      });
      messages.push({ role: 'user', content: told });
      return turn();
    },
  };
}

/** By hand, from the events: an input is JSON in pieces. */
async function create(client: Anthropic, body: Body, how: How): Promise<Anthropic.Message> {
  const options = how.signal === undefined ? {} : { signal: how.signal };
  if (how.mode === 'whole') return client.messages.create(body, options);
  let message: Anthropic.Message | undefined;
  let json = '';
  for await (const event of await client.messages.create({ ...body, stream: true }, options)) {
    if (event.type === 'message_start') message = event.message;
    const block = message?.content.at(-1);
    if (event.type === 'content_block_start') {
      message?.content.push({ ...event.content_block });
      json = '';
    } else if (event.type === 'content_block_delta' && block !== undefined) {
      const { delta } = event;
      if (delta.type === 'text_delta' && block.type === 'text') {
        block.text += delta.text;
        how.onText?.(delta.text);
      } else if (delta.type === 'thinking_delta' && block.type === 'thinking') block.thinking += delta.thinking;
      else if (delta.type === 'signature_delta' && block.type === 'thinking') block.signature = delta.signature;
      else if (delta.type === 'input_json_delta') json += delta.partial_json;
    } else if (event.type === 'content_block_stop' && block?.type === 'tool_use')
      block.input = JSON.parse(json || '{}');
    else if (event.type === 'message_delta' && message !== undefined) {
      message.stop_reason = event.delta.stop_reason;
      message.usage.output_tokens = event.usage.output_tokens;
      // Who learns it only at the end tells it there.
      message.usage.input_tokens = event.usage.input_tokens ?? message.usage.input_tokens;
    }
  }
  if (message === undefined) throw new Error('no message came');
  return message;
}
