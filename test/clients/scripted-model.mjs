/** A model of Anthropic's that follows a script: ten turns with the tools of one agent, each seen by the calls before it. */
import { createServer } from 'node:http';

const event = (type, data) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;

export async function startScriptedModel(agent, project) {
  const steps = agent.steps(project);
  const server = createServer((req, res) => {
    let text = '';
    req.on('data', (chunk) => {
      text += chunk;
    });
    req.on('end', () => {
      if (req.url.includes('count_tokens')) return send(res, { input_tokens: Math.ceil(text.length / 4) });
      const body = JSON.parse(text || '{}');
      const main = JSON.stringify(body.tools ?? []).includes(`"name":"${agent.tool}"`);
      const turn = (body.messages ?? []).filter(({ role, content }) => role === 'assistant' && hasCall(content)).length;
      const step = main ? (steps[turn] ?? { say: 'All is done.' }) : { say: 'A short title' };
      answer(res, body, step, turn);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

function hasCall(content) {
  return Array.isArray(content) && content.some(({ type }) => type === 'tool_use');
}

function send(res, body) {
  res.writeHead(200, { 'content-type': 'application/json' });
  res.end(JSON.stringify(body));
}

function answer(res, body, { think, say, calls = [] }, turn) {
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
