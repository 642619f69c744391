import {
  type Deployment,
  type EmbeddingRequest,
  type EmbeddingResponse,
  type Facts,
  type JsonObject,
  ProxyError,
  type Usage,
} from '../hub/index.ts';
import { type Edits, members, splice } from '../wire/index.ts';
import type { Call, Outgoing, Whole } from './call.ts';
import { blame, readObject } from './reading.ts';
import { speakerFor } from './speaker.ts';
import { steer, steers } from './steering.ts';
import type { Speaker } from './table.ts';

/** A call for vectors, in as many requests as the provider wants; `answer`: what the client gets when all are read. */
export interface Embedding {
  parts: readonly Outgoing[];
  answer(): { type: string; body: Buffer | string; facts: Facts };
}

/** Throws invalid-request where the provider has no embeddings or cannot say what is asked. */
export function planEmbeddings(call: Call, to: Deployment): Embedding {
  const speaker = speakerFor(call, to);
  const { embeddings: client } = call.client.client;
  const { embeddings: provider } = speaker.provider;
  if (client === undefined || provider === undefined) {
    throw new ProxyError('invalid-request', `${to.provider.title} has no embeddings`, { param: 'model' });
  }
  const { glance } = client;
  if (speaker.id === call.client.id && glance !== undefined && to.row.floatsOnly !== true) {
    return passed(call, to, speaker, glance);
  }
  const asked = client.decodeRequest({ ...to.adds, ...withoutSteering(call) });
  const wanted: EmbeddingRequest = { ...asked, model: to.model };
  if (to.row.floatsOnly === true) wanted.format = 'float';
  const most = typeof provider.most === 'function' ? provider.most(to.row.quirks ?? {}) : provider.most;
  const replies: EmbeddingResponse[] = [];
  const parts = slices(wanted.inputs, most).map((inputs, index) => {
    const part = { ...wanted, inputs };
    const body = provider.encodeRequest(part, to.row.quirks ?? {});
    const read = (reply: JsonObject): Facts => {
      const decoded = provider.decodeResponse(reply, part, to.row.quirks ?? {});
      replies[index] = decoded;
      return decoded.usage === undefined ? {} : { usage: decoded.usage };
    };
    return outgoing(call, to, speaker, Buffer.from(JSON.stringify(seasoned(body, to))), (bytes) => ({
      body: bytes,
      facts: read(readObject(bytes, provider)),
    }));
  });
  return {
    parts,
    answer: () => {
      const joined = join(replies);
      const facts = joined.usage === undefined ? {} : { usage: joined.usage };
      const body = JSON.stringify(client.encodeResponse(joined, { ...asked, model: call.model }, call.given));
      return { type: 'application/json', body, facts };
    },
  };
}

/** The client's own form: bytes go up, and come back with the model's name as the client wrote it. */
function passed(call: Call, to: Deployment, speaker: Speaker, glance: (reply: JsonObject) => Facts): Embedding {
  const { alsoDrop, extraBody } = steer(call.body);
  const drop = [...call.body.names.filter((word) => steers(word) !== undefined || word === 'metadata'), ...alsoDrop];
  const model = to.row.omits?.includes('model') ? {} : { model: to.model };
  const edits: Edits = {
    set: { ...missing(call, to), ...model, ...extraBody, ...to.row.adds },
    drop,
    rename: to.row.renames ?? {},
  };
  let answered: ReturnType<Embedding['answer']> | undefined;
  const part = outgoing(call, to, speaker, splice(call.body, edits), (bytes) => {
    const reply = readObject(bytes);
    const facts = glance(reply);
    const stamped = typeof reply['model'] === 'string' && reply['model'] !== call.model;
    const body = stamped ? splice(members(bytes), { set: { model: call.model } }) : bytes;
    answered = { type: 'application/json', body, facts };
    return { body, facts };
  });
  return {
    parts: [part],
    answer: () => {
      if (answered === undefined) throw noVectors();
      return answered;
    },
  };
}

function outgoing(call: Call, to: Deployment, speaker: Speaker, body: Buffer, read: Whole['read']): Outgoing {
  const { operation, query, headers } = call;
  const target = speaker.provider.target({ operation, model: to.model, stream: false, query, headers });
  const own = speaker.id === to.row.dialect ? to.row.paths?.[operation] : undefined;
  const path = typeof own === 'string' ? own : own?.[0];
  const blamed = (thrown: unknown): ProxyError => blame(thrown, { to });
  return {
    target: path === undefined ? target : { ...target, path: path.replaceAll('{model}', encodeURIComponent(to.model)) },
    body,
    dropped: [],
    stream: false,
    reply: ({ status }) =>
      status < 200 || status > 299
        ? blamed(new ProxyError('bad-upstream-reply', `the provider's reply is unusable: it has the status ${status}`))
        : {
            kind: 'whole',
            type: 'application/json',
            read: (bytes) => {
              try {
                return read(bytes);
              } catch (thrown) {
                throw blamed(thrown);
              }
            },
          },
    refused: (status, replied, text) => blamed(speaker.provider.decodeError(status, replied, text)),
  };
}

function withoutSteering(call: Call): JsonObject {
  const { alsoDrop, extraBody } = steer(call.body);
  const kept = Object.entries(call.parsed()).filter(
    ([word]) => steers(word) === undefined && word !== 'metadata' && !alsoDrop.includes(word),
  );
  return { ...Object.fromEntries(kept), ...extraBody };
}

/** What the configuration adds and a body lacks. */
function missing({ body }: Call, { adds = {} }: Deployment): JsonObject {
  return Object.fromEntries(Object.entries(adds).filter(([word]) => !body.has(word)));
}

/** Words of OpenAI's form, which every provider is told in its own. */
const told: ReadonlySet<string> = new Set(['dimensions', 'encoding_format', 'user', 'input']);

function seasoned(body: JsonObject, { row, adds = {} }: Deployment): JsonObject {
  const kept = Object.entries(body).filter(([word]) => !row.omits?.includes(word));
  const own = Object.entries(adds).filter(([word]) => !told.has(word));
  return { ...Object.fromEntries(own), ...Object.fromEntries(kept), ...row.adds };
}

function slices<T>(list: readonly T[], most = list.length): T[][] {
  const cut: T[][] = [];
  for (let at = 0; at < list.length; at += most) cut.push(list.slice(at, at + most));
  return cut;
}

function join(replies: readonly EmbeddingResponse[]): EmbeddingResponse {
  const vectors = replies.flatMap((reply) => reply.vectors);
  const counted = replies.flatMap(({ usage }) => usage ?? []);
  if (counted.length === 0) return { vectors };
  const usage: Usage = { input: counted.reduce((sum, { input }) => sum + input, 0), output: 0 };
  return { vectors, usage };
}

function noVectors(): ProxyError {
  return new ProxyError('bad-upstream-reply', "the provider's reply is unusable: it holds no vectors");
}
