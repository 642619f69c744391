import { type Json, type ParamName, type Params, params } from '../hub/index.ts';
import { isObject } from '../wire/index.ts';
import { isForced, reasons, type Sifting } from './sifting.ts';
import { topOf } from './table.ts';
import { namesOf, refusing, wordsOf, wordValue } from './words.ts';

/** Over the request: the command line. Where the request is silent: the configuration, then what the row fills in. */
export function setValues(sifting: Sifting): void {
  const { call, to, table, kept, alsoDrop } = sifting;
  for (const name of namesOf({ ...table.fill, ...to.defaults, ...to.forced })) {
    const forced = isForced(to, name);
    const given: Json | undefined = to.forced[name] ?? to.defaults[name];
    const value: Json | undefined = given ?? table.fill[name];
    const word = wordFor(sifting, name);
    // A word that only some servers of the client's dialect know (`top_k`) is a request's word all the same.
    const asked = kept.has(name) || (!wordsOf(call.client).has(word) && call.body.has(word));
    if (value === undefined || (asked && !forced)) continue;
    const unwanted = [word, ...params[name].words].some((one) => alsoDrop.has(one));
    const taken = () => table.takes(name, word, constant(value), () => reasons(sifting));
    if (given === undefined || (!unwanted && taken())) {
      setValue(sifting, name, value);
      continue;
    }
    sifting.gone.add(name);
    sifting.dropped.push(word);
    dropWords(sifting, name);
  }
}

function constant<T>(value: T): () => T {
  return () => value;
}

function setValue(sifting: Sifting, name: keyof Params, value: Json): void {
  const word = wordFor(sifting, name);
  Object.assign(sifting.set, { [name]: value });
  dropWords(sifting, name);
  sifting.passSet[sifting.table.renames[word] ?? word] = value;
  // Beside a member in another spelling it would be said twice.
  if (word !== topOf(word) && saysOtherwise(sifting, name, topOf(word))) sifting.decode = true;
  // Their words hold something else than the hub's value.
  if (name === 'reasoning' || name === 'parallelToolCalls') sifting.decode = true;
  // How long an answer may be depends on the thinking before it.
  if (name === 'maxTokens' && sifting.kept.has('reasoning')) sifting.decode = true;
}

/** Whether the body has a member that is another spelling of this one. */
function saysOtherwise({ call }: Sifting, name: ParamName, top: string): boolean {
  const words = [...wordsOf(call.client).values()].flat();
  return words.some((word) => word.name === name && word.top !== top && call.body.has(word.top));
}

/** The other spelling goes too: of `max_tokens` and `max_completion_tokens` only one may be sent. */
function dropWords(sifting: Sifting, name: ParamName): void {
  for (const words of [sifting.kept, sifting.replaced]) {
    for (const { word } of words.get(name) ?? []) {
      sifting.passDrop.push(word);
      const renamed = sifting.table.renames[word];
      if (renamed !== undefined) sifting.passDrop.push(renamed);
    }
  }
}

/** The provider's word for a parameter; of two spellings one that is not refused. */
function wordFor({ table }: Sifting, name: ParamName): string {
  const own = table.speaker.params[name];
  const [first = name, ...others] = params[name].words;
  if (own === undefined || own !== first) return own ?? first;
  const spellings = params[name].type === 'number' ? [own, ...others] : [own];
  return (
    spellings.find((word) =>
      table.takes(
        name,
        word,
        () => undefined,
        () => false,
      ),
    ) ?? own
  );
}

/** Numbers outside what the model takes become the nearest that it does. */
export function clampValues(sifting: Sifting): void {
  const { call, table, kept } = sifting;
  for (const name of namesOf(table.clamp)) {
    const range = table.clamp[name];
    if (range === undefined) continue;
    const set = sifting.set[name];
    if (typeof set === 'number') {
      if (within(set, range) !== set) setValue(sifting, name, within(set, range));
      continue;
    }
    for (const word of kept.get(name) ?? []) {
      const value = wordValue(call.body, word);
      if (typeof value !== 'number' || within(value, range) === value) continue;
      Object.assign(sifting.set, { [name]: within(value, range) });
      sifting.passSet[table.renames[word.word] ?? word.word] = within(value, range);
    }
  }
}

/** Agents of other vendors ask for the longest answer that their own models give. */
export function shortenAnswer({ call, table, kept, set, passSet }: Sifting): void {
  const { maxTokens: most } = table.most;
  if (most === undefined || refusing[call.client.id]) return;
  for (const word of kept.get('maxTokens') ?? []) {
    const value = wordValue(call.body, word);
    if (typeof value !== 'number' || value <= most) continue;
    set.maxTokens = most;
    passSet[table.renames[word.word] ?? word.word] = most;
  }
}

/** Of more stop texts than the model takes the first ones. */
export function shortenStop({ call, table, kept, set, passSet }: Sifting): void {
  const { stop: most } = table.most;
  if (most === undefined) return;
  for (const word of kept.get('stop') ?? []) {
    const value = wordValue(call.body, word);
    if (!Array.isArray(value) || value.length <= most) continue;
    const first = value.slice(0, most);
    // What is no text is for the decoder to complain about.
    if (first.every((text) => typeof text === 'string')) set.stop = first;
    passSet[table.renames[word.word] ?? word.word] = first;
  }
}

/** OpenAI's agents say `{effort, summary}`, which only the Responses API knows: the effort counts (LITELLM.md 4.2). */
export function plainEffort({ call, table, kept, passSet, passDrop }: Sifting): void {
  const [effortWord] = params.reasoning.words;
  for (const { word, top } of kept.get('reasoning') ?? []) {
    const value = word === effortWord ? call.body.get(top) : undefined;
    if (!isObject(value)) continue;
    if (typeof value.effort === 'string') passSet[table.renames[word] ?? word] = value.effort;
    else passDrop.push(word);
  }
}

function within(value: number, [least, most]: readonly [number, number]): number {
  return Math.min(most, Math.max(least, value));
}
