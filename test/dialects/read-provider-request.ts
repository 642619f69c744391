import type { DialectId } from '../../src/hub/index.ts';
import { readCohere, readOllama, readResponses } from './asked-chat-like.ts';
import { readBedrock } from './asked-converse.ts';
import { readGemini } from './asked-gemini.ts';
import type { RequestFacts } from './read-request.ts';

/**
 * Reads what a provider is asked off its wire, without the codecs, in the form of read-request.ts. Calls are numbered
 * in their order instead of named by their ids, since not every wire has ids; tools are told without their schemas,
 * which each provider wants cleaned in its own way.
 */
export function readProviderRequest(dialect: DialectId, body: unknown): RequestFacts {
  const facts: RequestFacts = { system: [], turns: [], proofs: [], cacheMarks: [], tools: [] };
  const text = JSON.stringify(body);
  switch (dialect) {
    case 'gemini':
      readGemini(JSON.parse(text), facts);
      break;
    case 'bedrock-converse':
      readBedrock(JSON.parse(text), facts);
      break;
    case 'cohere':
      readCohere(JSON.parse(text), facts);
      break;
    case 'ollama':
      readOllama(JSON.parse(text), facts);
      break;
    case 'openai-responses':
      readResponses(JSON.parse(text), facts);
      break;
    case 'openai-chat':
    case 'anthropic-messages':
    case 'openai-completions':
    case 'replicate':
      throw new Error(`no reader for ${dialect}`);
  }
  return facts;
}

/** Calls in the order they were made: `call 1: name args`, `result 1: text`. Schemas of tools and thoughts left out. */
export function numbered(facts: RequestFacts): RequestFacts {
  const ids: string[] = [];
  const turns = facts.turns.map((turn) => {
    const found = /^(call|result) (\S+): ([\s\S]*)$/.exec(turn);
    if (found === null) return turn;
    const [, what, id = '', rest] = found;
    if (what === 'call') ids.push(id);
    return `${what} ${ids.indexOf(id) + 1}: ${rest}`;
  });
  const tools = facts.tools.map((tool) => tool.replace(/ \{[\s\S]*$/, ''));
  return { ...facts, turns, tools };
}
