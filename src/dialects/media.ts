import {
  type Facts,
  type JsonObject,
  type MediaForm as MediaFormId,
  type MediaOperation,
  ProxyError,
} from '../hub/index.ts';
import { isObject, type JsonValue, type Members } from '../wire/index.ts';
import type { Given } from './dialect.ts';
import { canvas, content, diffusion, predict, readMediaUsage } from './images.ts';
import { type MediaForm, unusableMedia } from './media-form.ts';
import { rankingFacts, readRanking, strings, texts, topK } from './rerank.ts';

export type { MediaForm } from './media-form.ts';

/** Forms other than the client's own, by the word of the provider's row. */
export const mediaForms: Readonly<Record<MediaFormId, MediaForm>> = {
  strings,
  'top-k': topK,
  texts,
  predict,
  content,
  canvas,
  diffusion,
};

/** The least that a body must be. Throws invalid-request with the field's name. */
export function checkMedia(operation: MediaOperation, body: Members): void {
  switch (operation) {
    case 'images':
    case 'image-edits':
      demandText(body, 'prompt');
      return;
    case 'speech':
      demandText(body, 'input');
      return;
    case 'moderations': {
      const input = demand(body, 'input');
      if (typeof input !== 'string' && !Array.isArray(input)) throw wrong('input', 'must be a string or an array');
      if (input.length === 0) throw wrong('input', 'must not be empty');
      return;
    }
    case 'rerank': {
      demandText(body, 'query');
      const documents = demand(body, 'documents');
      if (!Array.isArray(documents)) throw wrong('documents', 'must be an array');
      if (documents.length === 0) throw wrong('documents', 'must not be empty');
      return;
    }
    case 'image-variations':
    case 'transcription':
    case 'translation':
      throw wrong('', 'the body must be multipart/form-data with a file');
  }
}

function demand(body: Members, word: string): JsonValue {
  const value = body.has(word) ? body.get(word) : undefined;
  if (value === undefined || value === null) throw wrong(word, '', `Missing required parameter: '${word}'.`);
  return value;
}

function demandText(body: Members, word: string): void {
  const value = demand(body, word);
  if (typeof value !== 'string') throw wrong(word, 'must be a string');
  if (value === '') throw wrong(word, 'must not be empty');
}

function wrong(param: string, problem: string, message = param === '' ? problem : `'${param}' ${problem}`): ProxyError {
  return new ProxyError('invalid-request', message, param === '' ? {} : { param });
}

/** What a reply in the client's form says, and what it lacks of that form (`set`, by top-level member). */
interface MediaReply {
  facts: Facts;
  set: JsonObject;
}

/** `model`: as the client wrote it, '' when it named none; `asked`: its request, where the answer depends on it. */
interface Wanted {
  model: string;
  asked(): JsonObject;
  given: Given;
}

/** Reads a whole reply. Throws bad-upstream-reply when it is not what the operation answers. */
export function readMedia(operation: MediaOperation, reply: JsonObject, { model, asked, given }: Wanted): MediaReply {
  switch (operation) {
    case 'images':
    case 'image-edits':
    case 'image-variations': {
      if (!Array.isArray(reply['data'])) throw unusableMedia('it holds no images');
      const created = typeof reply['created'] === 'number' ? {} : { created: Math.floor(given.now() / 1000) };
      return { facts: counted(reply), set: created };
    }
    case 'speech':
    case 'transcription':
    case 'translation':
      return { facts: counted(reply), set: {} };
    case 'moderations': {
      const { id, results } = reply;
      if (!Array.isArray(results)) throw unusableMedia('it holds no results');
      const set: JsonObject = typeof id === 'string' ? {} : { id: given.id('modr-') };
      if (model !== '' && reply['model'] !== model) set['model'] = model;
      if (results.some((one) => isObject(one) && one['flagged'] === undefined)) set['results'] = results.map(judged);
      return { facts: counted(reply), set };
    }
    case 'rerank': {
      const ranking = readRanking(reply, asked(), given);
      const whole = typeof reply['id'] === 'string' && Array.isArray(reply['results']) && isObject(reply['meta']);
      return { facts: rankingFacts(ranking), set: whole ? {} : ranking };
    }
  }
}

function counted(reply: JsonObject): Facts {
  const usage = readMediaUsage(reply['usage']);
  return usage === undefined ? {} : { usage };
}

/** Some say only which categories were hit. */
function judged(result: JsonValue): JsonValue {
  if (!isObject(result) || !isObject(result['categories'])) return result;
  return { flagged: Object.values(result['categories']).includes(true), ...result };
}
