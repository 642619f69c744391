import type { JsonObject } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { AnswerOutput, leadOf } from './stream-output.ts';

/**
 * A whole answer of ours as the stream that tells it, a frame an entry: the events of the first telling, but for texts and
 * arguments, which come in one piece.
 */
export function retell(response: JsonObject): string[] {
  const out = new AnswerOutput();
  const { completed_at: _, ...rest } = response;
  const begun = { ...rest, status: 'in_progress', incomplete_details: null, error: null, output: [], usage: null };
  const frames = [
    out.event('response.created', { response: begun }),
    out.event('response.in_progress', { response: begun }),
  ];
  const { output, status } = response;
  for (const item of Array.isArray(output) ? output.filter(isObject) : []) frames.push(...retellItem(out, item));
  frames.push(out.event(`response.${typeof status === 'string' ? status : 'completed'}`, { response }));
  return frames;
}

function retellItem(out: AnswerOutput, item: JsonObject): string[] {
  switch (item.type) {
    case 'message':
      return retellMessage(out, item);
    case 'reasoning':
      return retellThoughts(out, item);
    case 'function_call':
      return retellCall(out, item, 'arguments', 'function_call_arguments', { name: item.name ?? '' });
    case 'custom_tool_call':
      return retellCall(out, item, 'input', 'custom_tool_call_input', {});
    default: {
      const { index, told } = out.add(item);
      return [told, out.done(index, item)];
    }
  }
}

function retellMessage(out: AnswerOutput, item: JsonObject): string[] {
  const { index, told } = out.add({ ...item, status: 'in_progress', content: [] });
  const parts = listOf(item.content).flatMap((part, place) =>
    retellPart(out, { item_id: item.id ?? '', output_index: index, content_index: place }, part),
  );
  return [told, ...parts, out.done(index, item)];
}

function retellPart(out: AnswerOutput, at: JsonObject, part: JsonObject): string[] {
  const refuses = part.type === 'refusal';
  const word = refuses ? 'refusal' : 'text';
  const text = textOf(part[word]);
  const type = refuses ? 'response.refusal' : 'response.output_text';
  const nothing = refuses ? { refusal: '' } : { text: '', annotations: [], logprobs: [] };
  const logprobs = refuses ? {} : { logprobs: [] };
  const frames = [out.event('response.content_part.added', { ...at, part: { ...part, ...nothing } })];
  if (text !== '') frames.push(out.delta(leadOf(`${type}.delta`, { ...at, ...logprobs }), text));
  listOf(part.annotations).forEach((annotation, annotation_index) => {
    frames.push(out.event('response.output_text.annotation.added', { ...at, annotation_index, annotation }));
  });
  frames.push(out.event(`${type}.done`, { ...at, [word]: text, ...logprobs }));
  frames.push(out.event('response.content_part.done', { ...at, part }));
  return frames;
}

/** What is known of a thought only at its end: its summary and its proof. */
function retellThoughts(out: AnswerOutput, item: JsonObject): string[] {
  const summary = listOf(item.summary);
  const { encrypted_content: _, ...rest } = item;
  const { index, told } = out.add(summary.length === 0 ? item : { ...rest, summary: [] });
  const frames = [told];
  summary.forEach((part, summary_index) => {
    const at = { item_id: item.id ?? '', output_index: index, summary_index };
    const text = textOf(part.text);
    frames.push(out.event('response.reasoning_summary_part.added', { ...at, part: { ...part, text: '' } }));
    if (text !== '') frames.push(out.delta(leadOf('response.reasoning_summary_text.delta', at), text));
    frames.push(out.event('response.reasoning_summary_text.done', { ...at, text }));
    frames.push(out.event('response.reasoning_summary_part.done', { ...at, part }));
  });
  return [...frames, out.done(index, item)];
}

function retellCall(out: AnswerOutput, item: JsonObject, word: string, type: string, named: JsonObject): string[] {
  const text = textOf(item[word]);
  const { index, told } = out.add({ ...item, status: 'in_progress', [word]: '' });
  const at = { item_id: item.id ?? '', output_index: index };
  const frames = [told];
  if (text !== '') frames.push(out.delta(leadOf(`response.${type}.delta`, at), text));
  frames.push(out.event(`response.${type}.done`, { ...at, ...named, [word]: text }));
  return [...frames, out.done(index, item)];
}

function listOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
