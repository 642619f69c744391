import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { providers } from '../../src/dialects/index.ts';
import type { Block, HubEvent } from '../../src/hub/index.ts';
import { ProxyError } from '../../src/hub/index.ts';
import {
  asText,
  collect,
  decodeReply,
  decodeRequest,
  decodeStream,
  dialects,
  encodeReply,
  encodeStream,
  plainRequest,
  type WrittenId,
} from './codecs.ts';
import { findIllegal } from './legal.ts';
import { type Expected, scenarios, type Trap, told, traps } from './scenarios.ts';
import { validate } from './validators.ts';

const requestKind = {
  'openai-chat': 'chat.request',
  'anthropic-messages': 'request',
} as const;
const vendor = {
  'openai-chat': 'openai',
  'anthropic-messages': 'anthropic',
} as const;

/** The expected hub texts lie beside the conversations; `-u` writes them again. */
describe.each(scenarios)('rosetta %s', (scenario) => {
  describe.each(dialects)('%s', (dialect) => {
    const { folder, request, response, stream } = told(scenario, dialect);
    const keep = (what: string): string => join(folder, `${dialect}.${what}.hub`);

    test('request to hub', async () => {
      await expect(asText(decodeRequest(dialect, request))).toMatchFileSnapshot(keep('request'));
    });

    test('response to hub', async () => {
      await expect(asText(decodeReply(dialect, response))).toMatchFileSnapshot(keep('response'));
    });

    test('stream to hub', async () => {
      const events = decodeStream(dialect, [stream]);
      expect(findIllegal(events)).toEqual([]);
      await expect(asText(events)).toMatchFileSnapshot(keep('stream'));
    });

    test.each(dialects)('request to %s, valid there', (other) => {
      const body = providers[other].provider.encodeRequest(decodeRequest(dialect, request), {});
      expect(validate(vendor[other], body, requestKind[other]).errors).toEqual([]);
    });
  });
});

describe.each(dialects)('recorded %s', (dialect) => {
  test.each(traps(dialect))('$kind $name', (trap) => {
    const outcome = trap.kind === 'stream' ? streamOutcome(dialect, trap) : replyOutcome(dialect, trap);
    const { calls, ownInvalid, ...expected } = trap.expected;
    expect(outcome).toMatchObject(expected);
    if (calls === undefined) return;
    expect(outcome.calls).toHaveLength(calls.length);
    for (const [n, call] of (outcome.calls ?? []).entries()) {
      expect(call[0]).not.toBe('');
      expect(call).toEqual([calls[n]?.[0] === '*' ? call[0] : calls[n]?.[0], calls[n]?.[1], calls[n]?.[2]]);
    }
  });

  test.each(traps(dialect))('$kind $name, told to both clients', (trap) => {
    for (const client of dialects.filter((one) => one !== dialect || !trap.expected.ownInvalid)) {
      const request = plainRequest(client, trap.kind === 'stream');
      if (trap.kind === 'stream') {
        const text = encodeStream(client, request, decodeStream(dialect, [trap.body]));
        const kind = client === 'openai-chat' ? 'chat.stream' : 'stream';
        const errors = validate(vendor[client], text, kind, { beta: true }).errors;
        expect(errors.filter((error) => !(trap.expected.error && afterError(error)))).toEqual([]);
      } else if (trap.expected.error === undefined) {
        const body = encodeReply(client, request, decodeReply(dialect, JSON.parse(trap.body.toString())));
        expect(validate(vendor[client], body, client === 'openai-chat' ? 'chat.response' : 'response').errors).toEqual(
          [],
        );
      }
    }
  });
});

/** What the validators rightly miss in a stream that ends in an error. */
function afterError(error: string): boolean {
  return /never gets a finish_reason|no \[DONE\]|no message_stop|no stop_reason|do not join to JSON/.test(error);
}

function streamOutcome(dialect: WrittenId, trap: Trap): Expected {
  const events = decodeStream(dialect, [trap.body]);
  expect(findIllegal(events)).toEqual([]);
  const last = events.at(-1);
  const failed = last?.type === 'error' ? last.error : undefined;
  const told: HubEvent[] = failed === undefined ? events : events.slice(0, -1);
  return {
    ...summary(collect(told)),
    ...(failed === undefined ? {} : { error: failed.kind }),
  };
}

function replyOutcome(dialect: WrittenId, trap: Trap): Expected {
  try {
    return summary(decodeReply(dialect, JSON.parse(trap.body.toString())));
  } catch (thrown) {
    if (thrown instanceof ProxyError) return { error: thrown.kind };
    throw thrown;
  }
}

function summary(response: ReturnType<typeof collect>): Expected {
  const first = response.choices.find((choice) => choice.index === 0);
  const second = response.choices.find((choice) => choice.index === 1);
  const blocks = first?.blocks ?? [];
  return {
    id: response.id,
    model: response.model,
    text: joined(blocks, 'text'),
    thinking: joined(blocks, 'thinking'),
    refusal: joined(blocks, 'refusal'),
    signatures: blocks.flatMap((block) => (block.signature === undefined ? [] : [block.signature.value])),
    calls: blocks.flatMap((block): [string, string, string][] =>
      block.type === 'tool-call' ? [[block.id, block.name, block.args]] : [],
    ),
    opaque: blocks.filter((block) => block.type === 'opaque').length,
    ...(first === undefined ? {} : { finish: first.finish.reason }),
    ...(first?.finish.stopSequence === undefined ? {} : { stopSequence: first.finish.stopSequence }),
    ...(response.usage === undefined ? {} : { usage: numbers(response.usage) }),
    ...(second === undefined
      ? {}
      : {
          second: {
            text: joined(second.blocks, 'text'),
            finish: second.finish.reason,
          },
        }),
  };
}

function joined(blocks: readonly Block[], type: 'text' | 'thinking' | 'refusal'): string {
  return blocks.map((block) => (block.type === type ? block.text : '')).join('');
}

function numbers(usage: object): Record<string, number> {
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => typeof value === 'number'));
}
