import { type Block, type Carried, type JsonObject, readSignature, type Signature } from '../../hub/index.ts';
import { asArray, asObject, asString, type JsonValue, optional } from '../../wire/index.ts';
import { unsealThoughts } from '../sealed-thoughts.ts';
import { field, keep, self, textIn } from './own.ts';
import { kindOfMime } from './read-part.ts';

/** Where a part lies: ids that are missing come from its place. */
export interface Place {
  message: number;
  /** Calls or results of this message so far. */
  nth: number;
  path: string;
}

type Call = Block & { type: 'tool-call' };
type Result = Block & { type: 'tool-result' };

const common = ['thought', 'thoughtSignature', 'thought_signature'];
const ofText = ['text', ...common];
const ofMedia = [...common, 'inlineData', 'inline_data', 'fileData', 'file_data'];
const ofCall = [...common, 'functionCall', 'function_call'];
const ofResult = [...common, 'functionResponse', 'function_response'];

/** A part of a request as blocks, in their order. Strict: a FieldError names the path. Results are given their calls later. */
export function decodePart(part: JsonObject, place: Place): Block[] {
  const { path } = place;
  const call = optional(asObject, field(part, 'functionCall'), `${path}.functionCall`);
  if (call !== undefined) return decodeCall(part, call, place);
  const result = optional(asObject, field(part, 'functionResponse'), `${path}.functionResponse`);
  if (result !== undefined) return [decodeResult(part, result, path)];
  const media = decodeMedia(part, path);
  if (media !== undefined) return [media];
  const text = optional(asString, field(part, 'text'), `${path}.text`);
  const proof = proofOf(part, path);
  if (text === undefined && proof === undefined) {
    return Object.keys(part).length === 0 ? [] : [{ type: 'opaque', dialect: self, value: part }];
  }
  return decodeText(part, text ?? '', proof);
}

/**
 * A text without words is the part that a proof came on. Another maker's proof on one that is no thought is that of a
 * redacted thought: see the encoder.
 */
function decodeText(part: JsonObject, text: string, proof: string | undefined): Block[] {
  const thought = part['thought'] === true;
  const signature = proof === undefined ? undefined : readSignature(proof, self);
  const signed = signature === undefined ? {} : { signature };
  if (text !== '') return [{ type: thought ? 'thinking' : 'text', text, ...signed, ...keep(part, ofText) }];
  if (signature === undefined) return [];
  const redacted = !thought && signature.by !== self ? { redacted: true as const } : {};
  return [{ type: 'thinking', text: '', ...redacted, signature }];
}

function decodeCall(part: JsonObject, call: JsonObject, { message, nth, path }: Place): Block[] {
  const args = optional(asObject, field(call, 'args'), `${path}.functionCall.args`) ?? {};
  const proof = proofOf(part, path);
  const thoughts = proof === undefined ? undefined : unsealThoughts(proof);
  const block: Call = {
    type: 'tool-call',
    id: optional(asString, field(call, 'id'), `${path}.functionCall.id`) || `call_${message}_${nth}`,
    name: asString(field(call, 'name'), `${path}.functionCall.name`),
    args: JSON.stringify(args),
    ...(proof === undefined || thoughts !== undefined ? {} : { signature: readSignature(proof, self) }),
    ...keep(part, ofCall),
  };
  return [...(thoughts ?? []), block];
}

/** The keys that Google's reference of FunctionResponse names: `output`, and `error` for a failure. */
function decodeResult(part: JsonObject, result: JsonObject, path: string): Result {
  const name = asString(field(result, 'name'), `${path}.functionResponse.name`);
  const response = optional(asObject, field(result, 'response'), `${path}.functionResponse.response`) ?? {};
  const parts = optional(asArray, field(result, 'parts'), `${path}.functionResponse.parts`) ?? [];
  const media = parts.flatMap((one, n): Block[] => {
    const inside = `${path}.functionResponse.parts[${n}]`;
    const block = decodeMedia(asObject(one, inside), inside);
    return block === undefined ? [] : [block];
  });
  const [[key, value] = ['', undefined], ...more] = Object.entries(response);
  const only = more.length === 0 ? key : '';
  const text =
    only === 'output' && typeof value === 'string'
      ? value
      : only === 'error'
        ? textOf(value)
        : JSON.stringify(response);
  return {
    type: 'tool-result',
    callId: optional(asString, field(result, 'id'), `${path}.functionResponse.id`) ?? '',
    name,
    content: [{ type: 'text', text }, ...media],
    ...(only === 'error' ? { failed: true as const } : {}),
    ...keep(part, ofResult),
  };
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function decodeMedia(part: JsonObject, path: string): Block | undefined {
  const inline = optional(asObject, field(part, 'inlineData'), `${path}.inlineData`);
  const file = optional(asObject, field(part, 'fileData'), `${path}.fileData`);
  const node = inline ?? file;
  if (node === undefined) return undefined;
  const where = `${path}.${inline === undefined ? 'fileData' : 'inlineData'}`;
  const mime = optional(asString, field(node, 'mimeType'), `${where}.mimeType`) ?? '';
  const name = textIn(node, 'displayName');
  return {
    type: 'media',
    media: kindOfMime(mime),
    source:
      inline === undefined
        ? { kind: 'url', url: asString(field(node, 'fileUri'), `${where}.fileUri`) }
        : { kind: 'base64', mime, data: asString(field(node, 'data'), `${where}.data`) },
    ...(name === undefined ? {} : { name }),
    ...signatureIn(part, path),
    ...ownOf(part, inline === undefined ? mime : ''),
  };
}

/** The type of a file is said beside its address, where the hub has no place for it. */
function ownOf(part: JsonObject, mimeType: string): Pick<Carried, 'extra'> {
  const { extra } = keep(part, ofMedia);
  if (mimeType === '') return extra === undefined ? {} : { extra };
  return { extra: { [self]: { ...extra?.[self], fileData: { mimeType } } } };
}

function signatureIn(part: JsonObject, path: string): { signature?: Signature } {
  const proof = proofOf(part, path);
  return proof === undefined ? {} : { signature: readSignature(proof, self) };
}

function proofOf(part: JsonObject, path: string): string | undefined {
  const proof = optional(asString, field(part, 'thoughtSignature'), `${path}.thoughtSignature`);
  return proof === '' ? undefined : proof;
}
