import { OpenAI as LlamaOpenAI } from '@llamaindex/openai';
import { weather } from '../spoken.ts';
import { type Driver, type Heard, type How, noCounter, type Talk, zip } from './driver.ts';

type Message = Parameters<LlamaOpenAI['chat']>[0]['messages'][number];
interface Call {
  id: string;
  name: string;
  input: string | Record<string, unknown>;
}

export const llamaindex: Driver = {
  name: '@llamaindex/openai',
  absent: { thinking: 'it drops thoughts', count: noCounter },
  // Its stream tells only the last of several calls (the same against OpenAI itself).
  modes: ['whole'],
  keepsProofs: [],
  open: (url, apiKey) => ({ talk: (how) => talk(url, apiKey, how), isError: isStatus }),
};

/** Its errors are those of an OpenAI SDK of its own. */
function isStatus(thrown: unknown, status: number): boolean {
  return thrown instanceof Error && 'status' in thrown && thrown.status === status;
}

function talk(url: string, apiKey: string, how: How): Talk {
  const { signal } = how;
  // It has no abort of its own.
  const own: typeof fetch = (to, init) => fetch(to, { ...init, ...(signal === undefined ? {} : { signal }) });
  const llm = new LlamaOpenAI({
    model: 'gpt-4o',
    apiKey,
    baseURL: `${url}/v1`,
    maxRetries: 0,
    topP: 1,
    ...(how.maxTokens === undefined ? {} : { maxTokens: how.maxTokens }),
    temperature: how.temperature ?? 1,
    additionalSessionOptions: { fetch: own },
  });
  const messages: Message[] = how.system === undefined ? [] : [{ role: 'system', content: how.system }];
  const asking = { messages, ...(how.tools ? { tools: [{ metadata: { ...weather } }] } : {}) };
  let calls: Call[] = [];
  const turn = async (): Promise<Heard> => {
    let text = '';
    if (how.mode === 'whole') {
      const { message } = await llm.chat({ ...asking, stream: false });
      text = typeof message.content === 'string' ? message.content : '';
      calls = callsOf(message.options);
    } else {
      for await (const { delta } of await llm.chat({ ...asking, stream: true })) {
        text += delta;
        if (delta !== '') how.onText?.(delta);
      }
    }
    messages.push({
      role: 'assistant',
      content: text,
      ...(calls.length === 0 ? {} : { options: { toolCall: calls } }),
    });
    const heard = calls.map(({ name, input }) => {
      return { name, args: typeof input === 'string' ? JSON.parse(input) : input };
    });
    return { text, thought: '', calls: heard, finish: '' };
  };
  return {
    say: (text, picture) => {
      const url = `data:image/png;base64,${picture}`;
      const image = { type: 'image_url' as const, image_url: { url } };
      messages.push({ role: 'user', content: picture === undefined ? text : [{ type: 'text', text }, image] });
      return turn();
    },
    tell: (results) => {
      for (const [{ id }, result] of zip(calls, results)) {
        const toolResult = { id, result, isError: false };
        messages.push({ role: 'user', content: result, options: { toolResult } });
      }
      return turn();
    },
  };
}

function callsOf(options: object | undefined): Call[] {
  return options !== undefined && 'toolCall' in options ? JSON.parse(JSON.stringify(options.toolCall)) : [];
}
