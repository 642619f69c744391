import type { At, HubRequest, JsonObject } from '../../hub/index.ts';
import { asObject, FieldError, isObject, type Members, optional } from '../../wire/index.ts';
import { unsaidOfTools, unsaidWithin } from '../unsaid.ts';
import { decodeConfig } from './decode-config.ts';
import { decodeContents, decodeInstruction } from './decode-contents.ts';
import { decodeTools, readChoice } from './decode-tools.ts';
import { asked } from './error.ts';
import { camel, field, objectIn, self } from './own.ts';

const understood: ReadonlySet<string> = new Set([
  'model',
  'contents',
  'systemInstruction',
  'tools',
  'generationConfig',
]);

/** The least a body must be, seen in the bytes: contents that are objects. */
export function check(body: Members): void {
  asked(() => {
    const list = body.elements('contents');
    if (list === undefined) {
      throw new FieldError('contents', body.has('contents') ? 'must be an array' : 'is missing: it must be an array');
    }
    if (list.length === 0) throw new FieldError('contents', 'must hold at least one content');
    list.forEach((element, index) => {
      if (element[0] !== 0x7b) throw new FieldError(`contents[${index}]`, 'must be an object');
    });
  });
}

/** The model and whether to stream are said by the path. */
export function decodeRequest(body: JsonObject, at: At): HubRequest {
  return asked(() => readRequest(at.operation === 'count-tokens' ? counted(body) : body, at));
}

/** countTokens takes contents, or a whole request. */
function counted(body: JsonObject): JsonObject {
  return objectIn(body, 'generateContentRequest') ?? body;
}

function readRequest(body: JsonObject, at: At): HubRequest {
  const tools = decodeTools(body['tools']);
  const toolConfig = optional(asObject, field(body, 'toolConfig'), 'toolConfig');
  const toolChoice = toolConfig === undefined ? undefined : readChoice(field(toolConfig, 'functionCallingConfig'));
  const config = decodeConfig(optional(asObject, field(body, 'generationConfig'), 'generationConfig') ?? {});
  const modalities = modalitiesOf(config.own);
  const extra = ownWords(body, config.own);
  return {
    from: self,
    model: at.model,
    messages: [...decodeInstruction(field(body, 'systemInstruction')), ...decodeContents(body['contents'])],
    stream: at.stream,
    params: config.params,
    ...(modalities === undefined ? {} : { named: { modalities } }),
    ...(tools === undefined ? {} : { tools }),
    ...(toolChoice === undefined ? {} : { toolChoice }),
    ...(config.output === undefined ? {} : { output: config.output }),
    ...(Object.keys(extra).length === 0 ? {} : { extra: { [self]: extra } }),
    unknown: {},
  };
}

/** Words without a hub name, in this API's own spelling, and what the hub does not carry of those that have one. */
function ownWords(body: JsonObject, config: JsonObject): JsonObject {
  const { responseModalities: _m, ...rest } = config;
  const entries = Object.entries(body)
    .map(([word, value]): [string, typeof value] => [camel(word), value])
    .filter(([word, value]) => value !== null && !understood.has(word));
  return {
    ...Object.fromEntries(entries),
    ...(Object.keys(rest).length === 0 ? {} : { generationConfig: rest }),
  };
}

/** In the words of the hub, which are OpenAI's; texts alone are what everybody answers. */
function modalitiesOf(config: JsonObject): string[] | undefined {
  const wanted = field(config, 'responseModalities');
  if (!Array.isArray(wanted)) return undefined;
  const words = wanted.flatMap((one) => (typeof one === 'string' ? [one.toLowerCase()] : []));
  return words.length === 0 ? undefined : words;
}

/** For the counter: a request, or contents alone. */
export function checkCounted(body: Members): void {
  const whole = body.has('generateContentRequest') ? body.get('generateContentRequest') : undefined;
  if (!isObject(whole)) check(body);
}

/** Thinking is told by the hub, and what kinds of answers are wanted. */
const ofConfig = ['thinkingConfig', 'responseMimeType', 'responseSchema', 'responseJsonSchema'];

export function unsaid(request: HubRequest): string[] {
  const { generationConfig, toolConfig } = request.extra?.[self] ?? {};
  const kind = isObject(generationConfig) ? generationConfig['responseMimeType'] : undefined;
  const plain = kind === undefined || kind === 'text/plain';
  return [
    ...unsaidWithin(generationConfig, 'generationConfig', ofConfig),
    ...(plain || request.output !== undefined ? [] : ['generationConfig.responseMimeType']),
    ...unsaidWithin(toolConfig, 'toolConfig', ['functionCallingConfig', 'function_calling_config']),
    ...unsaidOfTools(request, self, []),
  ];
}
