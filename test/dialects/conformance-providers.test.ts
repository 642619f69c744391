import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { providers } from '../../src/dialects/index.ts';
import { type DialectId, type JsonObject, sealPrefix, unseal } from '../../src/hub/index.ts';
import {
  decodeReply,
  decodeRequest,
  decodeStream,
  dialects,
  encodeReply,
  encodeRequest,
  encodeStream,
  providerIds,
  type WrittenId,
} from './codecs.ts';
import type { Recording } from './fixtures.ts';
import { findIllegal } from './legal.ts';
import { readRaw } from './oracles.ts';
import { numbered, readProviderRequest } from './read-provider-request.ts';
import { type ReplyFacts, readReply, readStream } from './read-reply.ts';
import { type RequestFacts, readRequest } from './read-request.ts';
import { answered, scenarios, told } from './scenarios.ts';
import { validate } from './validators.ts';
import { complaints } from './wires.ts';

/** Every client before every provider whose dialect no client speaks, in every scenario of rosetta/. */

const only = providerIds.filter((id) => !dialects.some((one) => one === id));
const modes = ['whole', 'stream'] as const;
const kinds = {
  'openai-chat': ['openai', 'chat.response', 'chat.stream'],
  'anthropic-messages': ['anthropic', 'response', 'stream'],
} as const;
type Aspect = keyof RequestFacts | keyof ReplyFacts;

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
const said = ['text', 'thinking', 'calls', 'finish', 'usage'] as const;

/** What a provider's wire has no place for (`loss`: words of its entry), or says in a form of its own. */
const skips: { provider: DialectId; aspect: Aspect; of?: RegExp; why: string; loss?: RegExp }[] = [
  {
    provider: 'openai-responses',
    aspect: 'cacheMarks',
    why: 'prefixes are cached without being asked',
    loss: /cache marks/,
  },
  {
    provider: 'openai-responses',
    aspect: 'maxTokens',
    of: /max-tokens/,
    why: 'at least 16 can be asked for',
    loss: /shorter than 16/,
  },
  { provider: 'openai-responses', aspect: 'stop', why: 'no word for it', loss: /stop sequences/ },
  { provider: 'gemini', aspect: 'cacheMarks', why: 'prefixes are cached without being asked', loss: /cache marks/ },
  { provider: 'gemini', aspect: 'turns', of: /image-url/, why: 'the link is fetched' },
  { provider: 'bedrock-converse', aspect: 'turns', of: /image-url/, why: 'the link is fetched' },
  {
    provider: 'bedrock-converse',
    aspect: 'turns',
    of: /empty-tool-args/,
    why: 'a result without a text is refused: it says that there is no output',
  },
  {
    provider: 'bedrock-converse',
    aspect: 'tools',
    of: /tool-result-follow-up/,
    why: 'tools that may not be called are told only as far as the calls before need them',
    loss: /choice of no tool/,
  },
  {
    provider: 'bedrock-converse',
    aspect: 'toolChoice',
    of: /tool-result-follow-up/,
    why: 'no word for none',
    loss: /choice of no tool/,
  },
  { provider: 'cohere', aspect: 'cacheMarks', why: 'no word for them', loss: /cache marks/ },
  { provider: 'cohere', aspect: 'toolChoice', of: /empty-tool-args/, why: 'the named tool is the only one offered' },
  { provider: 'cohere', aspect: 'toolChoice', of: /^tool-call$/, why: 'auto is what is said by nothing' },
  { provider: 'cohere', aspect: 'finish', of: /^refusal$/, why: 'there is no finish for it' },
  {
    provider: 'ollama',
    aspect: 'turns',
    of: /cache-marks/,
    why: 'a message is one text',
    loss: /borders between the texts/,
  },
  { provider: 'ollama', aspect: 'turns', of: /image-url/, why: 'the link is fetched' },
  {
    provider: 'ollama',
    aspect: 'tools',
    of: /tool-result-follow-up/,
    why: 'tools that may not be called are not told',
    loss: /the choice of a tool/,
  },
  { provider: 'ollama', aspect: 'cacheMarks', why: 'no word for them', loss: /cache marks/ },
  { provider: 'ollama', aspect: 'toolChoice', why: 'no word for it', loss: /the choice of a tool/ },
  {
    provider: 'ollama',
    aspect: 'usage',
    of: /^usage-cached$/,
    why: 'cached tokens are not counted',
    loss: /cached tokens/,
  },
  { provider: 'ollama', aspect: 'finish', of: /^refusal$/, why: 'there is no finish for it' },
];

/** What models need set to take all that their wire can say. */
const able: { [D in DialectId]?: object } = {
  'bedrock-converse': { cacheTtl: true },
  cohere: { thinks: true },
};

/** What a provider's wire cannot take at all: the client is told so. */
const refused: { provider: DialectId; of: RegExp; says: RegExp }[] = [
  { provider: 'openai-completions', of: /^image-/, says: /takes text only, no image/ },
];

function kept<A extends Aspect>(aspects: readonly A[], provider: DialectId, scenario: string): A[] {
  const skipped = skips.filter((skip) => skip.provider === provider && (skip.of ?? /^/).test(scenario));
  return aspects.filter((aspect) => !skipped.some((skip) => skip.aspect === aspect));
}

/** Nothing differs in these aspects. */
function same<T extends object>(got: T, wanted: T, aspects: readonly (keyof T)[]): void {
  const wrong = aspects.filter((aspect) => !isDeepStrictEqual(got[aspect], wanted[aspect]));
  const differences = wrong.map((aspect) => ({ aspect, wanted: wanted[aspect], got: got[aspect] }));
  expect(differences, JSON.stringify(differences)).toEqual([]);
}

/** A scenario's answer as a recording, for the dialect's oracle. */
function recordingOf(scenario: string, dialect: DialectId, body: Buffer, stream: boolean): Recording {
  const framing = providers[dialect].provider.framings[0];
  return {
    name: `rosetta/${scenario}`,
    dialect,
    case: scenario,
    body,
    ...(stream && framing !== undefined ? { framing } : {}),
    meta: {
      provider: '',
      operation: 'chat',
      model: null,
      status: 200,
      stream,
      body_file: '',
      shows: [],
      response_headers: {},
    },
  };
}

/** The facts with the ids of `source`, where it has none, or for `all`: ids are each server's own. */
function sameIds(facts: ReplyFacts, source: ReplyFacts, all = false): ReplyFacts {
  const calls = facts.calls.map(([id, name, args], n): ReplyFacts['calls'][number] => {
    const wanted = source.calls[n]?.[0] ?? id;
    const free = id !== '' && (wanted === '' || wanted === 'made up');
    return [free || all ? wanted : id, name, args];
  });
  return { ...facts, calls };
}

test.each(skips)('$provider, $aspect: $why', ({ provider, loss }) => {
  if (loss !== undefined) expect(providers[provider].losses.filter(({ what }) => loss.test(what))).not.toEqual([]);
});

describe.each(only)('provider %s', (provider) => {
  describe.each(dialects)('client %s', (client) => {
    test.each(scenarios)('request: %s', (scenario) => {
      const { request: body } = told(scenario, client);
      for (const mode of modes) {
        const request = decodeRequest(client, mode === 'stream' ? { ...body, stream: true } : body);
        const refusal = refused.find((one) => one.provider === provider && one.of.test(scenario));
        if (refusal !== undefined) {
          expect(() => encodeRequest(provider, request)).toThrow(refusal.says);
          continue;
        }
        const sent = encodeRequest(provider, request, able[provider]);
        expect(complaints(provider, sent)).toEqual([]);
        expect(JSON.stringify(sent)).not.toContain(sealPrefix);
        if (!readable(provider)) continue;
        const facts = readProviderRequest(provider, sent);
        same(facts, numbered(readRequest(client, body)), kept(asked, provider, scenario));
        expect(facts.proofs).toEqual([]);
      }
    });

    const answers = scenarios.flatMap((scenario) => {
      const answer = answered(scenario, provider);
      return answer === undefined ? [] : modes.map((mode) => ({ scenario, mode, ...answer }));
    });
    test.each(answers)('reply: $scenario, $mode', ({ scenario, mode, response, stream }) => {
      const request = decodeRequest(client, asking(client, told(scenario, client).request, mode));
      const raw = mode === 'stream' ? stream : Buffer.from(JSON.stringify(response));
      const source = readRaw(recordingOf(scenario, provider, raw, mode === 'stream'), provider);
      const { facts, complaints: wrong } = mode === 'stream' ? streamed() : whole();
      expect(wrong).toEqual([]);
      same(sameIds(facts, source), source, kept(said, provider, scenario));
      expect(facts.model).toBe(request.model);
      expect(facts.proofs.map((proof) => unseal(proof)?.value)).toEqual(source.proofs);

      function whole(): { facts: ReplyFacts; complaints: string[] } {
        const body = encodeReply(client, request, decodeReply(provider, response));
        return { facts: readReply(client, body), complaints: check(client, body, 1) };
      }
      function streamed(): { facts: ReplyFacts; complaints: string[] } {
        const events = decodeStream(provider, [stream]);
        expect(findIllegal(events)).toEqual([]);
        const text = encodeStream(client, request, events);
        return { facts: readStream(client, text), complaints: check(client, text, 2) };
      }
    });
  });

  test.each(scenarios)('%s is told as in the other wires', (scenario) => {
    const answer = answered(scenario, provider);
    if (answer === undefined) return;
    const twin = readReply('anthropic-messages', told(scenario, 'anthropic-messages').response);
    for (const mode of modes) {
      const raw = mode === 'stream' ? answer.stream : Buffer.from(JSON.stringify(answer.response));
      const facts = readRaw(recordingOf(scenario, provider, raw, mode === 'stream'), provider);
      same(sameIds(facts, twin, true), twin, kept(said, provider, scenario));
    }
  });
});

function readable(provider: DialectId): boolean {
  return provider !== 'openai-completions' && provider !== 'replicate';
}

function check(client: WrittenId, body: unknown, kind: 1 | 2): string[] {
  return validate(kinds[client][0], body, kinds[client][kind], { beta: true }).errors;
}

function asking(client: WrittenId, request: JsonObject, mode: 'whole' | 'stream'): JsonObject {
  if (mode === 'whole') return request;
  return {
    ...request,
    stream: true,
    ...(client === 'openai-chat' ? { stream_options: { include_usage: true } } : {}),
  };
}
