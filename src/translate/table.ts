import type { Dialect, ProviderSide, Quirk } from '../dialects/index.ts';
import {
  type Deployment,
  type DialectId,
  type Json,
  type JsonObject,
  type Lack,
  type ModelRule,
  type ParamName,
  params,
  type Refusal,
} from '../hub/index.ts';
import { type Probe, probe } from './probe.ts';

export type Speaker = Dialect & { provider: ProviderSide };

/** What one deployment takes, spoken to in one dialect: its row, with what the rule for its model replaces. */
export interface Table {
  speaker: Speaker;
  renames: Readonly<Record<string, string>>;
  /** Of an encoded body: the row's, and of two spellings of a number the one that is refused -> the other. */
  shapedRenames: Readonly<Record<string, string>>;
  lacks: ReadonlySet<Lack>;
  /** Tools are written into the prompt. */
  promptTools: boolean;
  fill: NonNullable<ModelRule['fill']>;
  clamp: NonNullable<ModelRule['clamp']>;
  most: NonNullable<ModelRule['most']>;
  quirks: object;
  /** Bytes for which a request quirk has work to do; undefined: it always has. */
  probes: readonly Probe[] | undefined;
  looseReply: boolean;
  /** What the row sets in every body, and the words that none has. */
  adds: JsonObject;
  omits: readonly string[];
  /** Top-level words that the provider's dialect knows. */
  known: ReadonlySet<string>;
  /** Whether a word of this parameter with this value may be sent; `reasons`: the request asks for reasoning. */
  takes(name: ParamName, word: string, value: () => Json | undefined, reasons: () => boolean): boolean;
}

const tables = new WeakMap<Deployment, Map<DialectId, Table>>();

/** Made on first use, since a deployment is asked thousands of times. */
export function tableOf(to: Deployment, speaker: Speaker): Table {
  const mine = tables.get(to) ?? new Map<DialectId, Table>();
  tables.set(to, mine);
  const table = mine.get(speaker.id) ?? makeTable(to, speaker);
  mine.set(speaker.id, table);
  return table;
}

function makeTable(to: Deployment, speaker: Speaker): Table {
  const { row } = to;
  const side = speaker.provider;
  const lacks = new Set([...side.lacks, ...(row.lacks ?? [])]);
  const quirks = knownQuirks(side, row.quirks ?? {});
  const refusals = readRefusals(row.refuses ?? []);
  const inPrompt = to.toolsInPrompt || row.toolsInPrompt === true;
  const promptTools = inPrompt && (lacks.has('tools') || refusals.names.has('tools'));
  const renames = row.renames ?? {};
  const says = sayable(speaker, { lacks, refusals, strict: row.strict === true });
  return {
    speaker,
    renames,
    shapedRenames: { ...Object.fromEntries([...refusals.words].flatMap(otherSpelling)), ...renames },
    lacks,
    promptTools,
    fill: row.fill ?? {},
    clamp: row.clamp ?? {},
    most: row.most ?? {},
    quirks: row.quirks ?? {},
    probes: probesOf(
      quirks.filter((quirk) => quirk.side !== 'reply'),
      row.lacks ?? [],
    ),
    looseReply: quirks.some((quirk) => quirk.side !== 'request'),
    adds: row.adds ?? {},
    omits: row.omits ?? [],
    known: new Set([...knownWords(speaker, renames), ...(to.provider.words ?? [])]),
    takes: (name, word, value, reasons) => {
      if (promptTools && toolParams.has(name)) return true;
      if (!says(name) || refusals.words.has(renames[word] ?? word)) return false;
      const only = refusals.unless.get(name);
      if (only !== undefined && 'never' in only) return !only.never.some((one) => sameJson(one, value()));
      if (only === undefined || (only.whileReasoning === true && !reasons())) return true;
      const given = value();
      return only.unless.some((one) => sameJson(one, given));
    },
  };
}

/** What becomes text where tools are told in the prompt, in whichever spelling. */
const toolParams: ReadonlySet<ParamName> = new Set(['tools', 'toolChoice', 'parallelToolCalls']);

interface Limits {
  lacks: ReadonlySet<Lack>;
  refusals: Refusals;
  strict: boolean;
}

/** What can be said at all, adapters included. */
function sayable(speaker: Speaker, { lacks, refusals, strict }: Limits): (name: ParamName) => boolean {
  const worded = (name: ParamName): boolean => speaker.params[name] !== undefined;
  return (name) => {
    switch (name) {
      case 'tools':
      case 'toolChoice':
      case 'parallelToolCalls':
        return worded(name) && !lacks.has('tools') && !refusals.names.has(name);
      case 'output':
        return (worded(name) || lacks.has('schema-output')) && !refusals.names.has(name);
      case 'topK':
        return (worded(name) || !strict) && !refusals.names.has(name);
      default:
        return worded(name) && !refusals.names.has(name);
    }
  };
}

/** Another dialect that a row also speaks obeys those quirks that it knows by name. */
function knownQuirks(side: ProviderSide, quirks: object): Quirk[] {
  const known: Readonly<Record<string, Quirk | undefined>> = side.quirks;
  return Object.keys(quirks).flatMap((name) => known[name] ?? []);
}

/** Traces of what a server of a dialect lacks that has it. */
const traces: Readonly<Partial<Record<Lack, string>>> = { 'custom-tools': '"custom', namespaces: '"namespace"' };

function probesOf(quirks: readonly Quirk[], lacks: readonly Lack[]): readonly Probe[] | undefined {
  if (quirks.some((quirk) => quirk.probe === undefined)) return undefined;
  return [...quirks.flatMap((quirk) => quirk.probe ?? []), ...lacks.flatMap((lack) => traces[lack] ?? [])].map(probe);
}

interface Refusals {
  names: ReadonlySet<ParamName>;
  words: ReadonlySet<string>;
  unless: ReadonlyMap<ParamName, Extract<Refusal, { param: ParamName }>>;
}

function readRefusals(refuses: readonly Refusal[]): Refusals {
  const refusals = {
    names: new Set<ParamName>(),
    words: new Set<string>(),
    unless: new Map<ParamName, Extract<Refusal, { param: ParamName }>>(),
  };
  for (const refusal of refuses) {
    if (typeof refusal === 'string') refusals.names.add(refusal);
    else if ('word' in refusal) refusals.words.add(refusal.word);
    else refusals.unless.set(refusal.param, refusal);
  }
  return refusals;
}

function otherSpelling(refused: string): [string, string][] {
  const twins = Object.values(params).find(({ type, words }) => type === 'number' && words.includes(refused));
  const other = twins?.words.find((word) => word !== refused);
  return other === undefined ? [] : [[refused, other]];
}

function knownWords(speaker: Speaker, renames: Readonly<Record<string, string>>): ReadonlySet<string> {
  const paths = Object.values(speaker.params).map(topOf);
  return new Set([...paths, ...speaker.words, ...Object.keys(renames), ...Object.values(renames), 'model', 'messages']);
}

/** The top-level word of a path: `tool_choice` of `tool_choice.disable_parallel_tool_use`. */
export function topOf(path: string): string {
  return path.split(/[.[]/, 1)[0] ?? path;
}

export function sameJson(one: Json, other: Json | undefined): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
