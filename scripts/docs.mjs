/**
 * Writes the generated tables of README.md from the data they describe: `npm run docs`. With --check nothing is written
 * and the exit code is 1 when a table is stale. A file may be named instead of README.md.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = `
  export { flagRows } from './src/cli/flags.ts';
  export { legacyFlags } from './src/cli/legacy.ts';
  export { providers } from './src/providers/index.ts';
  export { providers as dialects } from './src/dialects/index.ts';
`;

const check = process.argv.includes('--check');
const file = process.argv.slice(2).find((arg) => !arg.startsWith('--')) ?? `${root}README.md`;

/** What the walk over all clients has found (test/clients/conformance.test.ts). */
const conformance = JSON.parse(await readFile(`${root}test/clients/conformance.json`, 'utf8'));

const before = await readFile(file, 'utf8');
const after = fill(before, sections(await load()));
if (after === before) process.exit(0);
if (check) {
  console.error(`${file}: the generated tables are stale; run \`npm run docs\``);
  process.exit(1);
}
await writeFile(file, after);

/** The data, bundled because Node 20 reads no TypeScript. Below node_modules, so that packages are found from there. */
async function load() {
  const folder = `${root}node_modules/.cache/modelport-docs`;
  const outfile = `${folder}/${process.pid}.mjs`;
  await mkdir(folder, { recursive: true });
  try {
    await build({
      stdin: { contents: sources, resolveDir: root, loader: 'ts' },
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      logLevel: 'warning',
      define: { 'process.env.MODELPORT_VERSION': '"docs"' },
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(outfile, { force: true });
  }
}

/** @param {Awaited<ReturnType<typeof load>>} data */
function sections({ flagRows, legacyFlags, providers, dialects }) {
  return {
    flags: flagTables(Object.entries(flagRows), legacyFlags),
    providers: providerTable(Object.values(providers)),
    losses: lossLists(Object.values(dialects)),
    conformance: conformanceTable(conformance),
  };
}

/** Replaces what stands between `<!-- docs:name -->` and `<!-- /docs -->`. */
function fill(text, tables) {
  const missing = new Set(Object.keys(tables));
  const filled = text.replace(/(<!-- docs:(\w+) -->\n)[\s\S]*?(<!-- \/docs -->)/g, (_whole, open, name, close) => {
    if (!missing.delete(name)) throw new Error(`${file}: unknown or repeated section docs:${name}`);
    return `${open}\n${tables[name]}\n\n${close}`;
  });
  if (missing.size > 0) throw new Error(`${file}: no section for ${[...missing].join(', ')}`);
  return filled;
}

function flagTables(flags, legacy) {
  const groups = [...new Set(flags.map(([, { group }]) => group))];
  const tables = groups.map((group) => {
    const rows = flags
      .filter(([, flag]) => flag.group === group)
      .map(([name, flag]) => [
        spelling(name, flag),
        (flag.env ?? []).map(code).join(', '),
        flag.standard ?? '',
        flag.doc,
      ]);
    return `**${group}**\n\n${table(['flag', 'environment', 'default', 'what it does'], rows)}`;
  });
  const list = Object.keys(legacy).map((name) => code(`--${name}`));
  return [...tables, `Accepted so that old scripts do not break, and said to have no effect: ${list.join(', ')}.`].join(
    '\n\n',
  );
}

function spelling(name, { short, value, kind }) {
  const typed = kind === 'switch' ? `--${name}` : `--${name} <${value}>`;
  return short === undefined ? code(typed) : `${code(short)}, ${code(typed)}`;
}

function providerTable(rows) {
  return table(
    ['prefix', 'provider', 'base URL', 'key'],
    rows.map((row) => [
      code(`${row.id}/`),
      row.title,
      row.base === '' ? code('--api_base') : row.base === 'mock:' ? '' : row.base,
      keyNames(row.auth),
    ]),
  );
}

function keyNames(auth) {
  const names = [...new Set(auth.flatMap(({ env }) => env))].map(code).join(', ');
  return auth.some(({ optional }) => optional) ? `${names} (if it wants one)` : names;
}

function lossLists(dialects) {
  return dialects
    .map(({ title, losses }) => {
      const rows = losses.map(({ what, schema }) => [what, schema]);
      const lost = table(['has no place for', 'schema'], rows);
      return `<details>\n<summary>${title}</summary>\n\n${lost}\n\n</details>`;
    })
    .join('\n\n');
}

function conformanceTable({ features, providers, clients }) {
  const letters = Object.entries(features).map(([name, letter]) => `${letter} ${name}`);
  const dialects = Object.keys(providers);
  const rows = Object.entries(clients).map(([name, { absent, passed }]) => [
    name,
    ...dialects.map((dialect) => (passed[dialect] ?? '').length),
    Object.keys(absent)
      .map((feature) => features[feature])
      .join(''),
  ]);
  const reasons = Object.entries(clients).flatMap(([name, { absent }]) => {
    const list = Object.entries(absent).map(([feature, reason]) => `${features[feature]}: ${reason}`);
    return list.length === 0 ? [] : [`- ${name}: ${list.join('; ')}`];
  });
  return [
    `Passed of ${letters.length} (${letters.join(', ')}); the last column is what the client has not.`,
    table(['client', ...dialects, 'has not'], rows),
    reasons.join('\n'),
  ].join('\n\n');
}

function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');
}

function cell(text) {
  return String(text)
    .replaceAll('|', '\\|')
    .replace(/\s*\n\s*/g, ' ');
}

function code(text) {
  return `\`${text}\``;
}
