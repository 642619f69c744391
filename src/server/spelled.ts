import { type JsonObject, ProxyError, tokensRefused } from '../hub/index.ts';
import { encodings } from '../providers/index.ts';
import type { Call } from '../translate/index.ts';
import { loadOptional } from '../upstream/index.ts';
import { type JsonValue, members, splice } from '../wire/index.ts';
import type { Ask } from './trial.ts';

/** Where clients write texts as tokens. */
const fields = ['input', 'prompt'] as const;

interface Vocabulary {
  decode(tokens: readonly number[]): string;
}

/**
 * Asks, and where lists of tokens are refused because the model takes texts, asks again with these: LangChain's
 * embeddings, for one, write all texts as tokens. What refuses them has sent nothing. LiteLLM does the same.
 */
export function withTexts(ask: Ask): Ask {
  return async (house, call, to, wish) => {
    try {
      return await ask(house, call, to, wish);
    } catch (thrown) {
      if (!(thrown instanceof ProxyError) || thrown.facts.code !== tokensRefused) throw thrown;
      return ask(house, spelled(call), to, wish);
    }
  };
}

/** The same call with texts in place of tokens. Throws invalid-request where the package with the vocabularies is missing. */
function spelled(call: Call): Call {
  const field = fields.find((name) => call.body.has(name)) ?? 'input';
  const vocabulary = vocabularyOf(call.model);
  const texts = listsOf(call.body.get(field)).map((one) =>
    typeof one === 'string' ? one : textOf(one, vocabulary, field),
  );
  const body = members(splice(call.body, { set: { [field]: texts } }));
  const parsed = (): JsonObject => ({ ...call.parsed(), [field]: texts });
  const same: Call = { ...call, body, parsed, request: () => call.client.client.decodeRequest(parsed(), same) };
  return same;
}

function textOf(tokens: readonly number[], { decode }: Vocabulary, field: string): string {
  try {
    return decode(tokens);
  } catch (cause) {
    const text = `'${field}' holds a number that is no token of the model's vocabulary`;
    throw new ProxyError('invalid-request', text, { param: field, cause });
  }
}

function vocabularyOf(model: string): Vocabulary {
  const name = encodings.find(({ match }) => match.test(model))?.encoding ?? 'cl100k_base';
  const purpose = 'a model that takes texts and not lists of tokens';
  return loadOptional(`gpt-tokenizer/encoding/${name}`, purpose, isVocabulary, 'invalid-request');
}

function isVocabulary(found: unknown): found is Vocabulary {
  return typeof found === 'object' && found !== null && 'decode' in found && typeof found.decode === 'function';
}

/** A list of tokens is one text; of a list each item is one. */
function listsOf(value: JsonValue | undefined): (string | number[])[] {
  if (!Array.isArray(value)) return [];
  if (value.every((one) => typeof one === 'number')) return [value];
  return value.flatMap((one): (string | number[])[] => {
    if (typeof one === 'string') return [one];
    return Array.isArray(one) ? [one.filter((token) => typeof token === 'number')] : [];
  });
}
