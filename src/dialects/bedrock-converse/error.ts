import { ProxyError } from '../../hub/index.ts';

/** A reply that is none of this API's. */
export function unusable(problem: string): ProxyError {
  return new ProxyError('bad-upstream-reply', `The provider's reply is unusable: ${problem}`);
}

/** A stream that stopped before its stop reason. */
export function cutShort(): ProxyError {
  return new ProxyError('bad-upstream-reply', "The provider's stream ended before the answer was finished.");
}

/** What this wire has no form for; `message`: its place in the conversation. */
export function unsayable(what: string, message: number): ProxyError {
  const param = `messages[${message}]`;
  return new ProxyError('invalid-request', `${param}: Amazon Bedrock's Converse API does not take ${what}`, { param });
}
