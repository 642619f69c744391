import { describe, expect, test } from 'vitest';
import { clients, providers } from '../../src/dialects/index.ts';
import { type JsonObject, sealPrefix, unseal } from '../../src/hub/index.ts';
import {
  decodeReply,
  decodeRequest,
  decodeStream,
  dialects,
  encodeReply,
  encodeStream,
  type WrittenId,
} from './codecs.ts';
import { followUp } from './follow-up.ts';
import { findIllegal } from './legal.ts';
import { type ReplyFacts, readReply, readStream } from './read-reply.ts';
import { type RequestFacts, readRequest } from './read-request.ts';
import { scenarios, told } from './scenarios.ts';
import { available, validate } from './validators.ts';

const modes = ['whole', 'stream'] as const;
const wires = {
  'openai-chat': {
    vendor: 'openai',
    request: 'chat.request',
    whole: 'chat.response',
    stream: 'chat.stream',
  },
  'anthropic-messages': {
    vendor: 'anthropic',
    request: 'request',
    whole: 'response',
    stream: 'stream',
  },
} as const;

/** Fields of ours that OpenAI's description has no place for (LITELLM.md 5.1); everything else unknown is an error. */
const ours =
  /reasoning_content|thinking_blocks|cache_control|cache_creation|cache_read_input|provider_specific_fields|output_tokens_details/;

/** What may be missing, and the words of the `losses` entry that says why. */
const skips: {
  aspect: keyof RequestFacts | keyof ReplyFacts;
  client?: WrittenId;
  provider?: WrittenId;
  loss: { of: WrittenId; says: RegExp };
}[] = [
  {
    aspect: 'stopSequence',
    client: 'openai-chat',
    loss: { of: 'openai-chat', says: /stop sequence/i },
  },
];

function kept<K extends keyof RequestFacts | keyof ReplyFacts>(
  aspects: readonly K[],
  client: WrittenId,
  provider: WrittenId,
): K[] {
  return aspects.filter(
    (aspect) =>
      !skips.some(
        (skip) =>
          skip.aspect === aspect && (skip.client ?? client) === client && (skip.provider ?? provider) === provider,
      ),
  );
}

function pick<T extends object, K extends keyof T>(facts: T, keys: readonly K[]): Partial<T> {
  const out: Partial<T> = {};
  for (const key of keys) if (facts[key] !== undefined) out[key] = facts[key];
  return out;
}

test.each(skips)('the reason to skip $aspect is a declared loss', ({ loss }) => {
  expect(providers[loss.of].losses.filter(({ what }) => loss.says.test(what))).not.toEqual([]);
});

const asked = [
  'system',
  'turns',
  'cacheMarks',
  'maxTokens',
  'temperature',
  'topP',
  'stop',
  'tools',
  'toolChoice',
  'schema',
] as const;
const answered = ['text', 'thinking', 'calls', 'finish', 'stopSequence', 'usage'] as const;

describe.each(dialects)('client %s', (client) => {
  describe.each(dialects)('provider %s', (provider) => {
    describe.each(scenarios)('%s', (scenario) => {
      const here = told(scenario, client);
      const there = told(scenario, provider);

      test.each(modes)('request, %s', (mode) => {
        const request = decodeRequest(client, mode === 'stream' ? { ...here.request, stream: true } : here.request);
        const body = providers[provider].provider.encodeRequest(request, {});
        const wire = wires[provider];
        const { errors } = validate(wire.vendor, body, wire.request, {
          unknown: 'error',
        });
        expect(errors.filter((error) => !ours.test(error))).toEqual([]);
        expect(body.stream === true).toBe(mode === 'stream');
        const aspects = kept(asked, client, provider);
        expect(pick(readRequest(provider, body), aspects)).toEqual(pick(readRequest(client, here.request), aspects));
        const own = provider === 'anthropic-messages' ? readRequest(provider, there.request).proofs : [];
        expect(readRequest(provider, body).proofs).toEqual(own);
        expect(JSON.stringify(body)).not.toContain(sealPrefix);
      });

      test.each(modes)('reply, %s', (mode) => {
        const request = decodeRequest(client, asking(client, here.request, mode));
        const facts = mode === 'whole' ? encodeWhole() : encodeStreamed();
        const source = readReply(provider, there.response);
        const aspects = kept(answered, client, provider);
        expect(pick(facts, aspects)).toEqual(pick(source, aspects));
        expect(facts.model).toBe(request.model);
        expect(facts.id).toMatch(client === 'openai-chat' ? /^chatcmpl-/ : /^msg_/);
        const proofs = facts.proofs.map((proof) => (client === provider ? proof : unseal(proof)?.value));
        expect(proofs).toEqual(source.proofs);

        function encodeWhole(): ReplyFacts {
          const body = encodeReply(client, request, decodeReply(provider, there.response));
          valid(body, 'whole');
          return readReply(client, body);
        }
        function encodeStreamed(): ReplyFacts {
          const events = decodeStream(provider, [there.stream]);
          expect(findIllegal(events)).toEqual([]);
          const text = encodeStream(client, request, events);
          valid(text, 'stream');
          return readStream(client, text);
        }
        function valid(body: unknown, kind: 'whole' | 'stream'): void {
          const wire = wires[client];
          const { errors } = validate(wire.vendor, body, wire[kind], {
            unknown: 'error',
          });
          expect(errors.filter((error) => !ours.test(error))).toEqual([]);
        }
      });

      test.each(dialects)('the next turn goes to %s', (next) => {
        const request = decodeRequest(client, here.request);
        const reply = encodeReply(client, request, decodeReply(provider, there.response));
        const body = followUp(client, here.request, reply);
        const encoded = providers[next].provider.encodeRequest(decodeRequest(client, body), {});
        const wire = wires[next];
        const { errors } = validate(wire.vendor, encoded, wire.request, {
          unknown: 'error',
        });
        expect(errors.filter((error) => !ours.test(error))).toEqual([]);
        const facts = readRequest(next, encoded);
        const source = readReply(provider, there.response);
        for (const [id, name, args] of source.calls) {
          expect(facts.turns).toContain(`call ${id}: ${name} ${JSON.stringify(args)}`);
          expect(facts.turns).toContain(`result ${id}: result of ${id}`);
        }
        const before = next === 'anthropic-messages' ? readRequest(next, told(scenario, next).request).proofs : [];
        const again = next === provider && next === 'anthropic-messages' ? source.proofs : [];
        expect(facts.proofs).toEqual([...before, ...again]);
        expect(JSON.stringify(encoded)).not.toContain(sealPrefix);
      });
    });
  });
});

function asking(client: WrittenId, request: JsonObject, mode: 'whole' | 'stream'): JsonObject {
  if (mode === 'whole') return request;
  return {
    ...request,
    stream: true,
    ...(client === 'openai-chat' ? { stream_options: { include_usage: true } } : {}),
  };
}

test('the dialects here are clients, and every client is a provider too', () => {
  expect(Object.keys(clients)).toEqual(expect.arrayContaining([...dialects]));
  for (const [id, dialect] of Object.entries(clients))
    expect([dialect.id, dialect.provider?.framings]).toEqual([id, expect.any(Array)]);
});

test.skipIf(!available)('the published schemas are here, and they refuse (skipped: bodies are not validated)', () => {
  expect(validate('openai', { model: 'm' }, 'chat.request').errors).not.toEqual([]);
  expect(validate('anthropic', { model: 'm', messages: [] }, 'request').errors).not.toEqual([]);
});
