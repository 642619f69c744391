import { loadEnvFile } from 'node:process';

/** Environment variables; empty ones count as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface ReadEnvironment {
  env: Environment;
  /** What was read besides the process's own environment, or why it was not. */
  note?: string;
  warning?: string;
}

/**
 * The environment, with `.env` of the working directory beneath it: a variable that is set already is not overridden.
 * LITELLM_MODE=PRODUCTION leaves the file alone, as in LiteLLM.
 */
export function readEnvironment(options: { envFile: boolean }): ReadEnvironment {
  if (!options.envFile || process.env['LITELLM_MODE']?.toUpperCase() === 'PRODUCTION') return { env: process.env };
  try {
    loadEnvFile('.env');
    return { env: process.env, note: 'read .env of this directory' };
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    return code === 'ENOENT'
      ? { env: process.env }
      : { env: process.env, warning: `.env was not read: ${String(code)}` };
  }
}

/** The first of these variables that is set, trimmed. */
export function firstSet(env: Environment, names: readonly string[]): { name: string; value: string } | undefined {
  for (const name of names) {
    const value = env[name]?.trim();
    if (value !== undefined && value !== '') return { name, value };
  }
  return undefined;
}

/** `GROQ_API_BASE` for groq: every provider has one (DECISIONS.md 19). */
export function baseVariable(provider: string): string {
  return `${provider.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_API_BASE`;
}
