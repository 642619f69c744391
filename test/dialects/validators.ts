import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The vendors whose published schemas are checked. */
const vendors = ['openai', 'anthropic', 'mistral', 'gemini', 'bedrock', 'cohere', 'ollama'] as const;
export type Vendor = (typeof vendors)[number];

/** `unknown`: how fields count that the schema does not know; `beta`: Anthropic's beta form; `official`: OpenAI's description word for word. */
export interface ValidateOptions {
  unknown?: 'error' | 'warn';
  beta?: boolean;
  official?: boolean;
  azure?: boolean;
  /** Gemini: Vertex AI's schema, not AI Studio's. */
  vertex?: boolean;
}

export interface Verdict {
  ok: boolean;
  errors: string[];
  warnings: string[];
}

type Check = (input: unknown, kind?: string, options?: ValidateOptions) => Verdict;

const root = fileURLToPath(new URL('../..', import.meta.url));
const source = join(root, '../shared/validators');
const copied = join(root, 'node_modules/.cache/validators');

/** False where '../shared/validators' is missing: then `validate` calls everything valid, and suites say so. */
export const available = existsSync(join(source, 'lib/core.mjs'));

const checks = new Map<Vendor, Check>();
if (available) {
  copyTree(source, copied);
  for (const vendor of vendors) {
    const loaded: { validate: Check } = await import(pathToFileURL(join(copied, `validate-${vendor}.mjs`)).href);
    checks.set(vendor, loaded.validate);
  }
}

/**
 * Checks a body (object, text or bytes) against a vendor's published schema. Kinds: openai `chat.request`,
 * `chat.response`, `chat.stream`, `models.response`, `error` and others; ollama `chat.request`, `generate.request` ...; the
 * others `request`, `response`, `stream`, `error`. `ok` is a getter on the vendor's report, hence the copy.
 */
export function validate(vendor: Vendor, body: unknown, kind?: string, options: ValidateOptions = {}): Verdict {
  const check = checks.get(vendor);
  if (check === undefined) return { ok: true, errors: [], warnings: [] };
  const report = check(body, kind, options);
  return {
    ok: report.errors.length === 0,
    errors: report.errors,
    warnings: report.warnings,
  };
}

/** The sources of recordings that rightly fail validation. */
export function expectedFailures(): string[] {
  if (!available) return [];
  const list: Record<string, string> = JSON.parse(readFileSync(join(source, 'expected.json'), 'utf8'));
  return Object.keys(list);
}

/** Copied, so that `ajv` is found in our node_modules; renamed into place, since test files run in parallel. */
function copyTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue;
    const target = join(to, entry.name);
    if (entry.isDirectory()) {
      copyTree(join(from, entry.name), target);
      continue;
    }
    const bytes = readFileSync(join(from, entry.name));
    if (existsSync(target) && readFileSync(target).equals(bytes)) continue;
    const draft = `${target}.${process.pid}`;
    writeFileSync(draft, bytes);
    renameSync(draft, target);
  }
}
