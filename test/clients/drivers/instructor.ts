import createInstructor from '@instructor-ai/instructor';
import OpenAI from 'openai';
import { z } from 'zod';
import { weather } from '../spoken.ts';
import { type Driver, type Heard, type How, noCounter } from './driver.ts';
import { isOpenAIError } from './openai-errors.ts';

const only = 'it gives the object and nothing beside';

/** A class of answers: whole ones by a forced tool, streamed ones as JSON in the text. A field of it is told as the text. */
export const instructor: Driver = {
  name: '@instructor-ai/instructor',
  absent: { tools: 'its one tool is the answer', thinking: only, count: noCounter },
  modes: ['whole'],
  keepsProofs: [],
  plays: {
    chat: ['tool-call', 'Köln'],
    stream: ['json-schema', 'Ada'],
    image: ['tool-call', 'Köln'],
    abort: ['json-schema', ''],
  },
  open: (baseURL, apiKey) => {
    const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
    return {
      talk: (how) => ({
        say: (text, picture) => ask(client, how, text, picture),
        tell: () => Promise.reject(new Error(only)),
      }),
      isError: isOpenAIError,
    };
  },
};

async function ask(openai: OpenAI, how: How, text: string, picture: string | undefined): Promise<Heard> {
  const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${picture}` } } as const;
  const content = picture === undefined ? text : [{ type: 'text' as const, text }, image];
  const user = { role: 'user' as const, content };
  const system = how.system === undefined ? [] : [{ role: 'system' as const, content: how.system }];
  const messages: OpenAI.ChatCompletionMessageParam[] = [...system, user];
  const asking = {
    model: 'asked',
    messages,
    ...(how.maxTokens === undefined ? {} : { max_tokens: how.maxTokens }),
    ...(how.temperature === undefined ? {} : { temperature: how.temperature }),
  };
  const options = how.signal === undefined ? {} : { signal: how.signal };
  const heard = { thought: '', calls: [], finish: '' };
  if (how.mode === 'whole') {
    const client = createInstructor({ client: openai, mode: 'TOOLS' });
    const response_model = { schema: z.object({ location: z.string() }), name: weather.name };
    const { location } = await client.chat.completions.create({ ...asking, response_model }, options);
    return { ...heard, text: location };
  }
  const client = createInstructor({ client: openai, mode: 'MD_JSON' });
  const response_model = { schema: z.object({ name: z.string(), age: z.number() }), name: 'Person' };
  let heardText = '';
  for await (const { name } of await client.chat.completions.create(
    { ...asking, response_model, stream: true },
    options,
  )) {
    if (name) how.onText?.(name);
    heardText = name ?? heardText;
  }
  return { ...heard, text: heardText };
}
