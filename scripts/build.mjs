/** Bundles src/cli/main.ts into dist/: split, so that what a run does not need is not loaded. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build, transform } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * What Express loads for body parsers, static files, types by file name and nested queries, and undici's client for
 * HTTP/2, fetch and forms, none of which the server uses: left out, 1 MB is not parsed at every start (an eighth of its
 * CPU), and node:http2 is not loaded (4 ms).
 */
const unused = /^(?:body-parser|serve-static|mime-db|qs|\.\/client-h2\.js|\.\.\/web\/fetch\/body\.js)$/;
/** @type {import('esbuild').Plugin} */
const withoutUnused = {
  name: 'without-unused',
  setup(builder) {
    builder.onResolve({ filter: unused }, ({ path, importer }) =>
      path.startsWith('.') && !/undici.lib.dispatcher.client(?:-h1)?\.js$/.test(importer)
        ? undefined
        : { path, namespace: 'unused' },
    );
    builder.onLoad({ filter: unused, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/**
 * What Express loads for answers that this server writes itself: files, cookies, content negotiation, addresses behind
 * proxies. 50 kB.
 */
const standIns = {
  accepts: 'module.exports = () => {};',
  'content-disposition': 'module.exports = () => {};',
  cookie: '',
  'cookie-signature': '',
  'proxy-addr': 'module.exports = Object.assign(() => undefined, { compile: () => () => false });',
  'range-parser': 'module.exports = () => -2;',
  send: 'module.exports = () => {};',
  'type-is': 'module.exports = () => false;',
};
/** @type {import('esbuild').Plugin} */
const withStandIns = {
  name: 'with-stand-ins',
  setup(builder) {
    builder.onResolve({ filter: new RegExp(`^(?:${Object.keys(standIns).join('|')})$`) }, ({ path, importer }) =>
      /node_modules.express.lib/.test(importer) ? { path, namespace: 'stand-in' } : undefined,
    );
    builder.onLoad({ filter: /./, namespace: 'stand-in' }, ({ path }) => ({ contents: standIns[path] }));
  },
};

/**
 * For an assertion without a message Node makes one up: it parses the file, again and again up to the place. On one long
 * line that takes 20 s, and undici's assertions can be failed by a provider (status 099). So there always is a message, and
 * of the dozens that a request makes none that holds calls Node's.
 */
const assertions = `
const assert = require('node:assert');
const ok = (value, message = 'an assertion failed') => {
  if (!value) assert.ok(value, message);
};
module.exports = Object.assign(ok, assert, { ok });
`;
/** @type {import('esbuild').Plugin} */
const withMessages = {
  name: 'with-messages',
  setup(builder) {
    builder.onResolve({ filter: /^(?:node:)?assert$/ }, ({ namespace }) =>
      namespace === 'assertions'
        ? { path: 'node:assert', external: true }
        : { path: 'assert', namespace: 'assertions' },
    );
    builder.onLoad({ filter: /^assert$/, namespace: 'assertions' }, () => ({ contents: assertions }));
  },
};

/**
 * Libraries with short names: a quarter of the package less to download. Our own names stay, for stack traces.
 * @type {import('esbuild').Plugin}
 */
const withShortNames = {
  name: 'with-short-names',
  setup(builder) {
    builder.onLoad({ filter: /node_modules.*\.[cm]?js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const { code } = await transform(source, { minify: true, legalComments: 'none', target: output.target });
      return { contents: code };
    });
  },
};

const output = {
  platform: 'node',
  target: 'node20.18',
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
};

/**
 * esbuild splits only ES modules, and Node loads those slowly: two dozen files, and the list of every export of Node's own
 * modules (whose getters load WebCrypto and stdin), were a tenth of a start's CPU. So the pieces become CommonJS.
 * @param {string} code
 */
async function asCommonJs(code) {
  const define = { 'import.meta.url': '__filename' };
  return (await transform(code, { ...output, define, format: 'cjs', supported: { 'dynamic-import': false } })).code;
}

/**
 * @param {{ outdir: string }} options
 * @returns {Promise<import('esbuild').Metafile>} what went into the bundle
 */
export async function bundle({ outdir }) {
  await rm(outdir, { recursive: true, force: true });
  const { version } = JSON.parse(await readFile(`${root}package.json`, 'utf8'));
  const result = await build({
    absWorkingDir: root,
    entryPoints: { 'cli/main': 'src/cli/main.ts' },
    outdir,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    // As Node resolves packages: half of AWS's are CommonJS, and beside the other half as modules they do not load.
    conditions: [],
    format: 'esm',
    ...output,
    write: false,
    plugins: [withoutUnused, withStandIns, withMessages, withShortNames],
    metafile: true,
    logLevel: 'warning',
    define: { 'process.env.MODELPORT_VERSION': JSON.stringify(version) },
  });
  await mkdir(outdir, { recursive: true });
  await writeFile(`${outdir}/package.json`, '{"type":"commonjs"}\n');
  for (const { path, text } of result.outputFiles) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await asCommonJs(text));
  }
  await keepCompiled(outdir);
  return result.metafile;
}

/** Where no server can be started the build is whole, only slower to start. */
async function keepCompiled(outdir) {
  try {
    await promisify(execFile)(process.execPath, [`${root}scripts/keep-compiled.cjs`, outdir], { timeout: 30_000 });
  } catch (thrown) {
    console.warn(`built without compiled code, which makes every start slower: ${thrown.message}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await bundle({ outdir: `${root}dist` });
}
