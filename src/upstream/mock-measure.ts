import { createHash } from 'node:crypto';
import type { JsonObject } from '../hub/index.ts';
import { asArray, asString, FieldError, isObject, type JsonMap, type JsonValue } from '../wire/index.ts';

/** What mock models measure: vectors, judgements and rankings, computed from the text and the same every time. */

const usualLength = 1536;

/** Unit vectors by the words of each text: those that share words are near each other. */
export function vectors(body: JsonMap, model: string): JsonObject {
  const inputs = inputsOf(body['input']);
  const length = typeof body['dimensions'] === 'number' ? body['dimensions'] : usualLength;
  if (!Number.isInteger(length) || length < 1 || length > 4096)
    throw new FieldError('dimensions', 'must be from 1 to 4096');
  const data = inputs.map((input, index) => {
    const vector = vectorOf(input, length);
    const embedding = body['encoding_format'] === 'base64' ? asBase64(vector) : [...vector];
    return { object: 'embedding', index, embedding };
  });
  const tokens = inputs.reduce((sum, input) => sum + Math.max(1, Math.ceil(input.length / 4)), 0);
  return { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

function inputsOf(input: JsonValue | undefined): string[] {
  if (typeof input === 'string') return [input];
  const list = asArray(input, 'input');
  if (list.every((one) => typeof one === 'number')) return [list.join(' ')];
  return list.map((one, index) => (Array.isArray(one) ? one.join(' ') : asString(one, `input[${index}]`)));
}

function vectorOf(text: string, length: number): Float32Array {
  const vector = new Float32Array(length);
  for (const word of ['', ...wordsOf(text)]) {
    const place = createHash('sha256').update(word).digest().readUInt32LE(0) % length;
    vector[place] = (vector[place] ?? 0) + 1;
  }
  const size = Math.hypot(...vector);
  return vector.map((value) => value / size);
}

/** Float32 values, little-endian. */
function asBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(4 * vector.length);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, 4 * index);
  return bytes.toString('base64');
}

const categories: Readonly<Record<string, RegExp | undefined>> = {
  harassment: /\b(?:idiot|loser|stupid|moron)\b/i,
  'harassment/threatening': /\b(?:i will (?:hurt|kill)|watch your back)\b/i,
  hate: /\bhate (?:all|those|them)\b/i,
  'hate/threatening': undefined,
  illicit: /\b(?:steal|counterfeit|launder)\b/i,
  'illicit/violent': /\b(?:build|make) an? (?:bomb|weapon)\b/i,
  'self-harm': /\b(?:suicide|kill myself|hurt myself)\b/i,
  'self-harm/intent': /\bi (?:want|am going) to (?:kill|hurt) myself\b/i,
  'self-harm/instructions': undefined,
  sexual: /\b(?:porn|nude)\b/i,
  'sexual/minors': undefined,
  violence: /\b(?:kill|murder|stab|shoot|bomb)\b/i,
  'violence/graphic': /\b(?:gore|dismember)/i,
};

/** Each text for itself; parts of one message together. */
export function judge(body: JsonMap, model: string): JsonObject {
  const { input } = body;
  const parts = Array.isArray(input) && input.every((one) => typeof one !== 'string');
  const texts = parts ? [asArray(input, 'input').map(textOf).join(' ')] : inputsOf(input);
  const id = createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 24);
  return { id: `modr-${id}`, model: model === '' ? 'omni-moderation-latest' : model, results: texts.map(judged) };
}

function textOf(part: JsonValue): string {
  return isObject(part) && typeof part['text'] === 'string' ? part['text'] : '';
}

function judged(text: string): JsonObject {
  const hits = Object.entries(categories).map(([name, said]): [string, boolean] => [name, said?.test(text) === true]);
  return {
    flagged: hits.some(([, hit]) => hit),
    categories: Object.fromEntries(hits),
    category_scores: Object.fromEntries(hits.map(([name, hit]) => [name, hit ? 0.98 : 0.0001])),
    category_applied_input_types: Object.fromEntries(hits.map(([name]) => [name, ['text']])),
  };
}

/** By the part of the query's words that a document has. */
export function rank(body: JsonMap, model: string): JsonObject {
  const query = new Set(wordsOf(asString(body['query'], 'query')));
  const documents = asArray(body['documents'], 'documents');
  const texts = documents.map((one) => (typeof one === 'string' ? one : textOf(one)));
  const results = texts.map((text, index) => {
    const words = new Set(wordsOf(text));
    const shared = [...query].filter((word) => words.has(word)).length;
    const result = { index, relevance_score: query.size === 0 ? 0 : shared / query.size };
    return body['return_documents'] === true ? { ...result, document: { text } } : result;
  });
  results.sort((one, other) => other.relevance_score - one.relevance_score || one.index - other.index);
  const most = typeof body['top_n'] === 'number' ? body['top_n'] : results.length;
  const meta = { api_version: { version: '2' }, billed_units: { search_units: 1 } };
  return { id: 'rerank-mock', model, results: results.slice(0, most), meta };
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
