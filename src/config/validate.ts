import { redactor } from '../hub/index.ts';
import { type FileContent, fileSchema } from './schema.ts';
import { isTreeMap, type Tree, type TreeMap } from './tree.ts';
import type { YamlFile } from './yaml-file.ts';

/** What is to be said of a configuration; each line begins with a place. No line holds a value. */
export interface Findings {
  /** What keeps it from being used. */
  wrong: string[];
  /** Members that mean nothing here. */
  ignored: string[];
  warnings: string[];
}

type Issue = NonNullable<ReturnType<typeof fileSchema.safeParse>['error']>['issues'][number];

/** A file as the schema has it. */
export interface Valid {
  content: FileContent;
  /** Entries of model_list that are complained about already: nothing more is to be said of them. */
  spoilt: ReadonlySet<number>;
}

/** Undefined when so much is wrong that the rest cannot be looked at. */
export function validate(
  tree: TreeMap,
  { at, atKey }: Pick<YamlFile, 'at' | 'atKey'>,
  found: Findings,
): Valid | undefined {
  const spoilt = new Set<number>();
  const first = fileSchema.safeParse(tree);
  if (first.success) return { content: first.data, spoilt };
  const wrong: (readonly PropertyKey[])[] = [];
  for (const issue of first.error.issues) {
    const { path } = issue;
    if (issue.code !== 'unrecognized_keys') {
      wrong.push(path);
      found.wrong.push(`${at(path)}: ${pathText(path) || 'the file'}: ${problem(issue, tree)}`);
      continue;
    }
    const map = memberAt(tree, path);
    for (const key of issue.keys) {
      found.ignored.push(`${pathText([...path, key])} (${atKey(path, key)})`);
      if (isTreeMap(map)) delete map[key];
    }
  }
  for (const path of wrong) leaveOut(tree, path, spoilt);
  const second = fileSchema.safeParse(tree);
  return second.success ? { content: second.data, spoilt } : undefined;
}

const placeholder: TreeMap = { model_name: '-', litellm_params: { model: '-' } };

/** Takes away what is wrong, so that the rest can be looked at; places in lists stay. */
function leaveOut(tree: TreeMap, path: readonly PropertyKey[], spoilt: Set<number>): void {
  const [section, member] = path.map(String);
  const inside = section === undefined ? undefined : tree[section];
  if (section === 'model_list' && Array.isArray(inside) && path.length > 1) {
    spoilt.add(Number(member));
    inside[Number(member)] = placeholder;
  } else if (section !== undefined && member !== undefined && isTreeMap(inside)) delete inside[member];
}

function problem(issue: Issue, tree: TreeMap): string {
  if (issue.code !== 'invalid_type') return issue.code === 'custom' ? issue.message : 'not what is expected here';
  const expected = issue.expected === 'array' ? 'a list' : 'a map';
  return `expected ${expected}, not ${kindOf(memberAt(tree, issue.path))}`;
}

/** What a value of a file is called in a complaint. */
function kindOf(value: Tree | undefined): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'a text';
  return typeof value === 'object' ? 'a map' : 'a number or a truth';
}

function memberAt(tree: Tree, path: readonly PropertyKey[]): Tree | undefined {
  let at: Tree | undefined = tree;
  for (const step of path) {
    if (Array.isArray(at)) at = at[Number(step)];
    else at = isTreeMap(at) && Object.hasOwn(at, step) ? at[String(step)] : undefined;
  }
  return at;
}

/** `model_list[0].litellm_params.api_key`. What stands in a key's place may be a slip of the hand, so that it is cut and cleaned. */
export function pathText(path: readonly PropertyKey[]): string {
  const steps = path.map((step, index) => {
    if (typeof step === 'number') return `[${step}]`;
    const name = clean(
      String(step)
        .replace(/[^\x20-\x7e]/g, '?')
        .slice(0, 60),
    );
    return index === 0 ? name : `.${name}`;
  });
  return steps.join('');
}

const clean = redactor([]);
