import { ProxyError } from '../../hub/index.ts';
import { asString, FieldError, type Members, optional } from '../../wire/index.ts';

/** What stands for the input where there is none. */
const others = ['previous_response_id', 'conversation', 'prompt'];

/** The least a body must be, seen in the bytes: an input that is a text or a list of objects. */
export function check(body: Members): void {
  asked(() => {
    optional(asString, body.get('model'), 'model');
    optional(asString, body.get('previous_response_id'), 'previous_response_id');
    const stream = body.get('stream') ?? false;
    if (typeof stream !== 'boolean') throw new FieldError('stream', 'must be true or false');
    checkInput(
      body,
      others.some((word) => (body.get(word) ?? null) !== null),
    );
  });
}

function checkInput(body: Members, mayBeEmpty: boolean): void {
  const bytes = body.bytes('input');
  if (bytes === undefined || bytes[0] === 0x6e) {
    if (mayBeEmpty) return;
    throw new ProxyError('invalid-request', "Missing required parameter: 'input'.", { param: 'input' });
  }
  const items = body.elements('input');
  if (items === undefined) {
    if (typeof body.get('input') !== 'string') throw new FieldError('input', 'must be a string or an array');
    return;
  }
  if (items.length === 0 && !mayBeEmpty) throw new FieldError('input', 'must not be empty');
  items.forEach((item, index) => {
    if (item[0] !== 0x7b) throw new FieldError(`input[${index}]`, 'must be an object');
  });
}

/** A field that is not what it must be is the client's mistake. */
export function asked<T>(read: () => T): T {
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
