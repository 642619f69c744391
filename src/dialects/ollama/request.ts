import { type At, type HubRequest, type JsonObject, ProxyError, type Tool } from '../../hub/index.ts';
import {
  asArray,
  asBoolean,
  asObject,
  asString,
  FieldError,
  firstMember,
  type JsonValue,
  type Members,
  optional,
} from '../../wire/index.ts';
import { asRole, decodeMessages } from './decode-messages.ts';
import { decodeFormat, decodeOptions } from './options.ts';
import { self } from './params.ts';

/** What every request must be, seen in the bytes. No messages, or none in their list: the model is to be loaded. */
export function check(body: Members): void {
  asked(() => {
    checkPlain(body);
    const list = body.elements('messages');
    if (list === undefined && isThere(body, 'messages')) throw new FieldError('messages', 'must be an array');
    for (const [index, message] of (list ?? []).entries()) {
      const path = `messages[${index}]`;
      if (message[0] !== 0x7b) throw new FieldError(path, 'must be an object');
      asRole(roleOf(message, path), `${path}.role`);
    }
  });
}

export function checkPlain(body: Members): void {
  if (body.has('model')) optional(asString, body.get('model'), 'model');
  if (body.has('stream')) optional(asBoolean, body.get('stream'), 'stream');
}

/** null says nothing. */
function isThere(body: Members, word: string): boolean {
  return body.has(word) && body.bytes(word)?.[0] !== 0x6e;
}

function roleOf(message: Buffer, path: string): JsonValue | undefined {
  const role = firstMember(message, 'role');
  if (role === undefined) return undefined;
  try {
    return JSON.parse(role.toString('utf8'));
  } catch {
    throw new FieldError(path, 'is not valid JSON');
  }
}

/** /api/chat. Strict where it reads: throws invalid-request naming the field. */
export function decodeRequest(body: JsonObject, at: At): HubRequest {
  return asked(() => {
    const tools = optional(asArray, body['tools'], 'tools')?.map(decodeTool);
    return {
      ...decodePlain(body, at, ['messages', 'tools']),
      messages: decodeMessages(body['messages'] ?? []),
      ...(tools === undefined ? {} : { tools }),
    };
  });
}

const understood = ['model', 'stream', 'options', 'think', 'format', 'logprobs', 'top_logprobs'];

/** What both forms say alike. `read`: the words that the caller reads; all others stay in this dialect (DECISIONS.md 11). */
export function decodePlain(body: JsonObject, at: At, read: readonly string[]): Omit<HubRequest, 'messages'> {
  const { params, rest } = decodeOptions(body);
  const output = decodeFormat(body);
  const known = [...understood, ...read];
  const own = Object.entries(body).filter(([word, value]) => !known.includes(word) && value !== null);
  const extra: JsonObject = Object.fromEntries(own);
  if (Object.keys(rest).length > 0) extra['options'] = rest;
  return {
    from: self,
    model: at.model || (optional(asString, body['model'], 'model') ?? ''),
    stream: at.stream,
    params,
    ...(output === undefined ? {} : { output }),
    ...(Object.keys(extra).length === 0 ? {} : { extra: { [self]: extra } }),
    unknown: {},
  };
}

function decodeTool(value: JsonValue, index: number): Tool {
  const path = `tools[${index}]`;
  const fields = asObject(asObject(value, path)['function'], `${path}.function`);
  const description = optional(asString, fields['description'], `${path}.function.description`);
  return {
    kind: 'function',
    name: asString(fields['name'], `${path}.function.name`),
    schema: optional(asObject, fields['parameters'], `${path}.function.parameters`) ?? {
      type: 'object',
      properties: {},
    },
    ...(description === undefined ? {} : { description }),
  };
}

/** Runs a strict reader: what it refuses is the client's mistake, also nesting that no stack can hold. */
export function asked<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof RangeError) {
      throw new ProxyError('invalid-request', 'the body is nested too deeply', { cause: thrown });
    }
    if (!(thrown instanceof FieldError)) throw thrown;
    const param = thrown.path === '' ? {} : { param: thrown.path };
    throw new ProxyError('invalid-request', thrown.message, { ...param, cause: thrown });
  }
}
