import { describe, expect, test } from 'vitest';
import { type DialectId, type JsonObject, sealPrefix, thoughtMark } from '../../src/hub/index.ts';
import { isObject, type JsonValue } from '../../src/wire/index.ts';
import type { RequestFacts } from '../dialects/read-request.ts';
import { sessions } from './recorded.ts';
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
  codex: /^\/(?:tools\/\d+\/tools\/|client_metadata )/,
  gemini: /^never$/,
  opencode: /^never$/,
  qwen: /^never$/,
};

const seal = Buffer.from('{"modelport"').toString('base64').slice(0, 12);
/** What Gemini's clients write where there is no proof; Google accepts it. */
const skipped = 'skip_thought_signature_validator';

/** Which of the proofs that the agent sends go to this provider: those of its own maker, out of their seals. */
function proofsFor(dialect: DialectId, from: DialectId, { proofs }: RequestFacts): string[] {
  return proofs.flatMap((proof) => {
    if (proof === skipped) return [];
    if (!proof.startsWith(seal)) return from === dialect ? [proof] : [];
    const { by, value }: { by: string; value: string } = JSON.parse(Buffer.from(proof, 'base64').toString());
    return by === dialect && value !== '' ? [value] : [];
  });
}

const isSealed = (body: unknown): boolean => JSON.stringify(body).includes(`"${seal}`);

/** Results of calls made at once may come in any order. */
function steps({ turns }: RequestFacts): string[] {
  const runs = turns.filter(isCall).reduce<string[][]>((all, line) => {
    const last = all.at(-1);
    if (last?.[0]?.startsWith('result') && line.startsWith('result')) last.push(line);
    else all.push([line]);
    return all;
  }, []);
  return runs.flatMap((run) => run.sort());
}

/** Tools by their names, those of a namespace under it. */
function toolNames(from: DialectId, body: JsonObject, facts: RequestFacts): string[] {
  if (from !== 'openai-responses') return facts.tools.map((tool) => tool.split(':')[0] ?? '');
  const list: { type: string; name?: string; tools?: { name: string }[] }[] = JSON.parse(JSON.stringify(body['tools']));
  return list.flatMap(({ type, name = '', tools }) => {
    if (type === 'namespace') return (tools ?? []).map((one) => `${name}__${one.name}`);
    return type === 'function' || type === 'custom' ? [name] : [];
  });
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
  test.each(spoken)('over %s', { timeout: 60_000 }, async (dialect) => {
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
      expect(steps(got)).toEqual(steps(meant));
      const whole = texts(got).join('\n');
      let at = 0;
      for (const text of texts(meant)) {
        const found = whole.indexOf(text, at);
        expect(found, `turn ${n}: ${text.slice(0, 200)}\n---\n${whole.slice(at, at + 400)}`).toBeGreaterThanOrEqual(0);
        at = found + text.length;
      }
      const wanted = toolNames(from, body, meant);
      expect(toolNames(dialect, seen[n]?.body ?? {}, got).filter((name) => wanted.includes(name))).toEqual(wanted);
      expect(got.proofs.filter((proof) => proof !== skipped)).toEqual(proofsFor(dialect, from, meant));
      const sent = JSON.stringify(seen[n]?.body);
      expect(sent).not.toContain(sealPrefix);
      expect(sent).not.toContain(thoughtMark);
      if (dialect !== 'gemini' && dialect !== 'ollama') {
        for (const [id] of JSON.stringify(body).matchAll(/toolu_\d_\d/g)) expect(sent).toContain(id);
      }
    }

    const sent = seen.map(({ body }) => prefixOf(body));
    for (const [n, { told, before }] of sent.entries()) {
      const last = sent[n - 1];
      if (last === undefined) continue;
      // These sessions were Claude's: to its own dialect a body with a foreign seal goes translated, one without as bytes.
      if (from === dialect && isSealed(session.turns[n]?.body) !== isSealed(session.turns[n - 1]?.body)) continue;
      expect(
        told.startsWith(last.told),
        `turn ${n}\n${last.told.slice(-600)}\n${told.slice(last.told.length - 600, last.told.length + 200)}`,
      ).toBe(true);
      expect(before).toBe(last.before);
    }
  });
});
