import { type HubRequest, type JsonObject, ProxyError } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { encodeToolConfig, encodeTools } from './encode-tools.ts';
import { encodeTurns } from './encode-turns.ts';
import { encodeConfig } from './generation-config.ts';
import { self } from './own.ts';
import { configWords, thinkingWords, topWords } from './params.ts';
import type { GeminiQuirks } from './quirks.ts';

/** The body for generateContent; the model and whether to stream are said by the path. */
export function encodeRequest(request: HubRequest, quirks: Partial<GeminiQuirks>): JsonObject {
  try {
    return writeRequest(request, quirks);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    throw new ProxyError('invalid-request', 'the body is nested too deeply', { cause: thrown });
  }
}

function writeRequest(request: HubRequest, quirks: Partial<GeminiQuirks>): JsonObject {
  const { generationConfig: _config, toolConfig, ...own } = { ...request.extra?.[self] };
  const { top, rest } = sortUnknown(request.unknown);
  const { systemInstruction, contents } = encodeTurns(request, quirks);
  const config = encodeConfig(request, quirks);
  const { tools, functionCallingConfig } = encodeTools(request, quirks);
  const tooling = {
    ...(isObject(top['toolConfig']) ? top['toolConfig'] : {}),
    ...encodeToolConfig(toolConfig, functionCallingConfig),
  };
  return {
    ...rest,
    ...top,
    ...own,
    contents,
    ...(systemInstruction === undefined ? {} : { systemInstruction }),
    ...(tools === undefined ? {} : { tools }),
    ...(Object.keys(tooling).length === 0 ? {} : { toolConfig: tooling }),
    ...(Object.keys(config).length === 0 ? {} : { generationConfig: config }),
  };
}

/** Our words among the keys that no dialect of a client's owns, in our spelling, and all others. */
function sortUnknown(unknown: JsonObject): { top: JsonObject; rest: JsonObject } {
  const top: JsonObject = {};
  const rest: [string, JsonObject[string]][] = [];
  for (const [word, value] of Object.entries(unknown)) {
    const name = topWords.get(word);
    if (configWords.has(word) || thinkingWords.has(word)) continue;
    if (name === undefined) rest.push([word, value]);
    else if (value !== null && name !== 'generationConfig') top[name] = value;
  }
  return { top, rest: Object.fromEntries(rest) };
}
