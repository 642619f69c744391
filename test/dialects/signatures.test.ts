import { describe, expect, test } from 'vitest';
import { type DialectId, type JsonObject, sealPrefix, thoughtMark } from '../../src/hub/index.ts';
import {
  decodeReply,
  decodeRequest,
  dialects,
  encodeReply,
  encodeRequest,
  providerIds,
  type WrittenId,
} from './codecs.ts';
import { followUp } from './follow-up.ts';
import { told } from './scenarios.ts';
import { complaints } from './wires.ts';

/** A conversation that changes its model and comes back: proofs go to their maker, bare and in their place. */

const thought = 'The user wants the weather, so I call the tool.';
const name = 'get_current_weather';
const args = { location: 'Köln' };

interface Answer {
  body: JsonObject;
  /** What the maker's next request must hold, and where nobody else's may. */
  proof?: { value: string; holder: object; before: object };
}

/** Each maker's first answer: it thinks, proves that it did, and calls a tool. */
const answers: { [D in DialectId]?: Answer } = {
  'anthropic-messages': {
    body: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude',
      content: [
        { type: 'thinking', thinking: thought, signature: proofOf('messages') },
        { type: 'tool_use', id: 'toolu_a1', name, input: args },
      ],
      stop_reason: 'tool_use',
      stop_sequence: null,
      usage: { input_tokens: 10, output_tokens: 5 },
    },
    proof: {
      value: proofOf('messages'),
      holder: { type: 'thinking', thinking: thought },
      before: { type: 'tool_use', id: 'toolu_a1' },
    },
  },
  gemini: {
    body: {
      candidates: [
        {
          content: {
            role: 'model',
            parts: [
              { text: thought, thought: true },
              { functionCall: { name, args }, thoughtSignature: proofOf('gemini') },
            ],
          },
          finishReason: 'STOP',
          index: 0,
        },
      ],
      usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
      modelVersion: 'gemini',
      responseId: 'r1',
    },
    proof: { value: proofOf('gemini'), holder: { functionCall: { name, args } }, before: {} },
  },
  'bedrock-converse': {
    body: {
      metrics: { latencyMs: 1 },
      output: {
        message: {
          role: 'assistant',
          content: [
            { reasoningContent: { reasoningText: { text: thought, signature: proofOf('converse') } } },
            { toolUse: { toolUseId: 'tooluse_b1', name, input: args } },
          ],
        },
      },
      stopReason: 'tool_use',
      usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
    },
    proof: {
      value: proofOf('converse'),
      holder: { reasoningContent: { reasoningText: { text: thought } } },
      before: { toolUse: { toolUseId: 'tooluse_b1' } },
    },
  },
  'openai-responses': {
    body: {
      id: 'resp_1',
      object: 'response',
      created_at: 1_760_000_000,
      status: 'completed',
      model: 'gpt-5',
      output: [
        {
          id: 'rs_1',
          type: 'reasoning',
          summary: [{ type: 'summary_text', text: thought }],
          encrypted_content: proofOf('responses'),
        },
        {
          id: 'fc_1',
          type: 'function_call',
          status: 'completed',
          call_id: 'call_r1',
          name,
          arguments: JSON.stringify(args),
        },
      ],
      usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
    },
    proof: {
      value: proofOf('responses'),
      holder: { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: thought }] },
      before: { type: 'function_call', call_id: 'call_r1' },
    },
  },
  'openai-chat': {
    body: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_760_000_000,
      model: 'deepseek-reasoner',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: null,
            reasoning_content: thought,
            tool_calls: [{ id: 'call_c1', type: 'function', function: { name, arguments: JSON.stringify(args) } }],
          },
          finish_reason: 'tool_calls',
        },
      ],
    },
  },
  cohere: {
    body: {
      id: 'c1',
      message: {
        role: 'assistant',
        content: [{ type: 'thinking', thinking: thought }],
        tool_calls: [{ id: 'co_1', type: 'function', function: { name, arguments: JSON.stringify(args) } }],
      },
      finish_reason: 'TOOL_CALL',
    },
  },
  ollama: {
    body: {
      model: 'qwen3',
      created_at: '2026-01-02T03:04:05Z',
      message: {
        role: 'assistant',
        content: '',
        thinking: thought,
        tool_calls: [{ function: { name, arguments: args } }],
      },
      done_reason: 'stop',
      done: true,
    },
  },
};

const makers = providerIds.filter((id) => answers[id] !== undefined);
const pairs = makers.flatMap((first) => providerIds.filter((id) => id !== first).map((second) => ({ first, second })));

describe.each(dialects)('client %s', (client) => {
  const start = told('tool-call', client).request;

  test.each(pairs)('$first, then $second, then $first', ({ first, second }) => {
    const after = goOn(client, start, first);
    const sent = encodeRequest(second, decodeRequest(client, after));
    expect(complaints(second, sent)).toEqual([]);
    foreign(sent, first);

    const later = answers[second] === undefined ? after : goOn(client, after, second);
    const back = encodeRequest(first, decodeRequest(client, later));
    expect(complaints(first, back)).toEqual([]);
    foreign(back, second);
    inPlace(back, first);
  });

  test.each(makers)('%s twice', (maker) => {
    const sent = encodeRequest(maker, decodeRequest(client, goOn(client, start, maker)));
    expect(complaints(maker, sent)).toEqual([]);
    inPlace(sent, maker);
  });
});

test('every dialect with tools has an answer here', () => {
  expect(
    providerIds.filter((id) => answers[id] === undefined && !['openai-completions', 'replicate'].includes(id)),
  ).toEqual([]);
});

function proofOf(maker: string): string {
  return Buffer.from(`the proof of ${maker}, which only its maker can read`).toString('base64');
}

/** The client's next request after this provider's answer. */
function goOn(client: WrittenId, body: JsonObject, provider: DialectId): JsonObject {
  const reply = decodeReply(provider, answers[provider]?.body ?? {});
  return followUp(client, body, encodeReply(client, decodeRequest(client, body), reply));
}

/** Nothing in it that only `other` can read, and no seal of ours. */
function foreign(sent: JsonObject, other: DialectId): void {
  const text = JSON.stringify(sent);
  const proof = answers[other]?.proof?.value;
  if (proof !== undefined) expect(text).not.toContain(proof);
  expect(text).not.toContain(sealPrefix);
  expect(text).not.toContain(thoughtMark);
}

function inPlace(sent: JsonObject, maker: DialectId): void {
  const proof = answers[maker]?.proof;
  if (proof === undefined) return;
  const found = itemsWith(sent, proof.value);
  expect(found).toHaveLength(1);
  expect(found[0]?.item).toMatchObject(proof.holder);
  if (Object.keys(proof.before).length > 0) expect(found[0]?.next).toMatchObject(proof.before);
}

/** The innermost items of lists that hold this text, and their followers. */
function itemsWith(value: unknown, text: string): { item: unknown; next: unknown }[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap((one) => itemsWith(one, text));
  if (inner.length > 0 || !Array.isArray(value)) return inner;
  const at = value.findIndex((one) => JSON.stringify(one).includes(text));
  return at < 0 ? [] : [{ item: value[at], next: value[at + 1] }];
}
