/**
 * `npm run pack`: dist/package with a package.json of its own that has no dependencies, and the tarball of it.
 * `--check`: builds the folder and lints its shape (publint, sizes) without leaving a tarball.
 */
import { execFile } from 'node:child_process';
import { copyFile, cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { bundle } from './build.mjs';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');
const limits = { unpacked: 4_000_000, packed: 1_200_000 };

/** The folder of a bundled file's package: `node_modules/undici/lib/x.js` -> `node_modules/undici`. */
function packageOf(input) {
  const at = input.lastIndexOf('node_modules/');
  if (at < 0) return undefined;
  const parts = input.slice(at + 'node_modules/'.length).split('/');
  return `${input.slice(0, at)}node_modules/${(parts[0].startsWith('@') ? parts.slice(0, 2) : parts.slice(0, 1)).join('/')}`;
}

/** Names, versions and licence texts of everything inside the bundle. */
async function licences(metafile) {
  const folders = [...new Set(Object.keys(metafile.inputs).map(packageOf))].filter(Boolean).sort();
  const texts = [];
  for (const folder of folders) {
    const about = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
    const file = (await readdir(join(root, folder))).find((name) => /^(licen[cs]e|copying)/i.test(name));
    const text =
      file === undefined ? `Licensed under ${about.license}.` : await readFile(join(root, folder, file), 'utf8');
    texts.push(`${about.name} ${about.version} (${about.license})\n\n${text.trim()}\n`);
  }
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

/** Compiled code that may be in the package, bytes compressed; a run keeps the rest (bin/load.js). The smallest first. */
const mostCompiled = 350_000;

async function keepSmallest(dist) {
  const names = (await readdir(dist, { recursive: true })).filter((name) => name.endsWith('.cache'));
  const files = await Promise.all(
    names.map(async (name) => ({ name, size: gzipSync(await readFile(join(dist, name))).length })),
  );
  let total = 0;
  for (const { name, size } of files.sort((one, other) => one.size - other.size)) {
    total += size;
    if (total > mostCompiled) await rm(join(dist, name));
  }
}

async function writePackage(out) {
  const metafile = await bundle({ outdir: join(out, 'dist') });
  await keepSmallest(join(out, 'dist'));
  const { name, version, description, license, type, engines, bin, exports, keywords } = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  );
  const about = {
    name,
    version,
    description,
    license,
    type,
    keywords,
    engines,
    bin,
    exports,
    files: ['bin', 'dist', 'THIRD_PARTY_LICENSES'],
  };
  await writeFile(join(out, 'package.json'), `${JSON.stringify(about, null, 2)}\n`);
  await writeFile(join(out, 'THIRD_PARTY_LICENSES'), await licences(metafile));
  await cp(join(root, 'bin'), join(out, 'bin'), { recursive: true });
  for (const file of ['README.md', 'LICENSE']) await copyFile(join(root, file), join(out, file));
}

async function lint(out) {
  const { messages } = await publint({
    pkgDir: out,
    strict: true,
    pack: 'npm',
  });
  const about = JSON.parse(await readFile(join(out, 'package.json'), 'utf8'));
  for (const message of messages) console.error(`publint: ${formatMessage(message, about)}`);
  if (messages.length > 0) process.exitCode = 1;
}

const out = check ? join(tmpdir(), `modelport-package-${process.pid}`) : join(root, 'dist', 'package');
await writePackage(out);
await lint(out);
const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', check ? out : root], { cwd: out });
const [tarball] = Object.values(JSON.parse(stdout));
const size = (await stat(join(check ? out : root, tarball.filename))).size;
console.log(
  `${tarball.filename}: ${tarball.entryCount} files, ${tarball.unpackedSize} bytes unpacked, ${size} bytes to download`,
);
if (tarball.unpackedSize > limits.unpacked || size > limits.packed) {
  console.error(`too large: the limits are ${limits.unpacked} bytes unpacked and ${limits.packed} to download`);
  process.exitCode = 1;
}
if (check) await rm(out, { recursive: true, force: true });
