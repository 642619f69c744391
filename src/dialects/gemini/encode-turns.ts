import type { Block, HubRequest, JsonObject, Message } from '../../hub/index.ts';
import { encodeMedia } from './encode-media.ts';
import { encodeCall, encodePart, readResult } from './encode-parts.ts';
import { kept } from './own.ts';
import type { GeminiQuirks } from './quirks.ts';

/** The conversation in the order this API demands. */
interface Turns {
  systemInstruction?: JsonObject;
  contents: Content[];
}

type Content = {
  role: 'user' | 'model';
  parts: JsonObject[];
};

type Call = Block & { type: 'tool-call' };
type Result = Block & { type: 'tool-result' };
/** Blocks of one side that follow each other. */
interface Turn {
  role: Content['role'];
  blocks: Block[];
}

/**
 * System texts before the first turn are the instruction, later ones are told by the user (LITELLM.md 5.3). Neighbours of
 * one role are one content. The content behind calls holds their responses and nothing else: one for each call, in the
 * order of the calls.
 */
export function encodeTurns(request: HubRequest, quirks: Partial<GeminiQuirks>): Turns {
  const first = request.messages.findIndex(({ role }) => role !== 'system');
  const system = first < 0 ? request.messages : request.messages.slice(0, first);
  const instruction = system.flatMap(({ blocks }) => blocks.flatMap((block) => systemPart(block)));
  const contents: Content[] = [];
  let calls: Call[] = [];
  for (const turn of turnsOf(first < 0 ? [] : request.messages.slice(first))) {
    if (turn.role === 'model') {
      calls = encodeModel(turn.blocks, contents, quirks);
    } else {
      encodeUser(turn.blocks, calls, contents, quirks);
      calls = [];
    }
  }
  lead(contents);
  return {
    ...(instruction.length === 0 ? {} : { systemInstruction: { parts: instruction } }),
    contents,
  };
}

function systemPart(block: Block): JsonObject[] {
  return (block.type === 'text' || block.type === 'refusal') && block.text !== '' ? [{ text: block.text }] : [];
}

/** Calls are the model's and results the user's, whoever holds them. */
function turnsOf(messages: readonly Message[]): Turn[] {
  const turns: Turn[] = [];
  for (const message of messages) {
    for (const block of message.blocks) {
      const role = sideOf(block, message.role);
      const last = turns.at(-1);
      if (last?.role === role) last.blocks.push(block);
      else turns.push({ role, blocks: [block] });
    }
  }
  return turns;
}

function sideOf(block: Block, role: Message['role']): Content['role'] {
  if (block.type === 'tool-call') return 'model';
  if (block.type === 'tool-result') return 'user';
  return role === 'assistant' ? 'model' : 'user';
}

function add(contents: Content[], role: Content['role'], parts: readonly JsonObject[]): void {
  if (parts.length === 0) return;
  const last = contents.at(-1);
  if (last?.role === role && !last.parts.some((part) => part['functionResponse'] !== undefined))
    last.parts.push(...parts);
  else contents.push({ role, parts: [...parts] });
}

/** Returns the calls that want an answer. */
function encodeModel(blocks: readonly Block[], contents: Content[], quirks: Partial<GeminiQuirks>): Call[] {
  const parts = blocks.flatMap((block): JsonObject[] => {
    const part = block.type === 'tool-call' ? encodeCall(block, idOf(block.id, quirks)) : encodePart(block, quirks);
    return part === undefined ? [] : [part];
  });
  add(contents, 'model', settleProofs(parts));
  const last = contents.at(-1);
  if (quirks.callProofs && last?.role === 'model') proveFirst(last.parts);
  return blocks.filter((block) => block.type === 'tool-call');
}

/** Clients without a place for the proof of a text keep it before the text: it goes back on the part that it came on. */
function settleProofs(parts: readonly JsonObject[]): JsonObject[] {
  const settled: JsonObject[] = [];
  for (const part of parts) {
    const before = settled.at(-1);
    const proof = before?.['text'] === '' ? before['thoughtSignature'] : undefined;
    const bare = typeof part['text'] === 'string' && part['text'] !== '' && part['thoughtSignature'] === undefined;
    if (proof === undefined || !bare) settled.push(part);
    else settled.splice(-1, 1, { ...part, thoughtSignature: proof });
  }
  return settled;
}

/**
 * Gemini 3 refuses a turn whose first call has no signature. A turn of another model has none: Google's documentation
 * names this text for it (it has the form of base64, which the field wants).
 */
function proveFirst(parts: JsonObject[]): void {
  const first = parts.find((part) => part['functionCall'] !== undefined);
  if (first !== undefined && first['thoughtSignature'] === undefined) {
    first['thoughtSignature'] = 'skip_thought_signature_validator';
  }
}

/** Ids that were made up for a client, by us or by another maker; Gemini is told those that it gave. */
const foreignId = /^(?:call_|toolu_|tooluse_|fc_|chatcmpl-tool-|srvtoolu_)/;

function idOf(id: string, quirks: Partial<GeminiQuirks>): string | undefined {
  return quirks.withoutCallIds || id === '' || foreignId.test(id) ? undefined : id;
}

function encodeUser(
  blocks: readonly Block[],
  calls: readonly Call[],
  contents: Content[],
  quirks: Partial<GeminiQuirks>,
): void {
  const open = blocks.filter((block) => block.type === 'tool-result');
  const answers = calls.map((call) => ({ call, result: take(open, call) }));
  const behind: JsonObject[] = [];
  const parts = answers.map(({ call, result }) => encodeResponse(call, result, behind, quirks));
  add(contents, 'user', parts);
  const rest = blocks.flatMap((block): JsonObject[] => {
    if (block.type === 'tool-result') return open.includes(block) ? encodeOrphan(block, quirks) : [];
    const part = encodePart(block, quirks);
    return part === undefined ? [] : [part];
  });
  add(contents, 'user', withText([...behind, ...rest]));
}

/** By id, and results without one in the order of the calls. */
function take(open: Result[], call: Call): Result | undefined {
  const place = open.findIndex(({ callId }) => callId === call.id || callId === '' || call.id === '');
  const exact = open.findIndex(({ callId }) => callId === call.id);
  const found = exact < 0 ? place : exact;
  return found < 0 ? undefined : open.splice(found, 1)[0];
}

/** A call that nobody answered gets a response that says so: the API wants one for each call. */
function encodeResponse(
  call: Call,
  result: Result | undefined,
  behind: JsonObject[],
  quirks: Partial<GeminiQuirks>,
): JsonObject {
  const id = idOf(call.id, quirks);
  const head = { ...(id === undefined ? {} : { id }), name: call.name };
  if (result === undefined) return { functionResponse: { ...head, response: { error: 'no result' } } };
  const { response, media } = readResult(result);
  const encoded = media.map((block) => encodeMedia(block, {}));
  const parts: JsonObject[] = [];
  for (const part of encoded) {
    const { inlineData } = part;
    if (quirks.mediaInResults && inlineData !== undefined) parts.push({ inlineData });
    else behind.push(part);
  }
  return {
    functionResponse: { ...head, response, ...(parts.length === 0 ? {} : { parts }) },
    ...kept(result),
  };
}

/** A result of a call that is not in the turn before. */
function encodeOrphan(result: Result, quirks: Partial<GeminiQuirks>): JsonObject[] {
  const { response, media } = readResult(result);
  const name = result.name ?? result.callId;
  const text = `Result of the tool ${name}:\n${JSON.stringify(response)}`;
  return [{ text }, ...media.map((block) => encodeMedia(block, quirks))];
}

/** A turn of pictures alone is refused (LITELLM.md 5.3). */
function withText(parts: readonly JsonObject[]): readonly JsonObject[] {
  const silent =
    parts.length > 0 && parts.every((part) => part['inlineData'] !== undefined || part['fileData'] !== undefined);
  return silent ? [...parts, { text: ' ' }] : parts;
}

/** The user speaks first. */
function lead(contents: Content[]): void {
  if (contents[0]?.role !== 'user') contents.unshift({ role: 'user', parts: [{ text: ' ' }] });
}
