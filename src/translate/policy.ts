import {
  type Deployment,
  type Json,
  type JsonObject,
  type ParamName,
  type Params,
  ProxyError,
  silentParams,
} from '../hub/index.ts';
import type { Edits } from '../wire/index.ts';
import type { Call } from './call.ts';
import { isForced, reasons, type Sifting } from './sifting.ts';
import { steer, steers } from './steering.ts';
import { sameJson, type Table, topOf } from './table.ts';
import { clampValues, plainEffort, setValues, shortenAnswer, shortenStop } from './values.ts';
import { isNeutral, refusing, type Word, wordsOf, wordValue } from './words.ts';

/** What becomes of a call's parameters at one deployment. */
export interface Ruling {
  /** For the hub request, before it is encoded. */
  hub: { set: Params; drop: ReadonlySet<ParamName>; dropUnknown: ReadonlySet<string> };
  /** For bytes that pass. */
  pass(): Edits;
  /** For an encoded body. */
  shaped(): Edits;
  /** What the request says and the provider gets. */
  kept: Pick<ReadonlySet<ParamName>, 'has'>;
  /** What was left out, in the client's words. */
  dropped: readonly string[];
  /** A value that only the dialect can write must be set: the body cannot pass. */
  decode: boolean;
  /** Whether a client that streams wants to see usage. */
  asksUsage: boolean;
}

/**
 * Holds a request's parameters against the deployment's table (LITELLM.md 2.3-2.6 and 4, DECISIONS.md 7, 10-12).
 * `same`: the client's dialect is the provider's. Throws unsupported-params naming every word that is not taken.
 */
export function judge(call: Call, to: Deployment, table: Table, same: boolean): Ruling {
  const sifting = begin(call, to, table, same);
  for (const member of call.body.names) siftMember(sifting, member);
  if (sifting.offending.length > 0) throw unsupported(sifting);
  setValues(sifting);
  clampValues(sifting);
  shortenStop(sifting);
  shortenAnswer(sifting);
  plainEffort(sifting);
  return finish(sifting);
}

function begin(call: Call, to: Deployment, table: Table, same: boolean): Sifting {
  const steering = steer(call.body);
  const dropParams = to.dropParams || steering.dropParams;
  // Written out: a literal made of spreads costs 60 times as much, which is more than the rest of a small call's plan.
  return {
    call,
    to,
    table,
    steering,
    same,
    dropParams,
    lenient: dropParams || !refusing[call.client.id],
    alsoDrop: joined(to.alsoDrop, steering.alsoDrop),
    allowed: joined(to.allowed, steering.allowed),
    kept: new Map(),
    gone: new Set(),
    left: [],
    replaced: new Map(),
    dropped: [],
    offending: [],
    dropUnknown: new Set(),
    set: {},
    passDrop: [],
    passSet: {},
    shapedSet: {},
    decode: false,
  };
}

const none: ReadonlySet<string> = new Set();

function joined(one: readonly string[], other: readonly string[]): ReadonlySet<string> {
  return one.length + other.length === 0 ? none : new Set([...one, ...other]);
}

function siftMember(sifting: Sifting, member: string): void {
  const steered = steers(member);
  if (steered !== undefined) {
    leaveUnknown(sifting, member, steered === 'named');
    return;
  }
  const words = wordsOf(sifting.call.client).get(member);
  if (words === undefined) siftUnknown(sifting, member);
  else for (const word of words) siftWord(sifting, word);
}

/** DECISIONS.md 11. */
function siftUnknown(sifting: Sifting, member: string): void {
  const { table, to, allowed, alsoDrop, call } = sifting;
  const staying = sifting.same ? undefined : call.client.stays;
  const stays = staying !== undefined && Object.hasOwn(staying, member) ? staying[member] : undefined;
  if (stays !== undefined) {
    if (stays === 'needed') demand(sifting, member);
    else if (stays !== 'told') siftStaying(sifting, member, stays);
    return;
  }
  if (isLost(sifting, member)) sifting.dropped.push(member);
  if (!alsoDrop.has(member) && (allowed.has(member) || table.known.has(member))) return;
  const foreign = refusing[call.client.id]
    ? to.provider.strict === true && sifting.dropParams
    : !sifting.same && !call.client.words.includes(member);
  if (foreign || alsoDrop.has(member)) leaveUnknown(sifting, member, true);
}

/** What a request cannot be freed of without asking for something else. */
function demand({ call, to }: Sifting, member: string): void {
  if (isNull(call.body.bytes(member))) return;
  const message = `${to.provider.title} has no '${member}': only providers that are spoken to in the client's own form have`;
  throw new ProxyError('invalid-request', message, { param: member, provider: to.provider.id, model: to.model });
}

/** What only providers of the client's own dialect can be asked. */
function siftStaying(
  { call, alsoDrop, lenient, dropped, offending }: Sifting,
  member: string,
  neutral: readonly Json[],
) {
  const value = call.body.get(member);
  if (neutral.some((one) => sameJson(one, value))) return;
  if (lenient || alsoDrop.has(member)) dropped.push(member);
  else offending.push(member);
}

/** DECISIONS.md 10: a word of the client's form stays in its form, whether or not the provider spells one so too. */
function isLost({ call, same }: Sifting, member: string): boolean {
  if (same || refusing[call.client.id] || !call.client.words.includes(member)) return false;
  return !toldOtherwise.has(member) && !isNull(call.body.bytes(member));
}

/** Every dialect has its own place for these; marks are hints. */
const toldOtherwise: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'system',
  'prompt',
  'suffix',
  'images',
  'cache_control',
]);

function siftWord(sifting: Sifting, word: Word): void {
  const { body } = sifting.call;
  if (word.word !== word.top && wordValue(body, word) === undefined) return;
  switch (verdict(sifting, word)) {
    case 'take':
      // An explicit null is the default (LITELLM.md 2.3), and the published schemas refuse many of them.
      if (isNull(body.bytes(word.top))) sifting.passDrop.push(word.top);
      else keep(sifting.kept, word);
      return;
    case 'carry':
      sifting.shapedSet[word.word] = wordValue(body, word) ?? null;
      keep(sifting.kept, word);
      return;
    case 'replace':
      keep(sifting.replaced, word);
      return;
    case 'ignore':
      leaveOut(sifting, word);
      return;
    case 'drop':
      leaveOut(sifting, word);
      sifting.dropped.push(word.word);
      return;
    case 'refuse':
      sifting.offending.push(word.word);
      return;
  }
}

/** `carry`: sent as it is though the dialect has no word; `ignore`: left out in silence; `replace`: the command line's word counts. */
type Verdict = 'take' | 'carry' | 'replace' | 'ignore' | 'drop' | 'refuse';

function verdict(sifting: Sifting, word: Word): Verdict {
  const { call, to, table } = sifting;
  const { name } = word;
  const value = () => wordValue(call.body, word);
  if (sifting.alsoDrop.has(word.word)) return 'drop';
  // OpenAI refuses them without a stream.
  if (name === 'streamOptions' && !call.stream) return 'ignore';
  if (name === 'metadata') return keepsMetadata(sifting) ? 'take' : 'ignore';
  if (isForced(to, name)) return 'replace';
  if (sifting.allowed.has(word.word)) return table.speaker.params[name] === undefined ? 'carry' : 'take';
  // A refused spelling is one of the provider's: other words of other clients are spelled by the encoder.
  const spelled = sifting.same || refusing[call.client.id] ? word.word : '';
  if (table.takes(name, spelled, value, () => reasons(sifting))) return 'take';
  if (silentParams.has(name) || isNeutral(name, value())) return 'ignore';
  return sifting.lenient ? 'drop' : 'refuse';
}

/** DECISIONS.md 12: `metadata` of OpenAI's form is for logging, unless the provider stores the answer with it. */
function keepsMetadata({ call, to, same }: Sifting): boolean {
  if (!refusing[call.client.id]) return true;
  if (!same || to.provider.keepsMetadata !== true || call.body.get('store') !== true) return false;
  const metadata = call.body.get('metadata');
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return false;
  return Object.values(metadata).every((value) => typeof value === 'string');
}

function keep(words: Map<ParamName, Word[]>, word: Word): void {
  words.set(word.name, [...(words.get(word.name) ?? []), word]);
}

function leaveOut(sifting: Sifting, word: Word): void {
  sifting.gone.add(word.name);
  sifting.left.push(word);
  sifting.passDrop.push(word.word);
}

function leaveUnknown(sifting: Sifting, member: string, named: boolean): void {
  sifting.dropUnknown.add(member);
  sifting.passDrop.push(member);
  if (named) sifting.dropped.push(member);
}

function finish(sifting: Sifting): Ruling {
  const { table, to, kept, gone, alsoDrop } = sifting;
  const deep = alsoDrop.size === 0 ? [] : [...alsoDrop].filter((path) => topOf(path) !== path);
  const extra = extraOf(sifting);
  const { stream, body } = sifting.call;
  const usage = stream ? table.speaker.provider.streamUsage : undefined;
  const refused = gone.has('streamOptions') || !table.takes('streamOptions', 'stream_options', noValue, never);
  const asking: JsonObject = usage === undefined || refused ? {} : { [usage.path]: usage.value };
  const asked = usage !== undefined && wordValue(body, pathWord(usage.path)) === usage.value;
  // A decoder may have told reasoning apart from a refused word's twin: only what no word says any more goes.
  const drop = gone.size === 0 ? gone : new Set([...gone].filter((name) => !kept.has(name)));
  return {
    hub: { set: sifting.set, drop, dropUnknown: sifting.dropUnknown },
    pass: () => ({
      set: Object.assign(
        table.omits.includes('model') ? {} : { model: to.model },
        sifting.passSet,
        asked ? undefined : asking,
        extra,
        table.adds,
      ),
      drop: [...sifting.passDrop, ...deep, ...table.omits],
      rename: table.renames,
    }),
    shaped: () => ({
      set: Object.assign({}, nested(sifting.shapedSet, table), asking, nested(extra, table), table.adds),
      drop: [...deep, ...(refused ? ['stream_options'] : []), ...shapedDrop(sifting), ...table.omits],
      rename: table.shapedRenames,
    }),
    kept,
    dropped: sifting.dropped.length === 0 ? sifting.dropped : [...new Set(sifting.dropped)],
    decode: sifting.decode,
    asksUsage: table.speaker.provider.streamUsage === undefined || asked,
  };
}

function extraOf({ steering, alsoDrop }: Sifting): JsonObject {
  if (alsoDrop.size === 0) return steering.extraBody;
  return Object.fromEntries(Object.entries(steering.extraBody).filter(([word]) => !alsoDrop.has(word)));
}

/** Some APIs keep words that are the model's, not their own, below the top. */
function nested(words: JsonObject, { speaker }: Table): JsonObject {
  const { nests } = speaker.provider;
  if (nests === undefined) return words;
  const path = (word: string): string => (nests.own.includes(topOf(word)) ? word : `${nests.under}.${word}`);
  return Object.fromEntries(Object.entries(words).map(([word, value]) => [path(word), value]));
}

/** Where the client's words are the provider's, one spelling may be refused while its twin stays. */
function shapedDrop({ same, kept, set, left }: Sifting): string[] {
  return same ? left.filter(({ name }) => kept.has(name) && !Object.hasOwn(set, name)).map(({ word }) => word) : [];
}

function noValue(): undefined {}

function never(): boolean {
  return false;
}

function pathWord(path: string): Word {
  return { name: 'streamOptions', word: path, top: topOf(path) };
}

function isNull(bytes: Buffer | undefined): boolean {
  return bytes?.length === 4 && bytes[0] === 0x6e;
}

function unsupported({ offending, to }: Sifting): ProxyError {
  const list = `[${[...new Set(offending)].map((word) => `'${word}'`).join(', ')}]`;
  const message = `${to.provider.id} does not support parameters: ${list}, for model=${to.model}. To drop these, set \`litellm.drop_params=True\` or for proxy:\n\n\`litellm_settings:\n drop_params: true\`\n. \n If you want to use these params dynamically send allowed_openai_params=${list} in your request.`;
  return new ProxyError('unsupported-params', message, { provider: to.provider.id, model: to.model });
}
