import { describe, expect, test } from 'vitest';
import { type DialectId, type JsonObject, sealPrefix, thoughtMark } from '../../src/hub/index.ts';
import { isObject, type JsonValue } from '../../src/wire/index.ts';
import type { RequestFacts } from '../dialects/read-request.ts';
import { type Session, sessions } from './recorded.ts';
import { asked, type Spoken, spoken, startPair } from './spoken.ts';

/** Sessions of real coding agents, ten turns each, over every provider: nothing lost, and prefixes that caches know again. */

/** Which dialect an agent speaks, by its path. */
function dialectOf(path: string): Spoken {
  if (path.includes('/messages')) return 'anthropic-messages';
  if (path.includes('/responses')) return 'openai-responses';
  return path.includes('enerateContent') ? 'gemini' : 'openai-chat';
}

/** What these agents write that the published schemas do not know; their own dialect's provider gets it as it is. */
const oddities: Readonly<Record<string, RegExp>> = {
  claude: /^never$/,
  codex: /^never$/,
  gemini: /^never$/,
  opencode: /^never$/,
  qwen: /^never$/,
};

/** The proofs of the scripted model, which is Claude, as their maker knows them. */
function proofsOf({ agent }: Session, dialect: DialectId): string[] {
  if (dialect !== 'anthropic-messages' || agent === 'opencode' || agent === 'qwen') return [];
  return [0, 1, 3, 5, 8].map((turn) => Buffer.from(`signature of turn ${turn}, by its maker`).toString('base64'));
}

const cached = ['system', 'systemInstruction', 'instructions', 'tools', 'toolConfig'] as const;

/** The conversation as bytes, open at its end, and what stands before it in a cache. Marks are no part of what is cached. */
function prefixOf(body: JsonObject): { told: string; before: string } {
  const plain = unmarked(body);
  if (!isObject(plain)) throw new Error('no body');
  const told = plain['messages'] ?? plain['contents'] ?? plain['input'];
  return { told: JSON.stringify(told).slice(0, -1), before: JSON.stringify(cached.map((name) => plain[name])) };
}

function unmarked(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.filter((one) => !(isObject(one) && 'cachePoint' in one)).map(unmarked);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'cache_control');
  return Object.fromEntries(entries.map(([key, one]) => [key, unmarked(one)]));
}

const isCall = (line: string): boolean => /^(?:call|result) \d/.test(line);

/** Texts by whom they are, in order, without regard to where one block ends. */
function texts({ turns, system }: RequestFacts): string[] {
  const said = turns.filter((line) => !isCall(line)).map((line) => line.replace(/^(?:user|assistant|model): /, ''));
  return [...system, ...said];
}

describe.each(sessions)('$agent $version', (session) => {
  test.each(spoken)('over %s', async (dialect) => {
    const pair = await startPair(dialect);
    pair.vendor.will({ scenario: 'plain' });
    const from = dialectOf(session.turns[0]?.path ?? '');
    for (const { path, headers, body } of session.turns) {
      const reply = await fetch(pair.proxy.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer sk-modelport', ...headers },
        body: JSON.stringify(body),
      });
      const text = await reply.text();
      expect(reply.status, text.slice(0, 2000)).toBe(200);
    }
    await pair.close();
    const { seen } = pair.vendor;
    const odd = oddities[session.agent] ?? /^never$/;
    expect(seen.map(({ invalid }) => invalid.filter((one) => from !== dialect || !odd.test(one)))).toEqual(
      session.turns.map(() => []),
    );

    for (const [n, { body }] of session.turns.entries()) {
      const meant = asked(from, body);
      const got = asked(dialect, seen[n]?.body);
      expect(got.turns.filter(isCall)).toEqual(meant.turns.filter(isCall));
      const whole = texts(got).join('\n');
      let at = 0;
      for (const text of texts(meant)) {
        const found = whole.indexOf(text, at);
        expect(found, `turn ${n}: ${text.slice(0, 200)}\n---\n${whole.slice(at, at + 400)}`).toBeGreaterThanOrEqual(0);
        at = found + text.length;
      }
      expect(got.tools).toEqual(meant.tools);
      expect(got.proofs).toEqual(proofsOf(session, dialect).slice(0, got.proofs.length));
      const sent = JSON.stringify(seen[n]?.body);
      expect(sent).not.toContain(sealPrefix);
      expect(sent).not.toContain(thoughtMark);
      if (dialect !== 'gemini' && dialect !== 'ollama') {
        for (const [id] of JSON.stringify(body).matchAll(/toolu_\d_\d/g)) expect(sent).toContain(id);
      }
    }
    expect(asked(dialect, seen.at(-1)?.body).proofs).toEqual(proofsOf(session, dialect));

    const sent = seen.map(({ body }) => prefixOf(body));
    for (const [n, { told, before }] of sent.entries()) {
      const last = sent[n - 1];
      if (last === undefined) continue;
      expect(told.startsWith(last.told), `turn ${n}\n${last.told.slice(-600)}\n${told.slice(last.told.length - 600, last.told.length + 200)}`).toBe(true);
      expect(before).toBe(last.before);
    }
  });
});
