// A provider that costs next to nothing: ready-made replies of OpenAI's and Anthropic's form, streams of 100 tokens with
// one write for each event, as real servers write them.
import { createServer } from 'node:http';

const tokens = Array.from({ length: 100 }, (_, index) => ` word${index}`);
const sse = (events) => events.map(Buffer.from);
const head = { id: 'chatcmpl-bench', created: 1_767_225_600, model: 'x', system_fingerprint: 'fp_0123456789' };
const chunk = (choices, usage = null) =>
  `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices, usage })}\n\n`;
const delta = (content, finish = null) => chunk([{ index: 0, delta: content, logprobs: null, finish_reason: finish }]);
const usage = { prompt_tokens: 20, completion_tokens: 100, total_tokens: 120 };
const message = { role: 'assistant', content: tokens.join(''), refusal: null };
const event = (data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
const said = { id: 'msg_bench', type: 'message', role: 'assistant', model: 'claude-x', stop_sequence: null };

const replies = {
  '/v1/chat/completions': {
    whole: Buffer.from(
      JSON.stringify({
        ...head,
        object: 'chat.completion',
        choices: [{ index: 0, message, logprobs: null, finish_reason: 'stop' }],
        usage,
      }),
    ),
    stream: sse([
      delta({ role: 'assistant', content: '', refusal: null }),
      ...tokens.map((content) => delta({ content })),
      delta({}, 'stop'),
      chunk([], usage),
      'data: [DONE]\n\n',
    ]),
  },
  '/v1/messages': {
    whole: Buffer.from(
      JSON.stringify({
        ...said,
        content: [{ type: 'text', text: tokens.join('') }],
        stop_reason: 'end_turn',
        usage: { input_tokens: 20, output_tokens: 100 },
      }),
    ),
    stream: sse([
      event({
        type: 'message_start',
        message: { ...said, content: [], stop_reason: null, usage: { input_tokens: 20, output_tokens: 1 } },
      }),
      event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
      ...tokens.map((text) => event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
      event({ type: 'content_block_stop', index: 0 }),
      event({
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens: 100 },
      }),
      event({ type: 'message_stop' }),
    ]),
  },
};

const server = createServer((req, res) => {
  const chunks = [];
  req.on('data', (bytes) => chunks.push(bytes));
  req.on('end', () => {
    const reply = replies[req.url?.split('?')[0]];
    if (reply === undefined) {
      res.writeHead(404).end();
    } else if (Buffer.concat(chunks).includes('"stream":true')) {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const bytes of reply.stream) res.write(bytes);
      res.end();
    } else {
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': reply.whole.length });
      res.end(reply.whole);
    }
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
