/** Bundles src/cli/main.ts into dist/ (or --out DIR, --minify): split, so that what a run does not need is not loaded. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * @param {{ outdir: string, minify: boolean }} options
 * @returns {Promise<import('esbuild').Metafile>} what went into the bundle
 */
export async function bundle({ outdir, minify }) {
  await rm(outdir, { recursive: true, force: true });
  const { version } = JSON.parse(await readFile(`${root}package.json`, 'utf8'));
  const result = await build({
    absWorkingDir: root,
    entryPoints: { 'cli/main': 'src/cli/main.ts' },
    outdir,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.18',
    minifyWhitespace: minify,
    minifySyntax: minify,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    define: { 'process.env.MODELPORT_VERSION': JSON.stringify(version) },
    // CommonJS dependencies call require() for Node's own modules.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  await writeFile(`${outdir}/package.json`, '{"type":"module"}\n');
  return result.metafile;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await bundle({ outdir: `${root}dist`, minify: false });
}
