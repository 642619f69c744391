import { mediaForms, providers, readMedia } from '../dialects/index.ts';
import {
  type Deployment,
  type Facts,
  type Headers,
  isMedia,
  type JsonObject,
  type MediaOperation,
  ProxyError,
  type Target,
} from '../hub/index.ts';
import { edit, isObject, members, readJson, splice } from '../wire/index.ts';
import type { Call, Outgoing, Whole } from './call.ts';
import { bytesRelay, framesRelay } from './media-relay.ts';
import { blame, readObject } from './reading.ts';
import { steer, steers } from './steering.ts';

/**
 * An image, a voice, a judgement or a ranking, asked for in JSON: the client's bytes go up but for the model's name, unless
 * the row says that its provider has another form. Throws not-found where the provider has no such endpoint.
 */
export function planMedia(call: Call, to: Deployment): Outgoing {
  const operation = mediaOf(call);
  const target = mediaTarget(operation, to);
  const { alsoDrop, extraBody, dropParams } = steer(call.body);
  const steering = call.body.names.filter((word) => steers(word) !== undefined || word === 'metadata');
  const named = steering.filter((word) => steers(word) === 'named');
  const form = formOf(to, operation);
  if (form === undefined) {
    const omitted = to.row.omits ?? [];
    const model = to.model === '' || omitted.includes('model') ? {} : { model: to.model };
    const lacking = Object.entries(to.adds ?? {}).filter(([word]) => !call.body.has(word));
    const set = { ...Object.fromEntries(lacking), ...model, ...extraBody, ...to.row.adds };
    const body = splice(call.body, { set, drop: [...steering, ...alsoDrop, ...omitted] });
    return { target, body, dropped: named, stream: call.stream, ...hearing(call, to, operation) };
  }
  const asked: JsonObject = { ...to.adds, ...edit(call.parsed(), { drop: [...steering, ...alsoDrop] }) };
  const lost = form.lost(asked);
  if (lost.length > 0 && !dropParams && !to.dropParams) throw unsupported(lost, to);
  const encoded = form.encodeRequest(asked, to.model);
  const body = edit({ ...encoded, ...extraBody, ...to.row.adds }, { drop: [...(to.row.omits ?? [])] });
  return {
    target,
    body: Buffer.from(JSON.stringify(body)),
    dropped: [...named, ...lost],
    stream: false,
    ...hearing(call, to, operation),
  };
}

/** A form with files: where it goes and how its reply is read; its parts are written elsewhere. */
export function planUpload(call: Call, to: Deployment): Outgoing {
  const operation = mediaOf(call);
  const none = Buffer.alloc(0);
  const target = mediaTarget(operation, to);
  return { target, body: none, dropped: [], stream: call.stream, ...hearing(call, to, operation) };
}

function mediaOf({ operation }: Call): MediaOperation {
  if (isMedia(operation)) return operation;
  throw new ProxyError('internal', `${operation} is no media operation`);
}

/** The row's own path for the operation. Throws not-found. */
function mediaTarget(operation: MediaOperation, to: Deployment): Target {
  const own = to.row.paths?.[operation];
  const path = typeof own === 'string' ? own : own?.[0];
  if (path === undefined) throw noEndpoint(operation, to);
  if (path.includes('{model}') && to.model === '') {
    throw new ProxyError('invalid-request', "Missing required parameter: 'model'.", { param: 'model' });
  }
  return {
    method: 'POST',
    path: path.replaceAll('{model}', () => encodeURIComponent(to.model)),
    headers: { 'content-type': 'application/json' },
  };
}

const endpoints: Readonly<Record<MediaOperation, string>> = {
  images: '/v1/images/generations',
  'image-edits': '/v1/images/edits',
  'image-variations': '/v1/images/variations',
  speech: '/v1/audio/speech',
  transcription: '/v1/audio/transcriptions',
  translation: '/v1/audio/translations',
  moderations: '/v1/moderations',
  rerank: '/v1/rerank',
};

function noEndpoint(operation: MediaOperation, { provider, model }: Deployment): ProxyError {
  const text = `${provider.title} (${provider.id}) has no ${endpoints[operation]}: nothing was sent`;
  const type = 'invalid_request_error';
  return new ProxyError('not-found', text, { type, code: 'unsupported_endpoint', provider: provider.id, model });
}

function unsupported(words: readonly string[], { provider, model }: Deployment): ProxyError {
  const text = `${provider.id} does not support parameters: ${words.join(', ')}, for model=${model}. To drop these, set \`drop_params\`.`;
  return new ProxyError('unsupported-params', text, { param: words[0] ?? '', provider: provider.id, model });
}

function formOf({ row }: Deployment, operation: MediaOperation) {
  const form = row.forms?.[operation];
  return form === undefined ? undefined : mediaForms[form];
}

/** How a reply is read: by its content-type, as everywhere. */
function hearing(call: Call, to: Deployment, operation: MediaOperation): Pick<Outgoing, 'reply' | 'refused'> {
  const side = providers[to.row.dialect].provider;
  const blamed = (thrown: unknown): ProxyError => blame(thrown, { to });
  return {
    reply: ({ status, headers }) => {
      if (status < 200 || status > 299) return blamed(unusable(`it has the status ${status}`));
      const { type, whole } = typeOf(headers);
      if (type === 'text/event-stream') return framesRelay(call, side, blamed);
      if (type === 'application/json' || type.endsWith('+json') || type === '') return jsonReply(call, to, operation);
      if (type === 'text/html') return blamed(unusable('it is a page'));
      if (operation === 'speech') return bytesRelay(call, whole);
      if (textual(operation)) return { kind: 'whole', type: whole, read: (body) => ({ body, facts: {} }) };
      return blamed(unusable(`its content-type is ${JSON.stringify(type)}`));
    },
    refused: (status, headers, body) =>
      blamed(status > 599 ? unusable(`it has the status ${status}`) : side.decodeError(status, headers, body)),
  };
}

/** Transcripts come as text and as subtitles too. */
function textual(operation: MediaOperation): boolean {
  return operation === 'transcription' || operation === 'translation';
}

function jsonReply(call: Call, to: Deployment, operation: MediaOperation): Whole {
  const form = formOf(to, operation);
  const asked = (): JsonObject => call.parsed();
  const read = (bytes: Buffer): { body: Buffer | string; facts: Facts } => {
    const { given } = call;
    const list = form === undefined ? undefined : readJson(bytes.toString('utf8'));
    const own = form === undefined || list === undefined ? undefined : form.decodeResponse(list, asked(), given);
    const reply = own ?? readText(bytes, operation, asked()) ?? readObject(bytes);
    const { facts, set } = readMedia(operation, reply, { model: call.model, asked, given });
    if (own !== undefined) return { body: JSON.stringify({ ...own, ...set }), facts };
    return { body: Object.keys(set).length === 0 ? bytes : splice(members(bytes), { set }), facts };
  };
  return {
    kind: 'whole',
    type: 'application/json',
    read: (bytes) => {
      try {
        return read(bytes);
      } catch (thrown) {
        throw blame(thrown, { to });
      }
    },
  };
}

/** A transcript may be one JSON text; some servers say JSON of a transcript in plain text, where one was asked for. */
function readText(bytes: Buffer, operation: MediaOperation, asked: JsonObject): JsonObject | undefined {
  if (!textual(operation)) return undefined;
  const parsed = readJson(bytes.toString('utf8'));
  if (isObject(parsed)) return parsed;
  return typeof parsed === 'string' || plainTexts.has(String(asked['response_format'])) ? {} : undefined;
}

const plainTexts: ReadonlySet<string> = new Set(['text', 'srt', 'vtt']);

function typeOf(headers: Headers): { type: string; whole: string } {
  const value = headers['content-type'];
  const whole = (Array.isArray(value) ? value[0] : value) ?? '';
  return { type: whole.split(';', 1)[0]?.trim().toLowerCase() ?? '', whole };
}

function unusable(problem: string): ProxyError {
  return new ProxyError('bad-upstream-reply', `the provider's reply is unusable: ${problem}`);
}
