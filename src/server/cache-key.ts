import { createHash } from 'node:crypto';
import { forms, providers } from '../dialects/index.ts';
import type { Config, Deployment } from '../hub/index.ts';
import { type Call, steers } from '../translate/index.ts';
import { withoutBlanks } from '../wire/index.ts';
import { keeping } from './recall.ts';

/** Words to the proxy that change what the provider is asked. */
const changing: ReadonlySet<string> = new Set([
  ...['drop_params', 'additional_drop_params', 'allowed_openai_params', 'extra_body', 'mock_response'],
  ...['add_function_to_prompt', 'modify_params', 'merge_reasoning_content_in_choices'],
]);
/** Left out as LiteLLM leaves them out, or told apart by what the call says of itself. */
const apart: ReadonlySet<string> = new Set(['metadata', 'litellm_metadata', 'model', 'stream']);
const formNames = new Map<object, string>(Object.entries(forms).map(([name, form]) => [form, name]));

/**
 * The hash of all that an answer depends on: what is asked, of whom, by whose key, in whose words. Equal calls have equal
 * bodies but for the order of members, blanks and what steers; another spelling of a number is another call.
 */
export function cacheKey(call: Call, to: Deployment, config: Config, callersKey: string | undefined): string {
  const hash = createHash('sha256');
  const { operation, client, model, stream, query } = call;
  const who = [operation, client.id, formNames.get(client) ?? '', to.group, ...backersOf(to, config), callersKey ?? ''];
  const head = [...who, model, String(stream), query.toString(), ...forwarded(call, to)];
  hash.update(JSON.stringify(head));
  const { body } = call;
  for (const name of body.names.toSorted()) {
    const value = body.bytes(name);
    if (value === undefined || value[0] === 0x6e || !counts(name, call)) continue;
    const bytes = withoutBlanks(value);
    hash.update(`\n${JSON.stringify(name)}${bytes.length}:`);
    hash.update(bytes);
  }
  return hash.digest('hex');
}

function counts(name: string, { client }: Call): boolean {
  // Answers of this form hold what the request said there.
  if (name === 'metadata' && client.id === keeping) return true;
  return !apart.has(name) && (changing.has(name) || steers(name) === undefined);
}

/** Who stands behind a group's name: another configuration may mean others by it. */
function backersOf(to: Deployment, { deployments }: Config): string[] {
  const all = deployments.filter(({ group }) => group === to.group);
  return (all.length === 0 ? [to] : all)
    .map(({ provider, model, origin }) => `${provider.id}/${model}@${origin}`)
    .sort();
}

/** The client's headers that go up. */
function forwarded({ headers }: Call, { row }: Deployment): string[] {
  const names = new Set([row.dialect, ...(row.also ?? [])].flatMap((id) => providers[id].provider.forwards));
  return [...names].sort().map((name) => `${name}: ${String(headers[name] ?? '')}`);
}
