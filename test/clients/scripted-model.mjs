/**
 * A model that follows a script: turns with the tools of one agent, each known by the calls before it. It speaks Anthropic's
 * form or OpenAI's chat.
 */
import { createServer } from 'node:http';

const event = (type, data) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;

const answers = { 'anthropic-messages': answerMessages, 'openai-chat': answerChat };

/** `tool`: who has it asks in the conversation itself, and not for a title. `seen`: what was asked with it. */
export async function startScriptedModel({ tool, steps, dialect = 'anthropic-messages' }) {
  const seen = [];
  const server = createServer((req, res) => {
    let text = '';
    req.on('data', (chunk) => {
      text += chunk;
    });
    req.on('end', () => {
      if (req.url.includes('count_tokens')) return send(res, { input_tokens: Math.ceil(text.length / 4) });
      const body = JSON.parse(text || '{}');
      const main = JSON.stringify(body.tools ?? []).includes(`"name":"${tool}"`);
      if (main) seen.push({ headers: req.headers, body });
      const turn = (body.messages ?? []).filter(hasCall).length;
      answers[dialect](res, body, main ? (steps[turn] ?? { say: 'All is done.' }) : { say: 'A short title' }, turn);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, seen, stop };
}

function hasCall({ role, content, tool_calls }) {
  if (role !== 'assistant') return false;
  return tool_calls?.length > 0 || (Array.isArray(content) && content.some(({ type }) => type === 'tool_use'));
}

function send(res, body) {
  res.writeHead(200, { 'content-type': 'application/json' });
  res.end(JSON.stringify(body));
}

function answerMessages(res, body, { think, say, calls = [] }, turn) {
  const thinks = think !== undefined && (body.thinking?.type ?? 'disabled') !== 'disabled';
  const signature = Buffer.from(`signature of turn ${turn}, by its maker`).toString('base64');
  const content = [
    ...(thinks ? [{ type: 'thinking', thinking: think, signature }] : []),
    ...(say === undefined ? [] : [{ type: 'text', text: say }]),
    ...calls.map(([name, input], n) => ({ type: 'tool_use', id: `toolu_${turn}_${n}`, name, input })),
  ];
  const stop_reason = calls.length > 0 ? 'tool_use' : 'end_turn';
  const message = { id: `msg_${turn}`, type: 'message', role: 'assistant', model: body.model, stop_sequence: null };
  const usage = { input_tokens: 100 + turn, output_tokens: 20 };
  if (!body.stream) return send(res, { ...message, content, stop_reason, usage });
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  res.write(event('message_start', { message: { ...message, content: [], stop_reason: null, usage } }));
  for (const [index, block] of content.entries()) {
    res.write(event('content_block_start', { index, content_block: empty(block) }));
    for (const delta of deltasOf(block)) res.write(event('content_block_delta', { index, delta }));
    res.write(event('content_block_stop', { index }));
  }
  res.write(event('message_delta', { delta: { stop_reason, stop_sequence: null }, usage }));
  res.end(event('message_stop', {}));
}

function empty(block) {
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  return block.type === 'text' ? { type: 'text', text: '' } : { ...block, input: {} };
}

function deltasOf(block) {
  if (block.type === 'text') return [{ type: 'text_delta', text: block.text }];
  if (block.type === 'tool_use') return [{ type: 'input_json_delta', partial_json: JSON.stringify(block.input) }];
  return [
    { type: 'thinking_delta', thinking: block.thinking },
    { type: 'signature_delta', signature: block.signature },
  ];
}

function answerChat(res, body, { say = null, calls = [] }, turn) {
  const tool_calls = calls.map(([name, input], n) => {
    return { id: `call_${turn}_${n}`, type: 'function', function: { name, arguments: JSON.stringify(input) } };
  });
  const finish_reason = calls.length > 0 ? 'tool_calls' : 'stop';
  const head = { id: `chatcmpl-${turn}`, created: 1, model: body.model };
  const usage = { prompt_tokens: 100 + turn, completion_tokens: 20, total_tokens: 120 + turn };
  if (!body.stream) {
    const message = { role: 'assistant', content: say, ...(calls.length > 0 ? { tool_calls } : {}) };
    return send(res, { ...head, object: 'chat.completion', choices: [{ index: 0, message, finish_reason }], usage });
  }
  const chunk = (choices, more = {}) =>
    res.write(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices, ...more })}\n\n`);
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  chunk([{ index: 0, delta: { role: 'assistant', content: say }, finish_reason: null }]);
  for (const [index, call] of tool_calls.entries()) {
    chunk([{ index: 0, delta: { tool_calls: [{ index, ...call }] }, finish_reason: null }]);
  }
  chunk([{ index: 0, delta: {}, finish_reason }]);
  chunk([], { usage });
  res.end('data: [DONE]\n\n');
}
