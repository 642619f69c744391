import type { Facts, Json, JsonObject, Usage } from '../hub/index.ts';
import { isObject, type JsonValue } from '../wire/index.ts';
import type { Given } from './dialect.ts';
import { type MediaForm, unusableMedia, wordsBeside } from './media-form.ts';

/** Lists of texts only, and nothing of the texts in the reply: https://docs.cohere.com/reference/rerank */
export const strings: MediaForm = {
  encodeRequest({ documents, return_documents, rank_fields, max_chunks_per_doc, ...asked }, model) {
    return { ...asked, model, documents: textsOf(documents) };
  },
  lost: (asked) => wordsIn(asked, ['rank_fields', 'max_chunks_per_doc']),
  decodeResponse: readRanking,
};

/** https://docs.voyageai.com/reference/reranker-api */
export const topK: MediaForm = {
  encodeRequest({ documents, top_n, rank_fields, max_chunks_per_doc, max_tokens_per_doc, ...asked }, model) {
    return { ...asked, model, documents: textsOf(documents), ...(isCount(top_n) ? { top_k: top_n } : {}) };
  },
  lost: (asked) => wordsIn(asked, ['rank_fields', 'max_chunks_per_doc', 'max_tokens_per_doc']),
  decodeResponse: readRanking,
};

/** https://huggingface.github.io/text-embeddings-inference: all texts come back, and which is best is ours to cut. */
export const texts: MediaForm = {
  encodeRequest({ query = null, documents, return_documents, truncate, raw_scores }) {
    const body: JsonObject = { query, texts: textsOf(documents), return_text: return_documents === true };
    if (truncate !== undefined) body['truncate'] = truncate;
    if (raw_scores !== undefined) body['raw_scores'] = raw_scores;
    return body;
  },
  lost: (asked) =>
    wordsBeside(asked, ['model', 'query', 'documents', 'top_n', 'return_documents', 'truncate', 'raw_scores']),
  decodeResponse(reply, asked, given) {
    const ranking = readRanking(reply, asked, given);
    const { top_n } = asked;
    const results = Array.isArray(ranking['results']) ? ranking['results'] : [];
    return { ...ranking, results: isCount(top_n) ? results.slice(0, top_n) : results };
  },
};

/**
 * A ranking of any of the known forms as Cohere's: the list may be `results`, `data` or the whole reply; a text that was
 * asked for and did not come is put there. Throws bad-upstream-reply.
 */
export function readRanking(reply: JsonValue, asked: JsonObject, given: Given): JsonObject {
  const whole = isObject(reply) ? reply : {};
  const list = Array.isArray(reply) ? reply : (whole['results'] ?? whole['data']);
  if (!Array.isArray(list)) throw unusableMedia('it holds no ranking');
  const documents = Array.isArray(asked['documents']) ? asked['documents'] : [];
  const results = list.map((one, place) => readResult(one, place, asked['return_documents'] === true, documents));
  const { id } = whole;
  return {
    id: typeof id === 'string' ? id : given.id('rerank-'),
    results,
    meta: isObject(whole['meta']) ? whole['meta'] : metaOf(whole['usage']),
  };
}

function readResult(one: JsonValue, place: number, wanted: boolean, documents: readonly Json[]): JsonObject {
  const { index, relevance_score, score, document, text } = isObject(one) ? one : {};
  const rating = relevance_score ?? score;
  if (typeof index !== 'number' || typeof rating !== 'number') {
    throw unusableMedia(`results[${place}] has no index or no score`);
  }
  const own = document ?? text ?? (wanted ? documents[index] : undefined);
  const told = typeof own === 'string' ? { text: own } : own;
  return {
    index,
    relevance_score: rating,
    ...(wanted && told !== undefined && told !== null ? { document: told } : {}),
  };
}

function metaOf(usage: JsonValue | undefined): JsonObject {
  const { total_tokens, search_units } = isObject(usage) ? usage : {};
  if (typeof search_units === 'number') return { billed_units: { search_units } };
  return typeof total_tokens === 'number'
    ? { billed_units: { total_tokens }, tokens: { input_tokens: total_tokens } }
    : {};
}

/** Tokens, where the reply counts them. */
export function rankingFacts({ meta }: JsonObject): Facts {
  const { tokens, billed_units } = isObject(meta) ? meta : {};
  const counted = isObject(tokens) ? tokens['input_tokens'] : undefined;
  const units = isObject(billed_units) ? billed_units['search_units'] : undefined;
  if (typeof counted !== 'number' && typeof units !== 'number') return {};
  const usage: Usage = { input: typeof counted === 'number' ? counted : 0, output: 0 };
  if (typeof units === 'number') usage.requests = units;
  return { usage };
}

/** Documents may be objects with a `text`; others are told as JSON. */
function textsOf(documents: Json | undefined): string[] {
  return (Array.isArray(documents) ? documents : []).map((one) => {
    if (typeof one === 'string') return one;
    return isObject(one) && typeof one['text'] === 'string' ? one['text'] : JSON.stringify(one);
  });
}

function wordsIn(asked: JsonObject, words: readonly string[]): string[] {
  return words.filter((word) => asked[word] !== undefined && asked[word] !== null);
}

function isCount(value: Json | undefined): value is number {
  return typeof value === 'number';
}
