import { collector, type Facts, type HubResponse, type JsonObject, toEvents } from '../hub/index.ts';
import { members, restamp, splice } from '../wire/index.ts';
import type { Whole } from './call.ts';
import { blame, type Reading, readObject, tellAnswer } from './reading.ts';

/** A whole reply in the client's own dialect: only the model's name is put back to what the client wrote. */
export function passingReply(reading: Reading): Whole {
  const { call, model } = reading;
  return whole(reading, 'application/json', (body, reply) => {
    const facts = call.client.client.glance(reply);
    tellAnswer(reading, reply);
    if (typeof reply.model !== 'string' || reply.model === model) return { body, facts };
    return { body: restamp(body, 'model', reply.model, model) ?? splice(members(body), { set: { model } }), facts };
  });
}

/** A whole reply in another dialect, or one that says things in an odd way. */
export function translatedReply(reading: Reading): Whole {
  const { call } = reading;
  return whole(reading, 'application/json', (_, reply) => {
    const response = decode(reading, reply);
    const encoded = call.client.client.encodeResponse(response, reading.asked(), call.given);
    tellAnswer(reading, encoded);
    return { body: JSON.stringify(encoded), facts: factsOf(response) };
  });
}

/** A whole reply to a client that asked for a stream: the stream, told at once. */
export function streamedReply(reading: Reading): Whole {
  const { call } = reading;
  const encoder = call.client.client.encodeStream(reading.asked(), call.given, call);
  return whole(reading, encoder.type, (_, reply) => {
    const response = decode(reading, reply);
    let text = '';
    toEvents(response, (event) => {
      text += encoder.event(event);
    });
    text += encoder.end();
    tellAnswer(reading, encoder.whole?.());
    return { body: text, facts: factsOf(response) };
  });
}

type Read = (body: Buffer, reply: JsonObject) => { body: Buffer | string; facts: Facts };

function whole(reading: Reading, type: string, read: Read): Whole {
  return {
    kind: 'whole',
    type,
    read: (body) => {
      const now = reading.call.given.now();
      try {
        const told = read(body, readObject(body, reading.side));
        told.facts.firstByteAt = now;
        told.facts.firstTokenAt = now;
        return told;
      } catch (thrown) {
        throw blame(thrown, reading);
      }
    },
  };
}

function decode({ call, side, quirks, adapted, undo }: Reading, reply: JsonObject): HubResponse {
  const decoded = side.decodeResponse(reply, call.given, quirks);
  if (!adapted) return decoded;
  const { take, response } = collector();
  toEvents(decoded, undo(take));
  return response();
}

function factsOf({ id, model, usage, choices }: HubResponse): Facts {
  const finish = choices[0]?.finish;
  return {
    id,
    model,
    ...(usage === undefined ? {} : { usage }),
    ...(finish === undefined ? {} : { finish: finish.raw ?? finish.reason }),
  };
}
