import { describe, expect, test } from 'vitest';
import type { ClientId } from '../../src/dialects/index.ts';
import type { DialectId, JsonObject, Provider } from '../../src/hub/index.ts';
import { plan } from '../../src/translate/index.ts';
import { type Body, callOf, deployment, sent } from './desk.ts';

const schema = { type: 'object', properties: { q: { type: 'string' } } };
const names = ['look', 'find', 'write'];

function chat(mode: string): Body {
  return {
    model: 'm',
    messages: [{ role: 'user', content: 'hi' }],
    tools: names.map((name) => ({ type: 'function', function: { name, parameters: schema } })),
    tool_choice: {
      type: 'allowed_tools',
      allowed_tools: { mode, tools: ['look', 'write'].map((name) => ({ type: 'function', function: { name } })) },
    },
  };
}

function responses(mode: string): Body {
  return {
    model: 'm',
    input: 'hi',
    tools: [
      ...names.map((name) => ({ type: 'function', name, parameters: schema })),
      { type: 'custom', name: 'patch' },
      { type: 'namespace', name: 'files', tools: [{ type: 'function', name: 'read', parameters: schema }] },
    ],
    tool_choice: {
      type: 'allowed_tools',
      mode,
      tools: [
        { type: 'function', name: 'look' },
        { type: 'custom', name: 'patch' },
        { type: 'function', name: 'read' },
      ],
    },
  };
}

function gemini(mode: string): Body {
  return {
    contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
    tools: [{ functionDeclarations: names.map((name) => ({ name, parameters: { type: 'OBJECT' } })) }],
    toolConfig: {
      functionCallingConfig: {
        mode: mode === 'required' ? 'ANY' : 'VALIDATED',
        allowedFunctionNames: ['look', 'write'],
      },
    },
  };
}

const clients: [ClientId, (mode: string) => Body, string[]][] = [
  ['openai-chat', chat, ['look', 'write']],
  ['openai-responses', responses, ['look', 'patch', 'files__read']],
  ['gemini', gemini, ['look', 'write']],
];

function at(body: JsonObject | undefined, path: string): unknown {
  let value: unknown = body;
  for (const step of path.split('.')) value = Object(value)[step];
  return value;
}

interface Reader {
  offered(body: JsonObject): unknown;
  choice: string;
  auto: unknown;
  required: unknown;
}

const listed = (body: JsonObject, path: string, name: string) =>
  [at(body, path) ?? []].flat().map((tool) => at(Object(tool), name));

const readers: Partial<Record<DialectId, Reader>> = {
  'openai-chat': {
    offered: (body) => listed(body, 'tools', 'function.name'),
    choice: 'tool_choice',
    auto: 'auto',
    required: 'required',
  },
  'anthropic-messages': {
    offered: (body) => listed(body, 'tools', 'name'),
    choice: 'tool_choice',
    auto: { type: 'auto' },
    required: { type: 'any' },
  },
  'bedrock-converse': {
    offered: (body) => listed(body, 'toolConfig.tools', 'toolSpec.name'),
    choice: 'toolConfig.toolChoice',
    auto: { auto: {} },
    required: { any: {} },
  },
  cohere: {
    offered: (body) => listed(body, 'tools', 'function.name'),
    choice: 'tool_choice',
    auto: undefined,
    required: 'REQUIRED',
  },
  ollama: {
    offered: (body) => listed(body, 'tools', 'function.name'),
    choice: 'tool_choice',
    auto: undefined,
    required: undefined,
  },
};

function ask(client: ClientId, body: Body, dialect: DialectId, more: Partial<Provider> = {}): JsonObject {
  return sent(plan(callOf(client, body, { model: 'm' }), deployment({ dialect, ...more })));
}

const pairs = clients.flatMap(([client, body, allowed]) =>
  Object.entries(readers).flatMap(([dialect, reader]) =>
    client === dialect ? [] : [{ client, body, allowed, dialect: dialect as DialectId, reader }],
  ),
);

describe('a choice among some tools', () => {
  test.each(pairs)('of $client to $dialect: no other is offered', ({ client, body, allowed, dialect, reader }) => {
    for (const mode of ['auto', 'required'] as const) {
      const asked = ask(client, body(mode), dialect);
      expect(reader.offered(asked)).toEqual(allowed);
      expect(at(asked, reader.choice)).toEqual(reader[mode]);
    }
  });

  test.each([
    ['openai-chat', chat('required'), ['look', 'find', 'write'], ['look', 'write']],
    [
      'openai-responses',
      responses('required'),
      ['look', 'find', 'write', 'patch', 'files__read'],
      ['look', 'patch', 'files__read'],
    ],
  ] as const)('of %s to Gemini: all are told, some may be called', (client, body, told, allowed) => {
    const asked = ask(client, body, 'gemini');
    expect(at(asked, 'tools.0.functionDeclarations')).toHaveLength(told.length);
    expect(listed(asked, 'tools.0.functionDeclarations', 'name')).toEqual(told);
    expect(at(asked, 'toolConfig.functionCallingConfig')).toEqual({ mode: 'ANY', allowedFunctionNames: allowed });
  });

  test('of chat to Gemini: where none must be called the others are not told', () => {
    const asked = ask('openai-chat', chat('auto'), 'gemini');
    expect(listed(asked, 'tools.0.functionDeclarations', 'name')).toEqual(['look', 'write']);
    expect(at(asked, 'toolConfig.functionCallingConfig')).toEqual({ mode: 'AUTO' });
  });

  test.each([chat, gemini])('to Responses: in its own words', (body) => {
    for (const mode of ['auto', 'required'] as const) {
      const asked = ask(body === chat ? 'openai-chat' : 'gemini', body(mode), 'openai-responses');
      expect(listed(asked, 'tools', 'name')).toEqual(names);
      expect(asked['tool_choice']).toEqual({
        type: 'allowed_tools',
        mode,
        tools: ['look', 'write'].map((name) => ({ type: 'function', name })),
      });
    }
  });

  test('of a client to its own dialect: as it was written, also where bytes do not pass', () => {
    const quirks = { requiredAsAny: true };
    expect(ask('openai-chat', chat('required'), 'openai-chat', { quirks })['tool_choice']).toEqual(
      chat('required')['tool_choice'],
    );
  });

  test('and a schema by a forced tool: all that may be called can be called', () => {
    const output = { type: 'json_schema', json_schema: { name: 'answer', schema } };
    const asked = ask('openai-chat', { ...chat('required'), response_format: output }, 'openai-chat', {
      lacks: ['schema-output'],
    });
    expect(listed(asked, 'tools', 'function.name')).toEqual(['look', 'write', 'json_tool_call']);
    expect(asked['tool_choice']).toBe('required');
  });
});
