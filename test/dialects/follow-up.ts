import { type JsonObject, thoughtMark } from '../../src/hub/index.ts';
import type { WrittenId } from './codecs.ts';
import type { ChatReply, ChatRequest, MessagesReply, MessagesRequest } from './wire-shapes.ts';

/** The next request of a client that keeps the reply as it came, answers its calls and goes on. */
export function followUp(client: WrittenId, request: JsonObject, reply: JsonObject): JsonObject {
  const asked = JSON.stringify(request);
  const answer = JSON.stringify(reply);
  switch (client) {
    case 'openai-chat':
      return JSON.parse(JSON.stringify(followChat(JSON.parse(asked), JSON.parse(answer))));
    case 'anthropic-messages':
      return JSON.parse(JSON.stringify(followMessages(JSON.parse(asked), JSON.parse(answer))));
  }
}

function followChat(request: ChatRequest, reply: ChatReply): ChatRequest {
  const message = reply.choices[0]?.message ?? {};
  const results = (message.tool_calls ?? []).map((call) => ({
    role: 'tool',
    tool_call_id: call.id ?? '',
    // Without the proof that may lie behind the id.
    content: `result of ${call.id?.split(thoughtMark)[0]}`,
  }));
  return {
    ...request,
    messages: [...request.messages, message, ...results, { role: 'user', content: 'Go on.' }],
  };
}

function followMessages(request: MessagesRequest, reply: MessagesReply): MessagesRequest {
  const results = reply.content
    .filter((block) => block.type === 'tool_use')
    .map((block) => ({
      type: 'tool_result',
      tool_use_id: block.id ?? '',
      content: `result of ${block.id}`,
    }));
  return {
    ...request,
    messages: [
      ...request.messages,
      { role: 'assistant', content: reply.content },
      { role: 'user', content: [...results, { type: 'text', text: 'Go on.' }] },
    ],
  };
}
