import { type Json, type JsonObject, ProxyError, type Usage } from '../hub/index.ts';
import { FieldError, isObject, type JsonValue } from '../wire/index.ts';
import type { Given } from './dialect.ts';
import { type MediaForm, unusableMedia, wordsBeside } from './media-form.ts';

/** Words that ask for nothing that an answer in base64 does not have. */
const anywhere = ['model', 'prompt', 'user', 'response_format', 'output_format'];

/** https://ai.google.dev/api/models#method:-models.predict */
export const predict: MediaForm = {
  encodeRequest(asked) {
    const ratio = ratioOf(asked['size'], ['1:1', '3:4', '4:3', '9:16', '16:9']);
    const parameters: JsonObject = { sampleCount: countOf(asked) };
    if (ratio !== undefined) parameters['aspectRatio'] = ratio;
    return { instances: [{ prompt: promptOf(asked) }], parameters };
  },
  lost: (asked) => wordsBeside(asked, [...anywhere, 'n', 'size']),
  decodeResponse(reply, _, given) {
    const list = isObject(reply) && Array.isArray(reply['predictions']) ? reply['predictions'] : [];
    return answer(
      list.flatMap((one) => (isObject(one) ? dataOf(one['bytesBase64Encoded']) : [])),
      given,
      list.flatMap((one) =>
        isObject(one) && typeof one['raiFilteredReason'] === 'string' ? one['raiFilteredReason'] : [],
      ),
    );
  },
};

const ratios = ['1:1', '2:3', '3:2', '3:4', '4:3', '4:5', '5:4', '9:16', '16:9', '21:9'];

/** https://ai.google.dev/gemini-api/docs/image-generation: an answer of a chat that is a picture. */
export const content: MediaForm = {
  encodeRequest(asked) {
    if (countOf(asked) > 1) throw new FieldError('n', 'must be 1: this model makes one picture at a time');
    const ratio = ratioOf(asked['size'], ratios);
    const generationConfig: JsonObject = { responseModalities: ['TEXT', 'IMAGE'] };
    if (ratio !== undefined) generationConfig['imageConfig'] = { aspectRatio: ratio };
    return { contents: [{ role: 'user', parts: [{ text: promptOf(asked) }] }], generationConfig };
  },
  lost: (asked) => wordsBeside(asked, [...anywhere, 'n', 'size']),
  decodeResponse(reply, _, given) {
    const { candidates, promptFeedback, usageMetadata } = isObject(reply) ? reply : {};
    const all = (Array.isArray(candidates) ? candidates : []).filter(isObject);
    const parts = all.flatMap(({ content: said }) =>
      isObject(said) && Array.isArray(said['parts']) ? said['parts'] : [],
    );
    const pictures = parts.flatMap((part) =>
      isObject(part) && isObject(part['inlineData']) ? dataOf(part['inlineData']['data']) : [],
    );
    const why = [
      isObject(promptFeedback) ? promptFeedback['blockReason'] : undefined,
      ...all.map((one) => one['finishReason']),
    ];
    const made = answer(pictures, given, why.filter((one) => typeof one === 'string' && one !== 'STOP').map(String));
    return { ...made, ...usageOf(usageMetadata) };
  },
};

/** https://docs.aws.amazon.com/nova/latest/userguide/image-gen-req-resp-structure.html */
export const canvas: MediaForm = {
  encodeRequest(asked) {
    const { quality, seed } = asked;
    const size = sizeOf(asked['size']);
    const config: JsonObject = { numberOfImages: countOf(asked) };
    if (size !== undefined) Object.assign(config, { width: size[0], height: size[1] });
    if (typeof quality === 'string' && quality !== 'auto')
      config['quality'] = /hd|high|premium/.test(quality) ? 'premium' : 'standard';
    if (typeof seed === 'number') config['seed'] = seed;
    return { taskType: 'TEXT_IMAGE', textToImageParams: { text: promptOf(asked) }, imageGenerationConfig: config };
  },
  lost: (asked) => wordsBeside(asked, [...anywhere, 'n', 'size', 'quality', 'seed']),
  decodeResponse: readPictures,
};

/** https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-diffusion-3-5-large.html */
export const diffusion: MediaForm = {
  encodeRequest(asked) {
    if (countOf(asked) > 1) throw new FieldError('n', 'must be 1: this model makes one picture at a time');
    const { seed, negative_prompt } = asked;
    const ratio = ratioOf(asked['size'], ['16:9', '1:1', '21:9', '2:3', '3:2', '4:5', '5:4', '9:16', '9:21']);
    const body: JsonObject = { prompt: promptOf(asked), output_format: 'png' };
    if (ratio !== undefined) body['aspect_ratio'] = ratio;
    if (seed !== undefined) body['seed'] = seed;
    if (negative_prompt !== undefined) body['negative_prompt'] = negative_prompt;
    return body;
  },
  lost: (asked) => wordsBeside(asked, [...anywhere, 'n', 'size', 'seed', 'negative_prompt']),
  decodeResponse: readPictures,
};

function readPictures(reply: JsonValue, _: JsonObject, given: Given): JsonObject {
  const { images, error, finish_reasons } = isObject(reply) ? reply : {};
  const why = [error, ...(Array.isArray(finish_reasons) ? finish_reasons : [])];
  return answer(
    (Array.isArray(images) ? images : []).flatMap(dataOf),
    given,
    why.filter((one) => typeof one === 'string'),
  );
}

/** `why`: what the provider says about pictures that it did not make. */
function answer(pictures: readonly string[], given: Given, why: readonly string[]): JsonObject {
  if (pictures.length > 0) {
    return { created: Math.floor(given.now() / 1000), data: pictures.map((b64_json) => ({ b64_json })) };
  }
  if (why.length === 0) throw unusableMedia('it holds no image');
  throw new ProxyError('content-policy', `the provider made no image: ${why.join(', ')}`, {
    code: 'content_policy_violation',
  });
}

function dataOf(value: JsonValue | undefined): string[] {
  return typeof value === 'string' && value !== '' ? [value] : [];
}

function usageOf(counts: JsonValue | undefined): { usage?: JsonObject } {
  const { promptTokenCount: input, candidatesTokenCount: output } = isObject(counts) ? counts : {};
  if (typeof input !== 'number') return {};
  const made = typeof output === 'number' ? output : 0;
  return { usage: { input_tokens: input, output_tokens: made, total_tokens: input + made } };
}

/** OpenAI's record of tokens, of images and of transcriptions. */
export function readMediaUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isObject(value)) return undefined;
  const input = value['input_tokens'] ?? value['prompt_tokens'];
  const output = value['output_tokens'] ?? value['completion_tokens'];
  if (typeof input !== 'number') return undefined;
  const usage: Usage = { input, output: typeof output === 'number' ? output : 0 };
  const details = value['input_token_details'];
  if (isObject(details) && typeof details['audio_tokens'] === 'number') usage.audioIn = details['audio_tokens'];
  return usage;
}

function promptOf({ prompt }: JsonObject): Json {
  return prompt ?? '';
}

function countOf({ n }: JsonObject): number {
  return typeof n === 'number' ? n : 1;
}

/** `1024x1536` as numbers; undefined for `auto`. */
function sizeOf(size: Json | undefined): [number, number] | undefined {
  if (typeof size !== 'string' || size === 'auto') return undefined;
  const found = /^(\d{1,5})x(\d{1,5})$/.exec(size);
  if (found !== null && Number(found[1]) > 0 && Number(found[2]) > 0) return [Number(found[1]), Number(found[2])];
  throw new FieldError('size', 'must be a width and a height, such as 1024x1024');
}

/** The ratio among these that a size comes nearest to. */
function ratioOf(size: Json | undefined, among: readonly string[]): string | undefined {
  const wanted = sizeOf(size);
  if (wanted === undefined) return undefined;
  const away = (ratio: string): number => {
    const [width = 1, height = 1] = ratio.split(':').map(Number);
    return Math.abs(Math.log(width / height) - Math.log(wanted[0] / wanted[1]));
  };
  return among.toSorted((one, other) => away(one) - away(other))[0];
}
