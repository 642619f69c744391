import { Command as Commander, CommanderError, InvalidArgumentError, Option } from 'commander';
import { agents } from './agents.ts';
import { Failure } from './failure.ts';
import { BadValue, readSwitch, readValue } from './flag-value.ts';
import { type CliFlags, type Command, type FlagRow, flagRows } from './flags.ts';
import { type LegacyFlag, legacyFlags } from './legacy.ts';

/** What was typed: a command ('' serves), its words and its flags. */
export interface CommandLine {
  command: Command | '';
  words: readonly string[];
  /** Those of the words that stand behind `--`. */
  behind: readonly string[];
  /** As typed; `fillFromEnvironment` completes them. */
  flags(): CliFlags;
  program: Commander;
}

/** What the environment says under the first of these names that is set. */
export type Lookup = (names: readonly string[]) => { name: string; value: string } | undefined;

/** The command line said all that was asked for (help, version) or was wrong; its text has been printed. */
export class Printed extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('printed');
    this.exitCode = exitCode;
  }
}

type Spoken = Pick<CommandLine, 'command' | 'words'>;
const rows: readonly [string, FlagRow][] = Object.entries(flagRows);
const legacyRows = Object.entries(legacyFlags);

/** Throws Printed, and Failure for a word that is no command. */
export function readCommandLine(argv: readonly string[], version: string): CommandLine {
  let spoken: Spoken = { command: '', words: [] };
  const program = buildProgram(argv, version, (heard) => {
    spoken = heard;
  });
  try {
    program.parse(argv.map(normalize(argv)), { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError) throw new Printed(thrown.exitCode === 0 ? 0 : 2);
    throw thrown;
  }
  if (spoken.command === '' && spoken.words.length > 0) throw new Failure(`Unknown command: ${spoken.words[0]}`, 2);
  const stop = argv.indexOf('--');
  const behind = stop < 0 ? [] : argv.slice(stop + 1);
  return { ...spoken, behind, flags: () => program.opts<CliFlags>(), program };
}

/** The help text, as --help prints it. */
export function helpText(version: string): string {
  return buildProgram([], version, () => undefined).helpInformation();
}

/** Long options are the same with `-` and `_`, up to `--`. */
function normalize(argv: readonly string[]): (arg: string, index: number) => string {
  const stop = argv.indexOf('--');
  return (arg, index) =>
    !/^--[a-z]/i.test(arg) || (stop >= 0 && index > stop)
      ? arg
      : arg.replace(/^--[^=]*/, (name) => `--${name.slice(2).replaceAll('-', '_')}`);
}

function buildProgram(argv: readonly string[], version: string, hear: (spoken: Spoken) => void): Commander {
  const program = new Commander('modelport')
    .usage('--model <provider/model> [flags]')
    .description('Serves any model to any OpenAI or Anthropic client on http://localhost:4000')
    .version(`modelport ${version}`, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .argument('[command]')
    .allowExcessArguments()
    .configureHelp({ visibleArguments: () => [] })
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(asTyped(text, argv)) })
    .action(() => hear({ command: '', words: program.args }));
  for (const [name, row] of rows) program.addOption(option(name, row).helpGroup(`${row.group}:`));
  for (const [name, flag] of legacyRows) program.addOption(legacyOption(name, flag));
  addCommand(program, 'test', 'ask the model one question and print the answer', hear).argument('[prompt...]');
  addCommand(program, 'providers', 'list the providers, their base URLs and key variables', hear);
  addCommand(program, 'run', `start an agent on the model: ${Object.keys(agents).join(', ')} or any command`, hear)
    .argument('[agent...]')
    .usage('<agent> [options] [-- <args of the agent>]')
    .showHelpAfterError('What is meant for the agent stands behind --: modelport run <agent> [flags] -- <args>');
  addCommand(program, 'check', 'say what a configuration serves, and what is wrong with it', hear).argument('[file]');
  addCommand(program, 'schema', 'print the JSON schema of config.yaml, for editors', hear);
  addCommand(program, 'env', 'print the variables that lead programs to the running proxy', hear).argument('[agent]');
  return program.addHelpText('after', afterword);
}

const afterword = `
LiteLLM's other flags (--run_gunicorn, --run_hypercorn, --use_prisma_db_push ...) are accepted and have no effect.
Keys come from the environment or .env: OPENAI_API_KEY, ANTHROPIC_API_KEY ...; LITELLM_MASTER_KEY asks callers for a key.`;

function addCommand(program: Commander, name: Command, doc: string, hear: (spoken: Spoken) => void): Commander {
  const command = program.command(name).description(doc);
  for (const [flag, row] of rows) if (row.commands?.includes(name)) command.addOption(option(flag, row));
  return command.action(() => hear({ command: name, words: command.args }));
}

function option(name: string, row: FlagRow): Option {
  const spelling = `${row.short === undefined ? '' : `${row.short}, `}--${name}`;
  const doc = row.standard === undefined ? row.doc : `${row.doc} (${row.standard})`;
  if (row.kind === 'switch') return new Option(spelling, doc);
  return new Option(`${spelling} ${row.bare ? `[${row.value}]` : `<${row.value}>`}`, doc).argParser(
    (text: string, before: unknown) => {
      const value = checked(row, text);
      return row.kind === 'list' ? [...(Array.isArray(before) ? before : []), value] : value;
    },
  );
}

function checked(row: FlagRow, text: string): string | number {
  try {
    return readValue(row, text);
  } catch (thrown) {
    if (thrown instanceof BadValue) throw new InvalidArgumentError(`It ${thrown.message}.`);
    throw thrown;
  }
}

function legacyOption(name: string, { short, value }: LegacyFlag): Option {
  const spelling = `${short === undefined ? '' : `${short}, `}--${name}`;
  const placeholder = { required: ' <value>', optional: ' [value]', none: '' }[value ?? 'none'];
  return new Option(`${spelling}${placeholder}`).hideHelp();
}

/** Gives flags that were not typed the values of their variables; returns where each value came from. Throws Failure. */
export function fillFromEnvironment({ program }: CommandLine, lookup: Lookup): string[] {
  const sources: string[] = [];
  for (const [name, row] of rows) {
    const variable = lookup(row.env ?? []);
    if (program.getOptionValue(name) === undefined && variable !== undefined) {
      const value = row.kind === 'switch' ? readSwitch(variable.value) : fromVariable(row, variable);
      program.setOptionValueWithSource(name, value, variable.name);
    }
    const value: unknown = program.getOptionValue(name);
    if (value === undefined) continue;
    const source = program.getOptionValueSource(name);
    const secret = /key|headers/.test(name) && row.kind !== 'switch';
    const shown = secret ? '****' : showable(String(value));
    sources.push(`${name} ${shown} (${source === 'cli' ? 'command line' : source})`);
  }
  return sources;
}

/** An address without user-info and query. */
function showable(value: string): string {
  return /^https?:/i.test(value) ? value.replace(/\/\/[^/?#]*@/, '//****@').replace(/[?#].*/s, '') : value;
}

function fromVariable(row: FlagRow, variable: { name: string; value: string }): string | number {
  try {
    return readValue(row, variable.value);
  } catch (thrown) {
    if (thrown instanceof BadValue)
      throw new Failure(`the variable ${variable.name} ${thrown.message}, not '${variable.value}'`, 2);
    throw thrown;
  }
}

/** Flags that have no effect, each as a line that says so. Throws Failure where nothing sensible can go on without one. */
export function ignoredFlags({ program }: CommandLine, lookup: Lookup): string[] {
  return legacyRows.flatMap(([name, flag]) => {
    const typed: unknown = program.getOptionValue(name);
    const variable = flag.env === undefined ? undefined : lookup([flag.env]);
    const value = typed ?? variable?.value;
    if (value === undefined || flag.silent?.includes(String(value))) return [];
    const line = `${typed === undefined ? variable?.name : `--${name}`}: ${flag.says}`;
    if (flag.exit !== undefined && typed !== undefined) throw new Failure(line, flag.exit);
    return [line];
  });
}

/** Commander names flags as normalised; the user should see what was typed. */
function asTyped(text: string, argv: readonly string[]): string {
  const rename = normalize(argv);
  let shown = text;
  for (const [index, arg] of argv.entries()) {
    const known = rename(arg, index).split('=')[0] ?? arg;
    if (known !== arg) shown = shown.replace(`option '${known}'`, `option '${arg.split('=')[0]}'`);
  }
  return shown.replace(/(unknown option '[^'=]+)=[\s\S]*'$/m, "$1'");
}
