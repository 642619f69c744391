import { clients } from '../dialects/index.ts';
import type { DialectId, HubEvent, ProxyError } from '../hub/index.ts';
import type { ClientDialect } from '../translate/index.ts';

/** A client's dialect whose errors inside streams pass `told` first: it hears of them and takes our secrets out. */
export function watched(id: DialectId, told: (error: ProxyError) => ProxyError): ClientDialect {
  const dialect = clients[id];
  const { client } = dialect;
  return {
    ...dialect,
    client: {
      ...client,
      encodeStream(request, given) {
        const encoder = client.encodeStream(request, given);
        const encode = encoder.event.bind(encoder);
        encoder.event = (event: HubEvent) =>
          encode(event.type === 'error' ? { type: 'error', error: told(event.error) } : event);
        return encoder;
      },
      tap(asked, given) {
        const tap = client.tap(asked, given);
        const over = tap.over.bind(tap);
        tap.over = (cause) => (cause === undefined ? over() : over(told(cause)));
        return tap;
      },
    },
  };
}
