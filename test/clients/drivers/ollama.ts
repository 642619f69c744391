import { type ChatResponse, type Message, Ollama } from 'ollama';
import { weather } from '../spoken.ts';
import { bothModes, type Driver, type Heard, type How, noCounter, type Talk, zip } from './driver.ts';

export const ollama: Driver = {
  name: 'ollama',
  absent: { count: noCounter },
  modes: bothModes,
  finishes: ['stop', 'stop'],
  keepsProofs: [],
  // Documented, and missing in the description.
  oddities: /\/(?:tool_name|thinking) is not a field/,
  open: (host, key) => ({
    talk: (how) => talk(host, key, how),
    isError: (thrown, status) =>
      thrown instanceof Error &&
      thrown.name === 'ResponseError' &&
      'status_code' in thrown &&
      thrown.status_code === status,
  }),
};

function talk(host: string, key: string, how: How): Talk {
  const signal = how.signal;
  // Its own abort() is for streams only; a fetch that obeys the signal is what programs give it.
  const own: typeof fetch = (url, init) =>
    fetch(url, { ...init, signal: init?.signal && signal ? AbortSignal.any([init.signal, signal]) : (signal ?? null) });
  const client = new Ollama({
    host,
    headers: { authorization: `Bearer ${key}` },
    ...(signal === undefined ? {} : { fetch: own }),
  });
  const messages: Message[] = how.system === undefined ? [] : [{ role: 'system', content: how.system }];
  const turn = async (): Promise<Heard> => {
    const message: Message = { role: 'assistant', content: '' };
    let last: ChatResponse | undefined;
    for await (const part of ask(client, messages, how)) {
      last = part;
      message.content += part.message.content;
      if (part.message.thinking) message.thinking = (message.thinking ?? '') + part.message.thinking;
      if (part.message.tool_calls) message.tool_calls = [...(message.tool_calls ?? []), ...part.message.tool_calls];
      if (part.message.content !== '') how.onText?.(part.message.content);
    }
    messages.push(message);
    return {
      text: message.content,
      thought: message.thinking ?? '',
      calls: (message.tool_calls ?? []).map(({ function: { name, arguments: args } }) => ({ name, args })),
      finish: last?.done_reason ?? '',
      usage: [last?.prompt_eval_count, last?.eval_count],
    };
  };
  return {
    say: (content, picture) => {
      messages.push({ role: 'user', content, ...(picture === undefined ? {} : { images: [picture] }) });
      return turn();
    },
    tell: (results) => {
      const calls = messages.at(-1)?.tool_calls ?? [];
      for (const [call, content] of zip(calls, results)) {
        messages.push({ role: 'tool', content, tool_name: call.function.name });
      }
      return turn();
    },
  };
}

async function* ask(client: Ollama, messages: Message[], how: How) {
  const options = {
    ...(how.maxTokens === undefined ? {} : { num_predict: how.maxTokens }),
    ...(how.temperature === undefined ? {} : { temperature: how.temperature }),
  };
  const { required, ...schema } = weather.parameters;
  const parameters = { ...schema, required: [...required] };
  const tool = { type: 'function', function: { name: weather.name, description: weather.description, parameters } };
  const asking = {
    model: 'asked',
    messages,
    options,
    ...(how.tools ? { tools: [tool] } : {}),
    ...(how.thinks ? { think: true } : {}),
  };
  if (how.mode === 'stream') yield* await client.chat({ ...asking, stream: true });
  else yield await client.chat(asking);
}
