import { readFileSync, statSync } from 'node:fs';
import { isAlias, isCollection, isMap, isPair, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { ConfigError } from './error.ts';
import type { Tree, TreeMap } from './tree.ts';

/** RELIABILITY.md section 4. */
const mostBytes = 10 * 1024 * 1024;
const mostAliases = 100;

/** A file of configuration as it was read; a place is `config.yaml:12:5`. */
export interface YamlFile {
  /** As it was typed, for messages. */
  name: string;
  content: TreeMap;
  /** Where the value at a path stands, or the nearest thing above it. */
  at(path: readonly PropertyKey[]): string;
  /** Where the key of a member stands. */
  atKey(path: readonly PropertyKey[], key: string): string;
  /** Keys that stand twice in one map. */
  twice: { place: string; key: string }[];
}

/** Reads YAML. Throws ConfigError with a line for every place that cannot be read, and never with the text that stands there. */
export function readYaml(path: string, name: string): YamlFile {
  const text = readText(path, name);
  const lines = new LineCounter();
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const document = parse(text, name, lines);
  const wrong = [
    ...document.errors.map(({ pos, code }) => `${place(pos[0])}: ${reasons[code] ?? 'not valid YAML'}`),
    ...dangling(document).map((offset) => `${place(offset)}: ${reasons['BAD_ALIAS']}`),
  ];
  if (wrong.length > 0) throw new ConfigError([...new Set(wrong)].slice(0, mostWrong).join('\n'), 1);
  const content = plain(document, name);
  if (content !== null && (typeof content !== 'object' || Array.isArray(content) || content instanceof Date)) {
    throw new ConfigError(`${name}:1:1: expected a map such as \`model_list: ...\``, 1);
  }
  const nodeAt = (steps: readonly PropertyKey[]): Node | undefined => {
    const node: unknown = document.getIn(steps, true);
    return isScalar(node) || isCollection(node) ? node : undefined;
  };
  const at = (steps: readonly PropertyKey[]): string => {
    for (let length = steps.length; length >= 0; length--) {
      const found = length === 0 ? document.contents : nodeAt(steps.slice(0, length));
      if (found?.range) return place(found.range[0]);
    }
    return `${name}:1:1`;
  };
  return {
    name,
    content: content ?? {},
    at,
    atKey(steps, key) {
      const map = steps.length === 0 ? document.contents : nodeAt(steps);
      const pair = isMap(map) ? map.items.find((one) => keyOf(one.key) === key) : undefined;
      return isScalar(pair?.key) && pair.key.range ? place(pair.key.range[0]) : at([...steps, key]);
    },
    twice: repeated(document, place),
  };
}

const mostWrong = 20;

function readText(path: string, name: string): string {
  try {
    if (statSync(path).size > mostBytes) throw new ConfigError(`${name}: it is larger than 10 MB`, 1);
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if (thrown instanceof ConfigError) throw thrown;
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${String(code)})`;
    throw new ConfigError(`${name}: ${why}`, 1);
  }
}

type Read = ReturnType<typeof parseDocument>;

function parse(text: string, name: string, lineCounter: LineCounter): Read {
  try {
    // Python's reader takes a key twice (the last counts), and `<<`; dates stay texts, which versions of APIs are.
    return parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      uniqueKeys: false,
      merge: true,
      intAsBigInt: true,
      logLevel: 'error',
    });
  } catch (thrown) {
    throw unreadable(thrown, name);
  }
}

function plain(document: Read, name: string): Tree {
  try {
    return document.toJS({ maxAliasCount: mostAliases });
  } catch (thrown) {
    throw unreadable(thrown, name);
  }
}

function unreadable(thrown: unknown, name: string): unknown {
  if (thrown instanceof RangeError) return new ConfigError(`${name}: it is nested too deeply`, 1);
  if (thrown instanceof ReferenceError && thrown.message.startsWith('Excessive alias')) {
    return new ConfigError(`${name}: its aliases (*name) stand for more than ${mostAliases} times their text`, 1);
  }
  return thrown;
}

/** Where aliases stand whose anchor is nowhere before them. */
function dangling(document: Read): number[] {
  const anchors = new Set<string>();
  const found: number[] = [];
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        if (!anchors.has(node.source)) found.push(node.range?.[0] ?? 0);
      } else if (node.anchor !== undefined) anchors.add(node.anchor);
    },
  });
  return found;
}

function repeated(document: Read, place: (offset: number) => string): YamlFile['twice'] {
  const found: YamlFile['twice'] = [];
  visit(document, {
    Map(_, { items }) {
      const known = new Set<string>();
      for (const pair of items) {
        const key = isPair(pair) ? keyOf(pair.key) : undefined;
        if (key === undefined || key === '<<') continue;
        if (known.has(key) && isScalar(pair.key) && pair.key.range)
          found.push({ place: place(pair.key.range[0]), key });
        known.add(key);
      }
    },
  });
  return found;
}

function keyOf(key: unknown): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}

/** What the reader's codes mean to who wrote the file; its own words may quote the text. */
const reasons: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'an alias must be the name of an anchor (&name) before it',
  ALIAS_PROPS: 'an alias has neither an anchor nor a tag of its own',
  BAD_DQ_ESCAPE: 'expected an escape that YAML knows after \\ (or single quotes)',
  BAD_INDENT: 'expected the indentation of the lines around it',
  BAD_SCALAR_START: 'a text that begins with this character must stand in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'expected one `key: value` on a line; a value that holds `: ` must stand in quotes',
  BLOCK_IN_FLOW: 'expected no indented list or map inside brackets',
  BAD_COLLECTION_TYPE: 'its tag does not fit what stands here',
  KEY_OVER_1024_CHARS: 'expected a key of at most 1024 characters and a colon',
  MISSING_CHAR: 'a quote, bracket, comma, colon or space is missing',
  MULTILINE_IMPLICIT_KEY: 'expected `key: value` on one line',
  MULTIPLE_DOCS: 'expected one document in the file',
  NON_STRING_KEY: 'expected a text as the key',
  TAB_AS_INDENT: 'indentation is made of spaces, not of tabs',
  TAG_RESOLVE_FAILED: 'this tag (!name) is not known',
  UNEXPECTED_TOKEN: 'expected `key: value`, an item of a list, or the end',
};
