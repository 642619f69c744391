import { asProxyError, ProxyError } from '../hub/index.ts';
import { FieldError } from '../wire/index.ts';

/** Anything thrown while a call is read or planned, as the error that the client gets. */
export function failure(thrown: unknown): ProxyError {
  if (thrown instanceof RangeError && /call stack/.test(thrown.message)) {
    return new ProxyError('invalid-request', 'the body is nested too deeply to be translated', { cause: thrown });
  }
  if (!(thrown instanceof FieldError)) return asProxyError(thrown);
  const param = thrown.path === '' ? {} : { param: thrown.path };
  return new ProxyError('invalid-request', thrown.message, { ...param, cause: thrown });
}
