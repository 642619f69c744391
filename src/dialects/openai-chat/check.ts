import { ProxyError } from '../../hub/index.ts';
import { FieldError, firstMember, type Members } from '../../wire/index.ts';

/**
 * What every request must be, seen in the bytes; the words are those that clients of this form know. A message is read up
 * to its role, where a second pass over 2 MB would take 8 ms: a fault behind it is the provider's to refuse.
 */
export function check(body: Members): void {
  asInvalidRequest(() => {
    checkType(body, 'model', 'string', 'a string');
    checkType(body, 'stream', 'boolean', 'true or false');
    const messages = body.bytes('messages');
    if (messages === undefined || isNull(messages)) {
      throw new ProxyError('invalid-request', "Missing required parameter: 'messages'.", { param: 'messages' });
    }
    const all = body.elements('messages');
    if (all === undefined) throw new FieldError('messages', 'must be an array');
    if (all.length === 0) throw new FieldError('messages', 'must not be empty');
    all.forEach(checkMessage);
  });
}

/** A field that is not what it must be is the client's mistake. */
export function asInvalidRequest<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof RangeError) {
      throw new ProxyError('invalid-request', 'Invalid request: the body is nested too deeply', { cause: thrown });
    }
    if (!(thrown instanceof FieldError)) throw thrown;
    const param = thrown.path === '' ? {} : { param: thrown.path };
    throw new ProxyError('invalid-request', `Invalid request: ${thrown.message}`, { ...param, cause: thrown });
  }
}

function checkMessage(message: Buffer, index: number): void {
  if (message[0] !== 0x7b) throw new FieldError(`messages[${index}]`, 'must be an object');
  const role = firstMember(message, 'role');
  if (role === undefined || isNull(role)) {
    const param = `messages[${index}].role`;
    throw new ProxyError('invalid-request', `Missing required parameter: '${param}'.`, { param });
  }
  if (role[0] !== 0x22) throw new FieldError(`messages[${index}].role`, 'must be a string');
}

function checkType(body: Members, name: string, type: 'string' | 'boolean', wanted: string): void {
  const value = body.get(name);
  if (value !== undefined && value !== null && typeof value !== type) {
    throw new FieldError(name, `must be ${wanted}`);
  }
}

function isNull(bytes: Buffer): boolean {
  return bytes[0] === 0x6e;
}
