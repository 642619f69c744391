import { providers } from '../dialects/index.ts';
import type { Deployment, ParamName } from '../hub/index.ts';
import type { Call } from './call.ts';
import type { Speaker } from './table.ts';
import { isNeutral, wordsOf, wordValue } from './words.ts';

/** Of several dialects that a provider speaks the client's own is taken, unless the request says what only another can. */
export function speakerFor(call: Call, { row }: Deployment): Speaker {
  const { instead, also, dialect } = row;
  if (instead?.having.every((name) => says(call, name))) return providers[instead.dialect];
  return providers[also?.includes(call.client.id) ? call.client.id : dialect];
}

function says({ client, body }: Call, name: ParamName): boolean {
  const words = [...wordsOf(client).values()].flat().filter((word) => word.name === name);
  return words.some((word) => {
    const value = body.has(word.top) ? wordValue(body, word) : undefined;
    return value !== undefined && !isNeutral(name, value);
  });
}
