import { type Deployment, ProxyError } from '../hub/index.ts';
import type { Call, Outgoing } from './call.ts';
import { plan, targetOf } from './plan.ts';
import { blame, readObject } from './reading.ts';
import { speakerFor } from './speaker.ts';

/** Whether a deployment is spoken to in the client's own form. */
function speaksAlike(call: Call, to: Deployment): boolean {
  return speakerFor(call, to).id === call.client.id;
}

/** What is asked about an answer that the provider keeps; bodies pass. `below`: the path behind that of answers. */
export function planStored(call: Call, to: Deployment, method: string, below: string): Outgoing {
  const speaker = speakerFor(call, to);
  const target = targetOf(call, to, speaker, false);
  return {
    target: { ...target, method, path: joinPath(target.path, below, call.query) },
    body: Buffer.alloc(0),
    dropped: [],
    stream: false,
    reply: ({ status, headers }) => {
      if (status > 299)
        return blame(new ProxyError('bad-upstream-reply', `the provider answered with ${status}`), { to });
      const type = String(headers['content-type'] ?? 'application/json');
      const isJson = /json/.test(type);
      return {
        kind: 'whole',
        type,
        read: (body) => {
          if (isJson) readObject(body);
          return { body, facts: {} };
        },
      };
    },
    refused: (status, headers, body) => blame(speaker.provider.decodeError(status, headers, body), { to }),
  };
}

/** A conversation made shorter by who can read it. Throws invalid-request where the provider has no such thing. */
export function planCompaction(call: Call, to: Deployment): Outgoing {
  const chat: Call = { ...call, operation: 'chat' };
  if (!speaksAlike(chat, to)) {
    const text = `${to.provider.title} compacts no conversations: only providers of OpenAI's Responses API do. Ask the model for a summary instead`;
    throw new ProxyError('invalid-request', text, { param: 'model', provider: to.provider.id, model: to.model });
  }
  const outgoing = plan(chat, to);
  const { target } = outgoing;
  return { ...outgoing, target: { ...target, path: joinPath(target.path, '/compact') } };
}

/** `below` stands before the query that a path may have; the client's own query is added. */
function joinPath(path: string, below: string, query?: URLSearchParams): string {
  const [place = '', own] = path.split('?', 2);
  const asked = new URLSearchParams(own);
  for (const [name, value] of query ?? []) if (!ours.has(name)) asked.append(name, value);
  const text = asked.toString();
  return `${place}${below}${text === '' ? '' : `?${text}`}`;
}

/** A key in the URL is for us; the version is the deployment's. */
const ours: ReadonlySet<string> = new Set(['key', 'api-version']);
