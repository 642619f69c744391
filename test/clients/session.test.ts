import Anthropic from '@anthropic-ai/sdk';
import { type Content, GoogleGenAI, type Part } from '@google/genai';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/hub/index.ts';
import { asked, type Spoken, said, spoken, startPair, weather } from './spoken.ts';

/** A coding agent's session of ten turns: tools, thoughts, marks that move along, both ways of answering. */
const script: readonly string[] = [
  'thinking-signature',
  'tool-call',
  'tool-result-follow-up',
  'parallel-tools',
  'tool-result-follow-up',
  'empty-tool-args',
  'plain',
  'unicode-surrogates',
  'thinking-signature',
  'plain',
];

/** What the agent heard: calls as they are to be found in later requests, and whether it owes results. */
interface Heard {
  texts: string[];
  calls: { name: string; args: string }[];
}

/** An agent that keeps its history as its SDK gave it. */
interface Agent {
  /** One turn: says this, or the results of the calls before it. */
  turn(text: string, results: readonly string[], streamed: boolean): Promise<Heard>;
}

const properties = weather.parameters.properties;
const mark = { cache_control: { type: 'ephemeral' } } as const;

function anthropicAgent(url: string): Agent {
  const client = new Anthropic({ baseURL: url, apiKey: 'anything', maxRetries: 0 });
  const history: Anthropic.MessageParam[] = [];
  let calls: Anthropic.ToolUseBlock[] = [];
  return {
    async turn(text, results, streamed) {
      const told = calls.map(({ id }, n) => ({
        type: 'tool_result' as const,
        tool_use_id: id,
        content: results[n] ?? '',
      }));
      history.push({ role: 'user', content: told.length > 0 ? told : [{ type: 'text', text }] });
      // Agents mark the end of what they have said so far, and take the mark along.
      const messages = history.map((message, n): Anthropic.MessageParam => {
        if (n < history.length - 1 || message.role !== 'user' || !Array.isArray(message.content)) return message;
        const last = message.content.length - 1;
        const content = message.content.map((block, at) => {
          return at === last && (block.type === 'text' || block.type === 'tool_result') ? { ...block, ...mark } : block;
        });
        return { ...message, content };
      });
      const body: Anthropic.MessageCreateParamsNonStreaming = {
        model: 'claude-whatever',
        max_tokens: 4096,
        thinking: { type: 'enabled', budget_tokens: 2048 },
        system: [{ type: 'text', text: 'You are an agent.', ...mark }],
        tools: [
          { name: 'list_files', description: 'Lists files', input_schema: { type: 'object', properties: {} } },
          {
            name: weather.name,
            description: weather.description,
            input_schema: { type: 'object', properties, required: ['location'] },
            ...mark,
          },
        ],
        messages,
      };
      const { content } = streamed
        ? await client.messages.stream(body).finalMessage()
        : await client.messages.create(body);
      history.push({ role: 'assistant', content });
      calls = content.filter((block) => block.type === 'tool_use');
      return {
        texts: content.flatMap((block) => (block.type === 'text' ? block.text : [])),
        calls: calls.map(({ name, input }) => ({ name, args: JSON.stringify(input) })),
      };
    },
  };
}

function openaiAgent(url: string): Agent {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'anything', maxRetries: 0 });
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'system', content: 'You are an agent.' }];
  let calls: OpenAI.ChatCompletionMessageFunctionToolCall[] = [];
  const tools: OpenAI.ChatCompletionTool[] = [
    { type: 'function', function: { name: 'list_files', parameters: { type: 'object', properties: {} } } },
    { type: 'function', function: { ...weather } },
  ];
  return {
    async turn(text, results, streamed) {
      if (calls.length === 0) messages.push({ role: 'user', content: text });
      for (const [n, { id }] of calls.entries()) {
        messages.push({ role: 'tool', tool_call_id: id, content: results[n] ?? '' });
      }
      const body = { model: 'm', messages, tools };
      const { choices } = streamed
        ? await client.chat.completions.stream(body).finalChatCompletion()
        : await client.chat.completions.create(body);
      const { content = null, tool_calls } = choices[0]?.message ?? {};
      messages.push({ role: 'assistant', content, ...(tool_calls === undefined ? {} : { tool_calls }) });
      calls = (tool_calls ?? []).filter((call) => call.type === 'function');
      return {
        texts: content === null ? [] : [content],
        calls: calls.map(({ function: { name, arguments: args } }) => ({ name, args })),
      };
    },
  };
}

function googleAgent(url: string): Agent {
  const client = new GoogleGenAI({ apiKey: 'anything', httpOptions: { baseUrl: url } });
  const contents: Content[] = [];
  let calls: Part[] = [];
  const functionDeclarations = [
    { name: 'list_files', description: 'Lists files' },
    { name: weather.name, description: weather.description, parametersJsonSchema: weather.parameters },
  ];
  return {
    async turn(text, results, streamed) {
      const told = calls.map(({ functionCall }, n): Part => {
        const { id, name = '' } = functionCall ?? {};
        return {
          functionResponse: { ...(id === undefined ? {} : { id }), name, response: { output: results[n] ?? '' } },
        };
      });
      contents.push({ role: 'user', parts: told.length > 0 ? told : [{ text }] });
      const config = {
        systemInstruction: 'You are an agent.',
        tools: [{ functionDeclarations }],
        thinkingConfig: { includeThoughts: true },
      };
      const asking = { model: 'm', contents, config };
      const parts: Part[] = [];
      if (streamed) {
        for await (const chunk of await client.models.generateContentStream(asking)) {
          parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []));
        }
      } else {
        parts.push(...((await client.models.generateContent(asking)).candidates?.[0]?.content?.parts ?? []));
      }
      contents.push({ role: 'model', parts });
      calls = parts.filter(({ functionCall }) => functionCall !== undefined);
      return {
        texts: [parts.map(({ thought, text = '' }) => (thought ? '' : text)).join('')].filter((one) => one !== ''),
        calls: calls.map(({ functionCall }) => ({
          name: functionCall?.name ?? '',
          args: JSON.stringify(functionCall?.args ?? {}),
        })),
      };
    },
  };
}

const agents: Record<string, (url: string) => Agent> = {
  '@anthropic-ai/sdk': anthropicAgent,
  openai: openaiAgent,
  '@google/genai': googleAgent,
};

/**
 * The conversation as bytes, open at its end, and everything beside it. Marks are no part of what is cached. Thinking is
 * off for a turn after calls that came without a thought: Anthropic refuses those while it is on.
 */
function split(body: JsonObject): { told: string; beside: string } {
  const plain: JsonObject = JSON.parse(JSON.stringify(body), (name, value) =>
    name === 'cache_control' ? undefined : value,
  );
  const { messages, contents, stream, stream_options, thinking, ...rest } = plain;
  return { told: JSON.stringify(messages ?? contents).slice(0, -1), beside: JSON.stringify(rest) };
}

/** Proofs of thoughts that come back to their maker. */
const proofs: Partial<Record<Spoken, readonly string[]>> = {
  'anthropic-messages': ['@anthropic-ai/sdk', '@google/genai'],
  gemini: ['@anthropic-ai/sdk', '@google/genai'],
};

describe.each(spoken)('ten turns, provider speaks %s', (dialect) => {
  test.each(Object.keys(agents))('%s', async (name) => {
    const pair = await startPair(dialect);
    pair.vendor.will(...script.map((scenario) => ({ scenario })));
    const agent = agents[name]?.(pair.proxy.url);
    const wanted: string[] = [];
    let texts = '';
    let owed = 0;
    let called = 0;
    for (const turn of script.keys()) {
      const results = Array.from({ length: owed }, (_, n) => `result of turn ${turn}, number ${n}`);
      wanted.push(...results.map((result, n) => `result ${called - owed + n + 1}: ${result}`));
      if (owed === 0) wanted.push(`user: question ${turn}`);
      const heard = await agent?.turn(`question ${turn}`, results, turn % 2 === 1);
      const calls = heard?.calls ?? [];
      if (turn < script.length - 1) {
        wanted.push(...calls.map(({ name: tool, args }, n) => `call ${called + n + 1}: ${tool} ${compact(args)}`));
        texts += (heard?.texts ?? []).join('');
      }
      called += calls.length;
      owed = calls.length;
    }
    await pair.close();

    const { seen } = pair.vendor;
    expect(seen.map(({ invalid }) => invalid)).toEqual(script.map(() => []));
    const last = asked(dialect, seen.at(-1)?.body);
    const isSaid = (line: string): boolean => line.startsWith('assistant: ');
    expect(last.turns.filter((line) => !isSaid(line))).toEqual(wanted);
    const saying = last.turns.filter(isSaid).map((line) => line.slice('assistant: '.length));
    expect(saying.join('')).toBe(texts);
    expect(called).toBe(5);
    const kept = proofs[dialect]?.includes(name) ? [said.proof, said.proof] : [];
    // The thought of the ninth turn is a part of the tenth request.
    expect(last.proofs).toEqual(kept);
    if (dialect === 'anthropic-messages' && name === '@anthropic-ai/sdk') expect(last.cacheMarks).toHaveLength(3);

    const sent = seen.map(({ body }) => split(body));
    for (const [n, { told, beside }] of sent.entries()) {
      const before = sent[n - 1];
      if (before === undefined) continue;
      expect(told.startsWith(before.told), `turn ${n}\n${before.told}\n${told}`).toBe(true);
      expect(beside).toBe(before.beside);
    }
  });
});

function compact(args: string): string {
  const parsed: unknown = JSON.parse(args || '{}');
  return JSON.stringify(parsed);
}
