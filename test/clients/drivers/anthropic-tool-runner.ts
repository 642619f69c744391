import Anthropic from '@anthropic-ai/sdk';
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';
import { weather } from '../spoken.ts';
import { heardFrom, isAnthropicError, settingsOf, userContent } from './anthropic.ts';
import { bothModes, type Driver, type Heard, type How, type Talk } from './driver.ts';

/** The SDK's own loop: it calls the tools itself and goes on with what they say. */
export const anthropicToolRunner: Driver = {
  name: '@anthropic-ai/sdk, tool runner',
  absent: { count: 'see messages', thinking: 'a run of it is one question' },
  modes: bothModes,
  finishes: ['end_turn', 'tool_use'],
  keepsProofs: bothModes,
  // A beta that the description does not know yet.
  oddities: /^\/thread is not a field/,
  open: (url, apiKey) => {
    const client = new Anthropic({ baseURL: url, apiKey, maxRetries: 0 });
    return { talk: (how) => talk(client, how), isError: isAnthropicError };
  },
};

function talk(client: Anthropic, how: How): Talk {
  let answers: AsyncIterator<unknown> | undefined;
  let results: readonly string[] = [];
  let called = 0;
  const { required, properties } = weather.parameters;
  const tool = betaTool({
    name: weather.name,
    description: weather.description,
    inputSchema: { type: 'object', properties, required: [...required] },
    run: () => results[called++] ?? 'nothing',
  });
  const next = async (): Promise<Heard> => {
    const { value, done } = (await answers?.next()) ?? { done: true };
    if (done) throw new Error('it has ended');
    return heardFrom(await messageOf(value, how));
  };
  return {
    say: (text, picture) => {
      const messages = [{ role: 'user' as const, content: userContent(text, picture) }];
      const options = how.signal === undefined ? {} : { signal: how.signal };
      const body = { ...settingsOf(how), messages, tools: how.tools ? [tool] : [], stream: how.mode === 'stream' };
      answers = client.beta.messages.toolRunner(body, options)[Symbol.asyncIterator]();
      return next();
    },
    tell: (told) => {
      results = told;
      return next();
    },
  };
}

type Stream = ReturnType<Anthropic['beta']['messages']['stream']>;

async function messageOf(value: unknown, how: How): Promise<Anthropic.Beta.BetaMessage> {
  if (how.mode === 'whole') return value as Anthropic.Beta.BetaMessage;
  const stream = value as Stream;
  return stream.on('text', (text: string) => how.onText?.(text)).finalMessage();
}
