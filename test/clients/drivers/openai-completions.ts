import OpenAI from 'openai';
import { type Driver, type Heard, type How, noCounter } from './driver.ts';
import { isOpenAIError } from './openai-errors.ts';

const onlyText = 'the API has prompts and texts only';

/** The first API: a prompt, and the text that follows it. */
export const openaiCompletions: Driver = {
  name: 'openai, completions',
  absent: { tools: onlyText, thinking: onlyText, image: onlyText, count: noCounter },
  modes: ['whole', 'stream'],
  finishes: ['stop', ''],
  keepsProofs: [],
  open: (url, apiKey) => {
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
    return {
      talk: (how) => ({
        say: (words) => complete(client, words, how),
        tell: () => Promise.reject(new Error(onlyText)),
      }),
      isError: isOpenAIError,
    };
  },
};

async function complete(client: OpenAI, words: string, how: How): Promise<Heard> {
  const body = {
    model: 'asked',
    prompt: how.system === undefined ? words : `${how.system}\n\n${words}`,
    ...(how.maxTokens === undefined ? {} : { max_tokens: how.maxTokens }),
    ...(how.temperature === undefined ? {} : { temperature: how.temperature }),
  };
  const options = how.signal === undefined ? {} : { signal: how.signal };
  const heard = { text: '', thought: '', calls: [], finish: '' };
  if (how.mode === 'whole') {
    const { choices, usage } = await client.completions.create(body, options);
    const { text = '', finish_reason: finish = '' } = choices[0] ?? {};
    return { ...heard, text, finish, usage: [usage?.prompt_tokens, usage?.completion_tokens] };
  }
  let usage: OpenAI.CompletionUsage | null | undefined;
  const asked = { ...body, stream: true, stream_options: { include_usage: true } } as const;
  for await (const chunk of await client.completions.create(asked, options)) {
    const [choice] = chunk.choices;
    heard.text += choice?.text ?? '';
    heard.finish = choice?.finish_reason ?? heard.finish;
    usage = chunk.usage ?? usage;
    if (choice?.text) how.onText?.(choice.text);
  }
  return { ...heard, usage: [usage?.prompt_tokens, usage?.completion_tokens] };
}
