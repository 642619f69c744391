import type { Block, Citation, JsonObject, Signature } from '../../hub/index.ts';
import { isObject, type JsonValue } from '../../wire/index.ts';
import { readCitation } from './citation.ts';
import { keep, others, self } from './own.ts';

/** One item of an answer as blocks. Lenient: what it does not know is opaque. */
export function readItem(item: JsonObject): Block[] {
  switch (item.type) {
    case 'message':
      return partsOf(item).flatMap((part) => readPart(part, item));
    case 'reasoning':
      return readReasoning(item);
    case 'function_call':
    case 'custom_tool_call':
      return readCall(item);
    default:
      return [opaque(item)];
  }
}

export function opaque(item: JsonObject): Block {
  return { type: 'opaque', dialect: self, value: item };
}

export function partsOf(item: JsonObject): JsonObject[] {
  return Array.isArray(item.content) ? item.content.filter(isObject) : [];
}

function readPart(part: JsonObject, item: JsonObject): Block[] {
  const head = partHead(part.type, item);
  if (head === undefined) return [strangePart(part, item)];
  const text = partText(part);
  const citations = readCitations(part, text);
  if (text === '' && citations.length === 0) return [];
  return [{ ...head, text, ...(citations.length === 0 ? {} : { citations }) }];
}

/** What a part of a message opens as; undefined: a part of the future. */
export function partHead(
  type: JsonValue | undefined,
  item: JsonObject,
): Extract<Block, { type: 'text' | 'refusal' }> | undefined {
  if (type === 'output_text' || type === 'text')
    return { type: 'text', text: '', ...keep(others(item, messageFields)) };
  return type === 'refusal' ? { type: 'refusal', text: '', ...keep(others(item, messageFields)) } : undefined;
}

/** Opaque things are items: an unknown part is an item of its own. */
export function strangePart(part: JsonObject, item: JsonObject): Block {
  return opaque({ ...item, content: [part] });
}

export function partText(part: JsonObject): string {
  const text = part.type === 'refusal' ? part.refusal : part.text;
  return typeof text === 'string' ? text : '';
}

function readCitations(part: JsonObject, text: string): Citation[] {
  const annotations = Array.isArray(part.annotations) ? part.annotations : [];
  return annotations.map((annotation) => readCitation(annotation, text));
}

/** In the form that the hub has for log probabilities; undefined where there are none. */
export function readLogprobs(logprobs: JsonValue | undefined): JsonObject | undefined {
  return Array.isArray(logprobs) && logprobs.length > 0 ? { content: logprobs, refusal: null } : undefined;
}

/** What is known of an item that stands for nothing in the hub. */
const messageFields: ReadonlySet<string> = new Set(['type', 'role', 'content', 'status']);
const reasoningFields: ReadonlySet<string> = new Set(['type', 'summary', 'content', 'encrypted_content', 'status']);
/** Bedrock's calls name their item as events do. */
const callFields: ReadonlySet<string> = new Set([
  'type',
  'call_id',
  'name',
  'namespace',
  'arguments',
  'input',
  'status',
  'item_id',
  'output_index',
]);

/** Thoughts; without text and proof they are worth nothing but to clients of this dialect. */
function readReasoning(item: JsonObject): Block[] {
  const text = reasoningText(item);
  const signature = readSignature(item);
  if (text === '' && signature === undefined) return [opaque(item)];
  return [{ ...thinkingHead(item), text, ...(signature === undefined ? {} : { signature }) }];
}

export function thinkingHead(item: JsonObject): Extract<Block, { type: 'thinking' }> {
  return { type: 'thinking', text: '', ...keep(others(item, reasoningFields)) };
}

/** Between the parts of a summary; they have headings of their own. */
export const partBreak = '\n\n';

/** The summary, or where a server shows the thoughts themselves, those. */
export function reasoningText(item: JsonObject): string {
  const summary = textsOf(item.summary);
  return summary === '' ? textsOf(item.content) : summary;
}

function textsOf(parts: JsonValue | undefined): string {
  if (!Array.isArray(parts)) return '';
  const texts = parts.map((part) => (isObject(part) && typeof part.text === 'string' ? part.text : ''));
  return texts.filter((text) => text !== '').join(partBreak);
}

export function readSignature(item: JsonObject): Signature | undefined {
  const { encrypted_content: value, id } = item;
  if (typeof value !== 'string' || value === '') return undefined;
  return { by: self, value, ...(typeof id === 'string' ? { id } : {}) };
}

function readCall(item: JsonObject): Block[] {
  const head = callHead(item);
  return head === undefined ? [opaque(item)] : [{ ...head, args: callArgs(item) ?? '' }];
}

/** Of a custom tool its text; undefined: it is not said. */
export function callArgs(item: JsonObject): string | undefined {
  const args = item.type === 'custom_tool_call' ? item.input : item.arguments;
  return typeof args === 'string' ? args : undefined;
}

/** undefined: a call without a name, which nobody can answer. */
export function callHead(item: JsonObject): Extract<Block, { type: 'tool-call' }> | undefined {
  const { name, namespace, call_id: callId, id } = item;
  const known = typeof callId === 'string' && callId !== '' ? callId : id;
  if (typeof name !== 'string' || name === '' || typeof known !== 'string' || known === '') return undefined;
  return {
    type: 'tool-call',
    ...(item.type === 'custom_tool_call' ? { kind: 'custom' } : {}),
    ...(typeof namespace === 'string' && namespace !== '' ? { namespace } : {}),
    id: known,
    name,
    args: '',
    ...keep(others(item, callFields)),
  };
}

/** Searches are billed by the piece. */
export function isSearch(item: JsonObject): boolean {
  return item.type === 'web_search_call';
}
