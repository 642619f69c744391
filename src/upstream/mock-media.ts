import type { JsonObject } from '../hub/index.ts';
import { asString, boundaryOf, FieldError, FormFilter, isObject, type JsonMap, type JsonValue } from '../wire/index.ts';
import { judge, rank, vectors } from './mock-measure.ts';
import { picture, sound } from './mock-sound.ts';

export type MockMedia = (model: string, type: string | undefined, bytes: Buffer) => Told;

/** A reply of the models inside the process that is no chat. */
interface Told {
  type: string;
  pieces: (string | Buffer)[];
}

/** What is asked at each path, in OpenAI's and Cohere's forms. Throws FieldError for what they would refuse. */
const endpoints: Readonly<Record<string, (asked: Asked) => Told>> = {
  '/embeddings': ({ body, model }) => whole(vectors(body, model)),
  '/images/generations': ({ body }) => draw(body),
  '/images/edits': ({ body }) => draw(body),
  '/images/variations': ({ body }) => draw(body),
  '/audio/speech': ({ body }) => speak(body),
  '/audio/transcriptions': (asked) => transcribe('transcription', asked),
  '/audio/translations': (asked) => transcribe('translation', asked),
  '/moderations': ({ body, model }) => whole(judge(body, model)),
  '/rerank': ({ body, model }) => whole(rank(body, model)),
};

interface Asked {
  /** The fields, where it was a form. */
  body: JsonMap;
  model: string;
  file?: { name: string; bytes: number };
}

/** What answers at a path; throws FieldError and SyntaxError. Undefined: the chat does. */
export function mediaAt(path: string): MockMedia | undefined {
  const answer = Object.hasOwn(endpoints, path) ? endpoints[path] : undefined;
  if (answer === undefined) return undefined;
  return (model, type, bytes) => {
    const boundary = boundaryOf(type);
    if (boundary !== undefined) return answer({ model, ...readForm(boundary, bytes) });
    const body: JsonValue = JSON.parse(bytes.toString('utf8'));
    if (!isObject(body)) throw new FieldError('', 'must be an object');
    return answer({ body, model });
  };
}

function readForm(boundary: string, bytes: Buffer): Pick<Asked, 'body' | 'file'> {
  const body: JsonMap = {};
  const rest: Buffer[] = [];
  const filter = new FormFilter(boundary, {
    takes: () => true,
    field: (name, value) => {
      body[name] = value;
    },
    bytes: (piece) => void rest.push(Buffer.from(piece)),
  });
  filter.push(bytes);
  if (!filter.complete) throw new FieldError('', 'is no whole form');
  const files = Buffer.concat(rest).toString('latin1');
  const found = /filename="([^"]*)"[\s\S]*?\r\n\r\n/.exec(files);
  if (found === null) return { body };
  const name = Buffer.from(found[1] ?? '', 'latin1').toString('utf8');
  const end = files.indexOf(`\r\n--${boundary}`, found.index + found[0].length);
  return { body, file: { name, bytes: end - found.index - found[0].length } };
}

function whole(body: JsonObject): Told {
  return { type: 'application/json', pieces: [JSON.stringify(body)] };
}

const created = 1_700_000_000;

function draw(body: JsonMap): Told {
  const count = Number(body['n'] ?? 1);
  const b64_json = picture.toString('base64');
  const one = body['response_format'] === 'url' ? { url: `data:image/png;base64,${b64_json}` } : { b64_json };
  if (body['stream'] === true || body['stream'] === 'true') {
    const done = { type: 'image_generation.completed', b64_json, created_at: created, usage: drawn };
    const partial = { type: 'image_generation.partial_image', b64_json, partial_image_index: 0, created_at: created };
    return events([partial, done]);
  }
  return whole({ created, data: Array.from({ length: count }, () => one), usage: drawn });
}

const drawn = {
  input_tokens: 10,
  input_tokens_details: { image_tokens: 0, text_tokens: 10 },
  output_tokens: 20,
  total_tokens: 30,
};

function events(list: readonly { type: string }[]): Told {
  return {
    type: 'text/event-stream; charset=utf-8',
    pieces: list.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`),
  };
}

function speak(body: JsonMap): Told {
  const input = asString(body['input'], 'input');
  const format = body['response_format'] ?? 'mp3';
  if (typeof format !== 'string') throw new FieldError('response_format', 'must be a string');
  const { type, bytes } = sound(input, format);
  if (body['stream_format'] === 'sse') {
    const audio = bytes.toString('base64');
    return events([
      { type: 'speech.audio.delta', ...{ audio } },
      { type: 'speech.audio.done', ...{ usage: drawn } },
    ]);
  }
  const middle = Math.ceil(bytes.length / 2);
  return { type, pieces: [bytes.subarray(0, middle), bytes.subarray(middle)] };
}

function transcribe(task: string, { body, file }: Asked): Told {
  if (file === undefined) throw new FieldError('file', 'is missing');
  const text = `This is the ${task} of ${file.name} by a model that cannot hear: it has ${file.bytes} bytes.`;
  if (body['stream'] === 'true') {
    const words = text.split(/(?<= )/).map((delta) => ({ type: 'transcript.text.delta', delta }));
    return events([...words, { type: 'transcript.text.done', ...{ text, usage: heard } }]);
  }
  switch (body['response_format'] ?? 'json') {
    case 'text':
      return { type: 'text/plain; charset=utf-8', pieces: [`${text}\n`] };
    case 'srt':
      return { type: 'text/plain; charset=utf-8', pieces: [`1\n00:00:00,000 --> 00:00:01,000\n${text}\n\n`] };
    case 'vtt':
      return { type: 'text/plain; charset=utf-8', pieces: [`WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n${text}\n\n`] };
    case 'verbose_json':
      return whole({
        task: task === 'translation' ? 'translate' : 'transcribe',
        language: 'english',
        duration: 1,
        text,
        segments: [{ id: 0, start: 0, end: 1, text }],
        usage: { type: 'duration', seconds: 1 },
      });
    case 'json':
      return whole({ text, usage: heard });
    default:
      throw new FieldError('response_format', "must be 'json', 'text', 'srt', 'vtt' or 'verbose_json'");
  }
}

const heard = {
  type: 'tokens',
  input_tokens: 14,
  input_token_details: { text_tokens: 0, audio_tokens: 14 },
  output_tokens: 20,
  total_tokens: 34,
};
