import fc from 'fast-check';
import type {
  Block,
  DialectId,
  Finish,
  HubRequest,
  HubResponse,
  Message,
  Signature,
  Usage,
} from '../../src/hub/index.ts';

/** Answers and conversations that the clients' wires can say, so that laws can ask for the whole of it back. */

const nasty = ['"', '\\', '\u2028', '\ud83d', '\ude00', 'data: [DONE]\n\n', '\r\n', '\u0000', '</think>', '🦊', 'é'];

/** Text with what breaks wires: quotes, line ends, halves of surrogate pairs. */
const texts = fc
  .array(fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: 'grapheme', maxLength: 8 })), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join(''))
  .filter((text) => /\S/.test(text));

const callArgs = fc
  .dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.oneof(texts, fc.integer(), fc.boolean(), fc.constant(null)), {
    maxKeys: 3,
  })
  .map((args) => JSON.stringify(args));

function signatures(makers: readonly DialectId[]): fc.Arbitrary<Signature> {
  return fc.record({ by: fc.constantFrom(...makers), value: fc.base64String({ minLength: 8, maxLength: 24 }) });
}

const counts = fc.nat(100_000);

const usages: fc.Arbitrary<Usage> = fc
  .record({ fresh: counts, output: counts, cacheRead: counts, cacheWrite: counts })
  .map(({ fresh, output, cacheRead, cacheWrite }) => ({
    input: fresh + cacheRead + cacheWrite,
    output,
    cacheRead,
    cacheWrite,
  }));

type Kind = 'text' | 'thinking' | 'redacted' | 'call' | 'refusal';

function blocksOf(kinds: readonly Kind[], makers: readonly DialectId[]): fc.Arbitrary<Block[]> {
  return fc.tuple(...kinds.map((kind, n) => blockOf(kind, n, makers)));
}

function blockOf(kind: Kind, n: number, makers: readonly DialectId[]): fc.Arbitrary<Block> {
  switch (kind) {
    case 'text':
      return texts.map((text): Block => ({ type: 'text', text }));
    case 'refusal':
      return texts.map((text): Block => ({ type: 'refusal', text }));
    case 'thinking':
      return fc
        .tuple(texts, signatures(makers))
        .map(([text, signature]): Block => ({ type: 'thinking', text, signature }));
    case 'redacted':
      return signatures(makers).map((signature): Block => ({ type: 'thinking', text: '', redacted: true, signature }));
    case 'call':
      return fc
        .tuple(fc.stringMatching(/^[a-zA-Z0-9]{4,9}$/), fc.stringMatching(/^[a-z][a-z_]{0,9}$/), callArgs)
        .map(([id, name, args]): Block => ({ type: 'tool-call', id: `call_${id}${n}`, name, args }));
  }
}

function finishOf(blocks: readonly Block[]): fc.Arbitrary<Finish> {
  if (blocks.some((block) => block.type === 'tool-call')) return fc.constant({ reason: 'tool-calls' });
  return fc.constantFrom<Finish>({ reason: 'stop' }, { reason: 'length' }, { reason: 'refusal' });
}

/** An answer in one choice; thinking is signed by one of the makers. */
export function answers(makers: readonly DialectId[]): fc.Arbitrary<HubResponse> {
  const kinds = fc.array(fc.constantFrom<Kind>('text', 'thinking', 'redacted', 'call', 'refusal'), {
    minLength: 1,
    maxLength: 6,
  });
  return kinds
    .chain((chosen) => blocksOf(chosen, makers))
    .chain((blocks) => fc.tuple(fc.constant(blocks), finishOf(blocks), usages))
    .map(([blocks, finish, usage]) => ({
      id: 'reply_1',
      model: 'some-model',
      created: 1_760_000_000,
      choices: [{ index: 0, blocks, finish }],
      usage,
    }));
}

/** A conversation in which every call is answered in the next turn, with thinking and text before calls. */
export function conversations(from: DialectId, makers: readonly DialectId[]): fc.Arbitrary<HubRequest> {
  const kinds = fc.constantFrom<Kind[]>(['text'], ['thinking', 'text'], ['text', 'call', 'call'], ['redacted', 'call']);
  const turn = fc.tuple(
    kinds.chain((chosen) => blocksOf(chosen, makers)),
    texts,
  );
  return fc
    .record({
      system: fc.option(texts, { nil: undefined }),
      first: texts,
      turns: fc.array(turn, { maxLength: 3 }),
      stream: fc.boolean(),
    })
    .map(({ system, first, turns, stream }) => {
      const messages: Message[] = [];
      if (system !== undefined) messages.push({ role: 'system', blocks: [{ type: 'text', text: system }] });
      messages.push({ role: 'user', blocks: [{ type: 'text', text: first }] });
      for (const [n, [blocks, reply]] of turns.entries()) messages.push(...exchange(n, blocks, reply));
      return { from, model: 'some-model', messages, stream, params: { maxTokens: 4096 }, unknown: {} };
    });
}

function exchange(n: number, blocks: readonly Block[], reply: string): Message[] {
  const named = blocks.map((block) => (block.type === 'tool-call' ? { ...block, id: `${block.id}_${n}` } : block));
  const results = named.flatMap((block): Block[] =>
    block.type === 'tool-call'
      ? [{ type: 'tool-result', callId: block.id, content: [{ type: 'text', text: reply }] }]
      : [],
  );
  const said: Block[] = results.length > 0 ? results : [{ type: 'text', text: reply }];
  return [
    { role: 'assistant', blocks: named },
    { role: 'user', blocks: said },
  ];
}
