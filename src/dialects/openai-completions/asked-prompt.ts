import { type HubRequest, type Json, ProxyError, textsOnly } from '../../hub/index.ts';
import { FieldError, type JsonValue } from '../../wire/index.ts';
import { gap } from '../gap.ts';
import { self } from './encode-request.ts';

/** What one answer goes on with. */
type Prompt = string | number[];

/** A text, texts, a list of tokens or lists of tokens: one prompt each. Throws FieldError. */
export function readPrompts(value: JsonValue | undefined): Prompt[] {
  if (value === undefined || value === null) {
    throw new ProxyError('invalid-request', "Missing required parameter: 'prompt'.", { param: 'prompt' });
  }
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value)) throw new FieldError('prompt', 'must be a string or an array');
  if (value.length === 0) throw new FieldError('prompt', 'must not be empty');
  if (isTokens(value)) return [value];
  return value.map((one, index) => {
    if (typeof one === 'string') return one;
    if (Array.isArray(one) && one.length > 0 && isTokens(one)) return one;
    throw new FieldError(`prompt[${index}]`, 'must be a string or an array of tokens');
  });
}

function isTokens(list: readonly JsonValue[]): list is number[] {
  return list.every((one) => typeof one === 'number' && Number.isInteger(one) && one >= 0);
}

/** What stands before the text of each answer when the client wants its prompt back; '' for the others. */
export function echoOf(request: HubRequest): (choice: number) => string {
  const own = request.extra?.[self];
  if (own?.['echo'] !== true) return () => '';
  const prompts = readPrompts(own['prompt']);
  const each = Math.max(1, request.params.n ?? 1);
  return (choice) => {
    const prompt = prompts[Math.floor(choice / each)];
    return typeof prompt === 'string' ? prompt : '';
  };
}

/**
 * A request for each prompt, for models that answer one conversation at a time. Throws invalid-request for lists of
 * tokens, which only this API takes.
 */
export function splitPrompts(request: HubRequest): HubRequest[] {
  const own = request.extra?.[self] ?? {};
  const prompts = textsOnly(readPrompts(own['prompt']), 'this model', 'prompt');
  return prompts.map((prompt) => ({
    ...request,
    messages: asked(prompt, own['suffix']),
    extra: withPrompt(request, prompt),
  }));
}

function withPrompt({ extra }: HubRequest, prompt: string): NonNullable<HubRequest['extra']> {
  return { ...extra, [self]: { ...extra?.[self], prompt } };
}

/** What comes behind the answer is told in words. */
function asked(prompt: string, suffix: Json | undefined): HubRequest['messages'] {
  if (typeof suffix !== 'string' || suffix === '') return [say('user', prompt)];
  const { system, question } = gap(prompt, suffix);
  return [say('system', system), say('user', question)];
}

function say(role: 'system' | 'user', text: string): HubRequest['messages'][number] {
  return { role, blocks: [{ type: 'text', text }] };
}

/** Texts of the request as a conversation; tokens say nothing in another dialect. */
export function asMessages(prompts: readonly Prompt[], suffix?: Json): HubRequest['messages'] {
  return prompts.flatMap((prompt) => (typeof prompt === 'string' ? asked(prompt, suffix) : []));
}
