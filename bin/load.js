/**
 * Loads the pieces of dist. To compile them was a fifth of every start, so scripts/build.mjs keeps beside each piece what
 * V8 had compiled of it. Another version of V8 refuses that and compiles; what it compiled is kept when a server ends.
 */
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const { basename, dirname, join } = require('node:path');
const { Script } = require('node:vm');

/** By file; `script` is what the build asks for compiled code. */
const pieces = new Map();

function load(file) {
  const known = pieces.get(file);
  if (known !== undefined) return known.module.exports;
  // The build writes ASCII: as latin1 V8 gets it without a conversion.
  const source = `(function (exports, require, module, __filename) {${readFileSync(file, 'latin1')}\n})`;
  const script = new Script(source, { filename: file, cachedData: compiled(file) });
  const module = { exports: {} };
  pieces.set(file, { module, script });
  const requirePiece = (id) => (id.startsWith('.') ? load(join(dirname(file), id)) : require(id));
  script.runInThisContext()(module.exports, requirePiece, module, file);
  module.exports = plain(module.exports);
  return module.exports;
}

/** Exports as values: esbuild writes getters, and to call one for each use was a fortieth of a small call's CPU. */
function plain(exported) {
  const values = { ...exported };
  return exported.__esModule ? Object.defineProperty(values, '__esModule', { value: true }) : values;
}

function compiled(file) {
  try {
    return readFileSync(`${file}.cache`);
  } catch {
    return undefined;
  }
}

/** Keeps what is not kept yet, once a server ran; a folder that cannot be written is left alone. */
function keep() {
  const fresh = [...pieces].filter(([, { script }]) => script.cachedDataRejected !== false);
  if (fresh.length === 0 || ![...pieces.keys()].some((file) => basename(file).startsWith('app-'))) return;
  try {
    for (const [file, { script }] of fresh) {
      const draft = `${file}.${process.pid}`;
      writeFileSync(draft, script.createCachedData());
      renameSync(draft, `${file}.cache`);
    }
  } catch {
    // Read-only installs compile at every start.
  }
}

module.exports = { load, pieces, keep };
