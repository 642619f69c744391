/** What every dialect says alike of bodies that cannot be read. */
import { type Json, ProxyError } from '../hub/index.ts';
import { FieldError } from '../wire/index.ts';

/** Runs a strict reader: what it refuses is the client's mistake, also nesting that no stack can hold. */
export function asked<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof FieldError) {
      throw new ProxyError('invalid-request', thrown.message, { param: thrown.path, cause: thrown });
    }
    if (thrown instanceof RangeError) {
      throw new ProxyError('invalid-request', 'the body is nested too deeply', { cause: thrown });
    }
    throw thrown;
  }
}

/** Runs a reader of a provider's reply; nesting that no stack can hold is the provider's mistake. */
export function received<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof RangeError) throw unusable('it is nested too deeply');
    throw thrown;
  }
}

/** A reply that is none of the API's. */
export function unusable(problem: string): ProxyError {
  return new ProxyError('bad-upstream-reply', `the provider's reply is unusable: ${problem}`);
}

/** A stream that stopped before its finish. */
export function cutShort(): ProxyError {
  return new ProxyError('bad-upstream-reply', "the provider's stream ended before the answer was finished");
}

/** The number that a counter of tokens answered. Throws bad-upstream-reply. */
export function countOf(value: Json | undefined): number {
  if (typeof value === 'number') return value;
  throw unusable('it holds no count of tokens');
}

/** The text of an error in no known form, as it came; pages of gateways say nothing to a person in a terminal. */
export function plainText(body: string): string | undefined {
  const text = body.trim();
  return text === '' || text.startsWith('<') ? undefined : text;
}
