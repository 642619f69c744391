import type { JsonObject, ProxyError } from '../../hub/index.ts';
import { isObject } from '../../wire/index.ts';
import { decodeErrorMember } from '../openai-refusal.ts';

export { cutShort, unusable } from '../trouble.ts';

/** The error of a response that failed, or of an `error` event, which says it flat or nested. */
export function decodeInnerError(node: JsonObject): ProxyError {
  const error = isObject(node.error) || typeof node.error === 'string' ? node.error : node;
  if (!isObject(error)) return decodeErrorMember(error);
  const { code = null, message = null, param = null, type } = error;
  const named = typeof type === 'string' && type !== 'error' && !type.startsWith('response.') ? { type } : {};
  return decodeErrorMember({ code, message, param, ...named });
}
