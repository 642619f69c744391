import { ProxyError } from '../../hub/index.ts';

export { cutShort, unusable } from '../trouble.ts';

/** What this wire has no form for; `message`: its place in the conversation. */
export function unsayable(what: string, message: number): ProxyError {
  const param = `messages[${message}]`;
  return new ProxyError('invalid-request', `${param}: Amazon Bedrock's Converse API does not take ${what}`, { param });
}
