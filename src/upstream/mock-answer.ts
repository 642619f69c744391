import type { Json, JsonObject } from '../hub/index.ts';
import { asArray, isObject } from '../wire/index.ts';
import { satisfy } from './mock-schema.ts';

/** What a mock model says to a chat completions request; texts in the pieces in which a stream tells them. */
export interface MockAnswer {
  pieces: readonly string[];
  call?: { id: string; name: string; pieces: readonly string[] };
  finish: 'stop' | 'length' | 'tool_calls';
}

const mostPieces = 200;
const prose = [
  'The harbour wakes before the town does. Ropes creak, a gull complains, and the first boat slides out between the',
  'stone arms of the mole while the lamp at its end still turns. On the quay a man counts crates twice, because the',
  'first time he was thinking of something else.\n\nBy eight the market is loud. Nobody shouts about the fish, which',
  'everyone can see, but about the weather, which nobody can change. A girl draws the clouds on the back of a receipt',
  'and asks each customer which one looks most like rain. Her list of answers is longer than her list of sales, and',
  'she keeps it with more care.\n\nAt noon the wind turns. Doors close along the front, one after the other, as if',
  'somebody walked past and pushed them. The boats come home early and tie up close together. What they caught is',
  'little, but what they tell is long, and it is told again in the evening, when the lamp begins to turn and the',
  'harbour, which has heard it all before, goes to sleep.',
].join(' ');

/** Repeats the last user text, as JSON where the request asks for JSON. */
export function echo(request: JsonObject): MockAnswer {
  return say(request, lastText(request, 'user'), 1);
}

/** Says what the request brings for it (`mock_response`). */
export function told(request: JsonObject): MockAnswer {
  const { mock_response: response } = request;
  if (response === undefined) return echo(request);
  return say(
    { ...request, response_format: null },
    typeof response === 'string' ? response : JSON.stringify(response),
    1,
  );
}

/** Some paragraphs in about sixty pieces. */
export function recite(request: JsonObject): MockAnswer {
  return say(request, prose, 3);
}

/** Calls the first tool or the chosen one; quotes a tool's result; repeats the user where there is no tool to call. */
export function callTool(request: JsonObject): MockAnswer {
  const messages = asArray(request['messages'], 'messages');
  const last = messages.at(-1);
  if (isObject(last) && last['role'] === 'tool')
    return say(request, `The tool answered: "${textOf(last['content'])}"`, 1);
  const tool = chosenTool(request);
  if (tool === undefined) return echo(request);
  const args = JSON.stringify(satisfy(tool['parameters'] ?? { type: 'object' }));
  const call = {
    id: `call_mock_${messages.length}`,
    name: String(tool['name']),
    pieces: cut(args.split(/(?<=,)/), 1),
  };
  return { pieces: [], call, finish: 'tool_calls' };
}

/** Four characters are about a token; never 0. */
export function countTokens(text: string): number {
  return Math.max(1, Math.ceil(text.length / 4));
}

function say(request: JsonObject, text: string, wordsInPiece: number): MockAnswer {
  const whole = asFormat(request['response_format'], text);
  const most = request['max_completion_tokens'] ?? request['max_tokens'];
  const limit = typeof most === 'number' && most >= 1 ? Math.floor(most) * 4 : whole.length;
  const words = whole.slice(0, limit).split(/(?<=\s)(?=\S)/);
  return { pieces: cut(words, wordsInPiece), finish: whole.length > limit ? 'length' : 'stop' };
}

function asFormat(format: Json | undefined, text: string): string {
  if (!isObject(format)) return text;
  const { type, json_schema: wanted } = format;
  if (type === 'json_schema' && isObject(wanted)) return JSON.stringify(satisfy(wanted['schema']));
  return type === 'json_object' ? JSON.stringify({ text }) : text;
}

/** At most so many pieces that a long echo is no flood of events. */
function cut(words: readonly string[], together: number): string[] {
  const size = Math.max(together, Math.ceil(words.length / mostPieces));
  return Array.from({ length: Math.ceil(words.length / size) }, (_, index) =>
    words.slice(index * size, (index + 1) * size).join(''),
  );
}

function chosenTool(request: JsonObject): JsonObject | undefined {
  const { tools, tool_choice: choice } = request;
  if (!Array.isArray(tools) || choice === 'none') return undefined;
  const functions = tools.flatMap((tool) => (isObject(tool) && isObject(tool['function']) ? [tool['function']] : []));
  const wanted = isObject(choice) && isObject(choice['function']) ? choice['function']['name'] : undefined;
  return functions.find((one) => one['name'] === wanted) ?? functions[0];
}

function lastText(request: JsonObject, role: string): string {
  const messages = asArray(request['messages'], 'messages');
  const last = messages.findLast((message) => isObject(message) && message['role'] === role) ?? messages.at(-1);
  return isObject(last) ? textOf(last['content']) : '';
}

function textOf(content: Json | undefined): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : '')).join('');
}
