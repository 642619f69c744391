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

/**
 * A conversation made shorter: by the provider, where it is spoken to in the client's own form, else by a summary that the
 * model writes.
 */
export function planCompaction(call: Call, to: Deployment): Outgoing {
  const chat: Call = { ...call, operation: 'chat' };
  if (!speaksAlike(chat, to)) return planSummary(chat, to);
  const outgoing = plan(chat, to);
  const { target } = outgoing;
  return { ...outgoing, target: { ...target, path: joinPath(target.path, '/compact') } };
}

/** Throws invalid-request where the client's form knows no shorter conversations. */
function planSummary(call: Call, to: Deployment): Outgoing {
  const { compaction, id } = { ...call.client.client, id: call.client.id };
  if (compaction === undefined) throw new ProxyError('invalid-request', `clients of ${id} compact no conversations`);
  const request = compaction.ask(call.request());
  const outgoing = plan({ ...call, stream: false, request: () => request }, to);
  const shorter = (bytes: Buffer | string): string => {
    if (bytes.length === 0) return '';
    return JSON.stringify(compaction.write(call.parsed(), readObject(Buffer.from(bytes)), call.given));
  };
  return {
    ...outgoing,
    reply: (head) => {
      const reply = outgoing.reply(head);
      if (reply instanceof ProxyError) return reply;
      if (reply.kind === 'relay') return { ...reply, end: (cause) => shorter(reply.end(cause)) };
      return {
        ...reply,
        read: (bytes) => {
          const { body, facts } = reply.read(bytes);
          return { body: shorter(body), facts };
        },
      };
    },
  };
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
