import { describe, expect, test } from 'vitest';
import type { OpenAIChatQuirks } from '../../../src/dialects/openai-chat/quirks.ts';
import type { JsonObject } from '../../../src/hub/index.ts';
import { isObject } from '../../../src/wire/index.ts';
import { validate } from '../validators.ts';
import { decode, provider } from './drive.ts';

const strict: OpenAIChatQuirks = {
  noNames: true,
  messageFields: ['prefix'],
  shortCallIds: true,
  strictTurns: true,
  documentUrls: true,
};

function sent(messages: JsonObject[], quirks: OpenAIChatQuirks = strict): JsonObject[] {
  const body = provider.encodeRequest(decode({ model: 'm', messages }), quirks);
  expect(validate('mistral', body, 'request').errors).toEqual([]);
  return Array.isArray(body.messages) ? body.messages.filter(isObject) : [];
}

const user = { role: 'user', content: 'hi' };
const call = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } });
const result = (id: string) => ({ role: 'tool', tool_call_id: id, content: 'r' });

describe('a server that is strict about conversations', () => {
  test.each(['toolu_01AbCdEf', 'call_1', 'call_2', 'abcDEF123', '', 'ü'])('the id %j', (id) => {
    const turn = { role: 'assistant', content: null, tool_calls: [call(id)] };
    const [, said, answered] = sent([user, turn, result(id)]);
    const again = sent([user, turn, result(id), { role: 'assistant', content: 'x' }, user]);
    expect(said).toEqual(again[1]);
    if (id === 'abcDEF123') expect(answered?.tool_call_id).toBe(id);
    else expect(answered?.tool_call_id).toMatch(/^[a-zA-Z0-9]{9}$/);
  });

  test('ids stay apart', () => {
    const ids = Array.from({ length: 2000 }, (_, n) => `call_${n}`);
    const turn = { role: 'assistant', content: null, tool_calls: ids.map(call) };
    const got = sent([user, turn, ...ids.map(result)]).slice(2);
    expect(new Set(got.map((message) => message.tool_call_id)).size).toBe(ids.length);
  });

  test.each(['user', 'system'])('a %s right after a tool', (role) => {
    const turn = { role: 'assistant', content: null, tool_calls: [call('a')] };
    const messages = [user, turn, result('a'), { role, content: 'x' }, user];
    const roles = sent(messages).map((message) => message.role);
    expect(roles).toEqual(['user', 'assistant', 'tool', 'assistant', role, 'user']);
  });

  test('an answer begun by the client', () => {
    expect(sent([user, { role: 'assistant', content: 'It is' }]).at(-1)).toEqual({
      role: 'assistant',
      content: 'It is',
      prefix: true,
    });
  });

  test('an answer as OpenAI’s SDK sends it back', () => {
    const answer = {
      role: 'assistant',
      content: 'no',
      refusal: null,
      annotations: [],
      audio: null,
      function_call: null,
      tool_calls: null,
      provider_specific_fields: {},
    };
    expect(sent([user, answer, user])[1]).toEqual({ role: 'assistant', content: 'no' });
  });

  test('a refusal is text', () => {
    expect(sent([user, { role: 'assistant', content: null, refusal: 'I cannot' }, user])[1]).toEqual({
      role: 'assistant',
      content: 'I cannot',
    });
  });

  test('a PDF file', () => {
    const file = { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' };
    expect(sent([{ role: 'user', content: [{ type: 'file', file }] }])[0]?.content).toEqual([
      { type: 'document_url', document_url: file.file_data, document_name: 'a.pdf' },
    ]);
  });
});
