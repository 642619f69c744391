import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = resolve(import.meta.dirname, '../src');

/** The import table of src/README.md: room -> rooms it may import. Packages outside the list of a room are refused too. */
const rooms: Record<string, { imports: string[]; packages: string[] }> = {
  hub: { imports: [], packages: [] },
  wire: { imports: [], packages: [] },
  dialects: { imports: ['hub', 'wire'], packages: [] },
  providers: { imports: ['hub', 'dialects'], packages: [] },
  translate: { imports: ['hub', 'wire', 'dialects'], packages: ['tokenx'] },
  router: { imports: ['hub'], packages: [] },
  upstream: {
    imports: ['hub', 'wire'],
    packages: ['node:', 'undici', '@smithy/', '@aws-sdk/', '@azure/identity', 'google-auth-library'],
  },
  ledger: { imports: ['hub'], packages: ['node:', '@pydantic/genai-prices', 'ioredis', 'lru-cache'] },
  config: { imports: ['hub', 'providers'], packages: ['node:', 'yaml', 'zod'] },
  server: {
    imports: ['hub', 'wire', 'dialects', 'providers', 'translate', 'router', 'upstream', 'ledger', 'config'],
    packages: ['node:', 'express', 'http-proxy-middleware', '@fastify/busboy'],
  },
  cli: {
    imports: ['config', 'server', 'providers', 'ledger', 'hub', 'wire', 'dialects'],
    packages: ['node:', 'commander', 'chalk', 'ora', 'cross-spawn'],
  },
};

/** Only these rooms read the environment or end the process. */
const globals: [RegExp, string[]][] = [
  [/process\.env\.(?!MODELPORT_VERSION)|process\.env\[|process\.loadEnvFile/, ['config', 'cli']],
  [/process\.exit\b|process\.argv/, ['cli']],
  [/\bDate\.now\(|Math\.random\(|performance\.now\(/, ['server', 'upstream', 'ledger', 'cli', 'config']],
  [/\bsetTimeout\(|\bsetInterval\(/, ['server', 'upstream', 'ledger', 'cli', 'config']],
  [/\bfetch\(/, ['cli', 'config']],
];

interface Source {
  file: string;
  room: string;
  text: string;
  imports: { from: string; typeOnly: boolean }[];
}

function walk(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
}

const importLine =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?[^'";]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g;

const sources: Source[] = walk(src)
  .filter((path) => path.endsWith('.ts'))
  .map((path) => {
    const text = readFileSync(path, 'utf8');
    const file = relative(src, path);
    const imports = [...text.matchAll(importLine)].map((found) => ({
      from: found[2] ?? found[3] ?? found[4] ?? '',
      typeOnly: found[1] !== undefined,
    }));
    return { file, room: file.split('/')[0] ?? '', text, imports };
  });

const code = sources.filter(({ file }) => !isData(file));

/** Pure data tables may be longer than 300 lines (DECISIONS 26). */
function isData(file: string): boolean {
  return file.startsWith('providers/') || file === 'cli/flags.ts';
}

describe('architecture', () => {
  it('has files in known rooms only', () => {
    expect(sources.filter(({ room }) => rooms[room] === undefined).map(({ file }) => file)).toEqual([]);
  });

  it('imports along the table, through the doors', () => {
    const wrong = sources.flatMap((source) => source.imports.flatMap(({ from }) => breach(source, from)));
    expect(wrong).toEqual([]);
  });

  it('keeps dialects apart: no dialect imports or names another', () => {
    const folders = [
      ...new Set(sources.filter(({ room }) => room === 'dialects').map(({ file }) => file.split('/')[1] ?? '')),
    ];
    const dialects = folders.filter((name) => !name.endsWith('.ts'));
    const wrong = sources.filter(({ file, text }) => {
      const own = dialects.find((name) => file.startsWith(`dialects/${name}/`));
      return own !== undefined && dialects.some((name) => name !== own && text.includes(name));
    });
    expect(wrong.map(({ file }) => file)).toEqual([]);
    expect(dialects.length).toBeGreaterThanOrEqual(2);
  });

  it('names no provider in dialects, translate, router and server', async () => {
    const { providers } = await import('../src/providers/index.ts');
    const dialects = new Set(readdirSync(join(src, 'dialects')));
    const ids = Object.keys(providers).filter((id) => !dialects.has(id));
    const named = new RegExp(`(?:[=!]==\\s*|case\\s+|\\[)'(?:${ids.join('|')})'|'(?:${ids.join('|')})'\\s*[=!]==`);
    const wrong = sources.filter(
      ({ room, text }) => ['dialects', 'translate', 'router', 'server'].includes(room) && named.test(text),
    );
    expect(wrong.map(({ file }) => file)).toEqual([]);
  });

  it('touches environment, clock, dice, sockets and process where it may', () => {
    const wrong = sources.flatMap(({ file, room, text }) =>
      globals
        .filter(([pattern, allowed]) => pattern.test(text) && !allowed.includes(room))
        .map(([pattern]) => `${file}: ${pattern}`),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps files short: none over 300 lines, median under 120', () => {
    const lengths = code.map(({ file, text }) => ({
      file,
      lines: text.split('\n').length - 1,
    }));
    expect(lengths.filter(({ lines }) => lines > 300)).toEqual([]);
    const sorted = lengths.map(({ lines }) => lines).sort((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(120);
  });

  // V8 takes such a function for the method of a prototype and puts it among what lives long (the parser's `pretenure`); all
  // that it sees then outlives the young generation's collections. One in each stream was a third of a stream's CPU.
  it('assigns no function to a property where it writes it, and has no getter in a literal', () => {
    const assigned =
      /\.#?\w+ (?:=|\?\?=|\|\|=)\s+(?:async )?(?:\([^()]*(?:\([^()]*\)[^()]*)*\)(?:: [^=;]+)? =>|\w+ =>|function\b)/g;
    const getter = /\n( +)get \w+\(\)[^{]*\{[\s\S]*?\n\1\},/g;
    const found = sources.flatMap(({ file, text }) =>
      [...text.matchAll(assigned), ...text.matchAll(getter)].map(([words]) => `${file}: ${words.trim()}`),
    );
    expect(found).toEqual([]);
  });

  it('has no folder or file that says nothing', () => {
    const empty = /(?:^|\/)(?:utils?|helpers?|common|misc|lib|base|part\d+)(?:\/|\.ts$)/;
    expect(sources.map(({ file }) => file).filter((file) => empty.test(file))).toEqual([]);
  });
});

/** What is wrong with one import, in words. */
function breach(source: Source, from: string): string[] {
  const allowed = rooms[source.room];
  if (allowed === undefined) return [];
  if (!from.startsWith('.')) {
    const fine = allowed.packages.some((name) =>
      /[:/]$/.test(name) ? from.startsWith(name) : from === name || from.startsWith(`${name}/`),
    );
    return fine ? [] : [`${source.file} imports the package ${from}`];
  }
  const target = relative(src, resolve(src, dirname(source.file), from));
  if (target.startsWith('..')) return target.endsWith('package.json') ? [] : [`${source.file} imports ${from}`];
  const room = target.split('/')[0] ?? '';
  if (room !== source.room) {
    if (!allowed.imports.includes(room)) return [`${source.file} may not import the room ${room}`];
    return target === `${room}/index.ts` ? [] : [`${source.file} imports ${target}, not the door of ${room}`];
  }
  return [];
}
