import { type HubRequest, type JsonObject, ProxyError, sealPrefix } from '../../hub/index.ts';
import { isObject, readJson } from '../../wire/index.ts';
import type { Given } from '../dialect.ts';

/**
 * A long conversation made short by a model whose provider has no such thing: it is asked for a summary in plain words,
 * which travels where OpenAI's own, unreadable one does. Sealed, so that no provider of this form takes it for its own.
 */

const instruction = [
  'The conversation so far is about to be replaced by a summary of it, which you write now. You will go on with the task from',
  'that summary and the messages of the user alone, so leave out nothing that you need: what the user wants, with every',
  'constraint and preference; what has been done and found out; files, commands, names and values that matter, exactly as they',
  'are; decisions and their reasons; what failed and why; what remains to be done, and the next step. Do not go on with the task',
  'and call no tools. Answer with the summary only.',
].join(' ');

/** The request for a summary: what was said, and the wish for one. Throws nothing. */
export function askSummary(request: HubRequest): HubRequest {
  const { tools: _tools, toolChoice: _choice, output: _output, ...rest } = request;
  const wish = { role: 'user' as const, blocks: [{ type: 'text' as const, text: instruction }] };
  return { ...rest, stream: false, messages: [...request.messages, wish] };
}

/**
 * The conversation made short: the messages of the user as they were, and the summary. `asked`: the body that was asked;
 * `answer`: what the model answered to `askSummary`. Throws bad-upstream-reply where it holds no summary.
 */
export function writeCompaction(asked: JsonObject, answer: JsonObject, given: Given): JsonObject {
  const summary = answerText(answer);
  if (summary === '' || answer.status !== 'completed') {
    throw new ProxyError('bad-upstream-reply', 'the model gave no complete summary of the conversation');
  }
  return {
    id: answer.id ?? given.id('resp_'),
    object: 'response.compaction',
    created_at: answer.created_at ?? Math.floor(given.now() / 1000),
    output: [
      ...userMessages(asked.input, given),
      { id: given.id('cmp_'), type: 'compaction', encrypted_content: sealSummary(summary) },
    ],
    usage: answer.usage ?? null,
  };
}

function answerText({ output }: JsonObject): string {
  const items = Array.isArray(output) ? output.filter(isObject) : [];
  const parts = items.flatMap(({ type, content }) => (type === 'message' && Array.isArray(content) ? content : []));
  return parts
    .flatMap((part) =>
      isObject(part) && part.type === 'output_text' && typeof part.text === 'string' ? [part.text] : [],
    )
    .join('')
    .trim();
}

function userMessages(input: JsonObject[string] | undefined, given: Given): JsonObject[] {
  if (typeof input === 'string') return [userMessage({ content: input }, given)];
  const items = Array.isArray(input) ? input.filter(isObject) : [];
  return items.filter((item) => item.role === 'user').map((item) => userMessage(item, given));
}

function userMessage({ id, content = '' }: JsonObject, given: Given): JsonObject {
  return {
    id: id ?? given.id('msg_'),
    type: 'message',
    status: 'completed',
    role: 'user',
    content: typeof content === 'string' ? [{ type: 'input_text', text: content }] : content,
  };
}

function sealSummary(summary: string): string {
  return Buffer.from(JSON.stringify({ modelport: 1, summary })).toString('base64');
}

/** What the model is told of the conversation before; undefined: the item is not ours. */
export function readCompaction({ encrypted_content: sealed }: JsonObject): string | undefined {
  if (typeof sealed !== 'string' || !sealed.startsWith(sealPrefix)) return undefined;
  const read = readJson(Buffer.from(sealed, 'base64').toString('utf8'));
  const summary = isObject(read) ? read.summary : undefined;
  return typeof summary === 'string' ? `Summary of the conversation before this point:\n\n${summary}` : undefined;
}
