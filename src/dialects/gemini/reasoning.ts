import { effortOfBudget, type HubRequest, type JsonObject, nearestEffort } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { readThinking } from './decode-config.ts';
import { self } from './own.ts';
import { thinkingWords } from './params.ts';
import type { GeminiQuirks } from './quirks.ts';

/** Tokens for thinking by effort (LITELLM.md 4.4). */
const budgets: ReadonlyMap<string, number> = new Map([
  ['low', 1024],
  ['medium', 2048],
  ['high', 4096],
  ['xhigh', 8192],
  ['max', 16_384],
]);

/**
 * `thinkingConfig`: in tokens, or in words where the model knows some. What the client wrote in this API's own words stands
 * as it is.
 */
export function encodeThinking(request: HubRequest, quirks: Partial<GeminiQuirks>): JsonObject | undefined {
  const own = ownThinking(request);
  if (own !== undefined) return own;
  const reasoning = request.params.reasoning;
  if (reasoning === undefined) return undefined;
  const { effort, budget } = reasoning;
  if (effort === undefined && budget === undefined) return { includeThoughts: true };
  const off = effort === 'none' || effort === 'disable' || (effort === undefined && (budget ?? 1) <= 0);
  const { levels } = quirks;
  if (levels !== undefined) {
    const word = off ? levels[0] : nearestEffort(effort ?? effortOfBudget(budget) ?? 'minimal', levels);
    return { ...(word === undefined ? {} : { thinkingLevel: word }), includeThoughts: !off };
  }
  const { least = 1, off: takesNone = quirks.budget === undefined } = quirks.budget ?? {};
  if (off) return { thinkingBudget: takesNone ? 0 : least, includeThoughts: false };
  const tokens = budget ?? budgets.get(effort ?? '') ?? (effort === 'minimal' ? least : undefined);
  return { thinkingBudget: Math.max(least, Math.floor(tokens ?? 2048)), includeThoughts: true };
}

/** What a client of this form wrote, as long as that is still what is asked for. */
function ownThinking(request: HubRequest): JsonObject | undefined {
  const config = request.extra?.[self]?.['generationConfig'];
  const written = isObject(config) && isObject(config['thinkingConfig']) ? config['thinkingConfig'] : undefined;
  const own = sameReasoning(readThinking(written), request.params.reasoning) ? written : undefined;
  const said = Object.entries(request.unknown).flatMap(([word, value]): [string, typeof value][] => {
    const name = thinkingWords.get(word);
    return name === undefined ? [] : [[name, value]];
  });
  return own === undefined && said.length === 0 ? undefined : { ...own, ...Object.fromEntries(said) };
}

type Reasoning = HubRequest['params']['reasoning'];

function sameReasoning(one: Reasoning, other: Reasoning): boolean {
  return one?.effort === other?.effort && one?.budget === other?.budget && one?.summary === other?.summary;
}
