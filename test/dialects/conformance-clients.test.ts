import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { providers } from '../../src/dialects/index.ts';
import { type DialectId, type HubResponse, type JsonObject, sealPrefix } from '../../src/hub/index.ts';
import {
  collect,
  decodeReply,
  decodeRequest,
  decodeStream,
  encodeReply,
  encodeRequest,
  encodeStream,
  plainRequest,
  providerIds,
} from './codecs.ts';
import { findIllegal } from './legal.ts';
import { numbered, readProviderRequest } from './read-provider-request.ts';
import { type RequestFacts, readRequest } from './read-request.ts';
import { answered, scenarios } from './scenarios.ts';
import { askedBy } from './tell-request.ts';
import { validate } from './validators.ts';
import { complaints } from './wires.ts';

/** The clients whose conversations are not written down in rosetta/, before every provider: told in their words first. */

const replies = {
  'openai-responses': ['openai', 'responses.response', 'responses.stream'],
  gemini: ['gemini', 'response', 'stream'],
  ollama: ['ollama', 'chat.response', 'chat.stream'],
  'openai-completions': ['openai', 'completion.response', 'completion.stream'],
} as const;
type NewClient = keyof typeof replies;
const all: NewClient[] = ['openai-responses', 'gemini', 'ollama', 'openai-completions'];
/** Prompts have no turns to compare. */
const conversing = all.filter((id) => id !== 'openai-completions');

const aspects = ['system', 'turns', 'maxTokens', 'temperature', 'topP', 'stop', 'tools', 'schema'] as const;

/** What differs, and why: said in another form, or (`loss`) words of a loss that the provider declares. */
const skips: {
  client?: NewClient;
  provider: DialectId;
  aspect: (typeof aspects)[number];
  of?: RegExp;
  why: string;
  loss?: RegExp;
}[] = [
  { provider: 'openai-responses', aspect: 'stop', why: 'no word for it', loss: /stop sequences/ },
  {
    provider: 'openai-responses',
    aspect: 'maxTokens',
    of: /max-tokens/,
    why: 'at least 16 can be asked for',
    loss: /shorter than 16/,
  },
  { provider: 'gemini', aspect: 'turns', of: /image-url/, why: 'the link is fetched' },
  { provider: 'bedrock-converse', aspect: 'turns', of: /image-url/, why: 'the link is fetched' },
  { provider: 'ollama', aspect: 'turns', of: /image-url/, why: 'the link is fetched' },
  { provider: 'ollama', aspect: 'turns', of: /cache-marks/, why: 'a message is one text', loss: /borders between/ },
  { provider: 'ollama', aspect: 'tools', of: /follow-up/, why: 'no choice of none', loss: /the choice of a tool/ },
  {
    provider: 'bedrock-converse',
    aspect: 'turns',
    of: /empty-tool-args/,
    why: 'a result without a text is refused: it says that there is no output',
  },
  {
    provider: 'bedrock-converse',
    aspect: 'tools',
    of: /follow-up/,
    why: 'tools that may not be called are told only as far as the calls before need them',
    loss: /choice of no tool/,
  },
  {
    client: 'ollama',
    provider: 'anthropic-messages',
    aspect: 'tools',
    of: /follow-up/,
    why: 'calls without tools are refused: those that were called are named',
  },
];

test.each(skips)('$provider, $aspect: $why', ({ provider, loss }) => {
  if (loss !== undefined) expect(providers[provider].losses.filter(({ what }) => loss.test(what))).not.toEqual([]);
});

function read(dialect: DialectId, body: JsonObject): RequestFacts {
  const written = dialect === 'openai-chat' || dialect === 'anthropic-messages';
  return numbered(written ? readRequest(dialect, body) : readProviderRequest(dialect, body));
}

const readable = providerIds.filter((id) => id !== 'openai-completions' && id !== 'replicate');

describe.each(conversing)('client %s', (client) => {
  describe.each(readable)('provider %s', (provider) => {
    test.each(scenarios)('request: %s', (scenario) => {
      const body = askedBy(client, scenario);
      const request = decodeRequest(client, body);
      const filled = { ...request, params: { maxTokens: 1000, ...request.params } };
      const sent = encodeRequest(provider, provider === 'anthropic-messages' ? filled : request);
      expect(complaints(provider, sent)).toEqual([]);
      expect(JSON.stringify(sent)).not.toContain(sealPrefix);
      const said = read(client, body);
      const got = read(provider, sent);
      const left = aspects.filter(
        (aspect) =>
          said[aspect] !== undefined &&
          !skips.some(
            (skip) =>
              skip.provider === provider &&
              skip.aspect === aspect &&
              (skip.client ?? client) === client &&
              (skip.of ?? /^/).test(scenario),
          ),
      );
      const differences = left.filter((aspect) => !isDeepStrictEqual(got[aspect], said[aspect]));
      expect(differences.map((aspect) => ({ aspect, said: said[aspect], got: got[aspect] }))).toEqual([]);
    });
  });
});

const answers = providerIds.flatMap((provider) =>
  scenarios.flatMap((scenario) => {
    const answer = answered(scenario, provider);
    return answer === undefined ? [] : [{ provider, scenario, ...answer }];
  }),
);

/** What every one of these wires says of an answer. */
function meaning({ choices: [choice], usage }: HubResponse, client: NewClient): object {
  const blocks = choice?.blocks ?? [];
  const said = (...types: string[]): string =>
    blocks.flatMap((block) => ('text' in block && types.includes(block.type) ? [block.text] : [])).join('');
  const plain = client === 'openai-completions';
  return {
    said: said('text', 'refusal'),
    thought: plain ? '' : said('thinking'),
    calls: plain
      ? []
      : blocks.flatMap((block) => (block.type === 'tool-call' ? [[block.name, JSON.parse(block.args || '{}')]] : [])),
    finish: plain && choice?.finish.reason === 'tool-calls' ? 'stop' : choice?.finish.reason,
    usage: [usage?.input, usage?.output],
  };
}

const stopped = new Set(['refusal', 'content-filter']);

describe.each(all)('client %s', (client) => {
  const [vendor, whole, stream] = replies[client];
  const same = (got: HubResponse, wanted: HubResponse): void => {
    const { finish, ...facts } = Object(meaning(got, client));
    const { finish: reason, ...others } = Object(meaning(wanted, client));
    expect(facts).toEqual(others);
    const refuses = wanted.choices.some(({ blocks }) => blocks.some(({ type }) => type === 'refusal'));
    if (refuses) expect(finish === reason || stopped.has(finish)).toBe(true);
    else if (stopped.has(reason)) expect(stopped.has(finish)).toBe(true);
    else if (client !== 'ollama' || reason !== 'tool-calls') expect(finish).toBe(reason);
  };

  test.each(answers)('reply: $provider, $scenario', ({ provider, response, stream: bytes }) => {
    const source = decodeReply(provider, response);
    const body: JsonObject = JSON.parse(JSON.stringify(encodeReply(client, plainRequest(client, false), source)));
    expect(validate(vendor, body, whole).errors).toEqual([]);
    same(decodeReply(client, body), source);

    const events = decodeStream(provider, [bytes]);
    const text = encodeStream(client, plainRequest(client, true), events);
    expect(validate(vendor, text, stream).errors).toEqual([]);
    const again = decodeStream(client, [Buffer.from(text)]);
    expect(findIllegal(again)).toEqual([]);
    same(collect(again), collect(events));
  });
});
