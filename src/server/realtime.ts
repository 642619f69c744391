import type { IncomingMessage } from 'node:http';
import type { Deployment } from '../hub/index.ts';
import { failure, socketPath } from '../translate/index.ts';
import { credentials, joinHeaders, type Sending } from '../upstream/index.ts';
import type { House } from './house.ts';
import { keeperOf, modelAt } from './keeper.ts';
import { passSocket, refuseSocket, type SocketRoute } from './native-socket.ts';
import { Story } from './story.ts';

const plain = /^(?:\/v1|\/openai\/v1|\/v1\/openai|(\/openai))?\/realtime\/?$/;

/**
 * OpenAI's realtime sessions: the WebSocket goes on to the account that serves the model, with our key and the provider's
 * name for it. The root that is another vendor's mount as well is Azure's with a version.
 */
export function realtime(house: House): SocketRoute {
  return (req, socket, head) => {
    const [path = '', text = ''] = (req.url ?? '/').split('?', 2);
    const query = new URLSearchParams(text);
    const found = plain.exec(path);
    if (found === null || (found[1] !== undefined && !query.has('api-version'))) return false;
    const fail = (thrown: unknown): void => {
      const error = failure(thrown);
      const status = refuseSocket(house, req, socket, error);
      new Story(house, req, 'openai-chat').end(status, undefined, error);
    };
    try {
      const to = keeperOf(house, wantedOf(query, req.headers));
      const asked = query.get('model') ?? query.get('deployment') ?? undefined;
      const model = asked === undefined ? undefined : modelAt(house.config, to, asked);
      const { base, timeoutMs, trust } = to;
      const below = socketPath(to, model, query);
      const told = { to: { ...to, model: model ?? '-' }, ...(asked === undefined ? {} : { model: asked }) };
      withoutAccount(req);
      const open = (keys: Record<string, string>): void => {
        if (socket.destroyed) return;
        const headers = joinHeaders(keys, to.headers);
        passSocket(house, req, socket, head, { base, path: below, headers, timeoutMs, trust, told });
      };
      const keys = credentials(to);
      if (typeof keys !== 'function') open(keys);
      else keys(asking(to, below), house.upstream).then(open).catch(fail);
    } catch (thrown) {
      fail(thrown);
    }
    return true;
  };
}

/** Pages say in the protocols that they offer whose account they mean; which one it is our key says. */
function withoutAccount({ headers }: IncomingMessage): void {
  const offered = headers['sec-websocket-protocol']?.split(',').map((one) => one.trim());
  const kept = offered?.filter((one) => !/^openai-(?:organization|project)\./.test(one)) ?? [];
  if (kept.length > 0) headers['sec-websocket-protocol'] = kept.join(', ');
  else delete headers['sec-websocket-protocol'];
}

function wantedOf(query: URLSearchParams, headers: NodeJS.Dict<string | string[]>): Parameters<typeof keeperOf>[1] {
  const provider = headers['custom-llm-provider'] ?? query.get('custom_llm_provider') ?? undefined;
  const model = query.get('model') ?? query.get('deployment') ?? undefined;
  return {
    operation: 'realtime',
    ids: [],
    ...(typeof provider === 'string' && provider !== '' ? { provider } : {}),
    ...(model === undefined ? {} : { model }),
  };
}

/** What a maker of tokens looks at. */
function asking({ base, timeoutMs }: Deployment, path: string): Sending {
  return { method: 'GET', model: '', base, path, headers: {}, body: null, timeoutMs };
}
