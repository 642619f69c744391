import { ConfigError, configSchema, type Environment, findConfig, type Loaded, loadConfig } from '../config/index.ts';
import { asArray, asObject, isObject, type JsonValue } from '../wire/index.ts';
import { call } from './ask.ts';
import { Failure } from './failure.ts';
import type { CliFlags } from './flags.ts';
import { serveLoaded } from './reach.ts';
import { oneLine, type Terminal } from './terminal.ts';

/** `modelport schema`. */
export async function printSchema(terminal: Terminal): Promise<number> {
  terminal.print(JSON.stringify(await configSchema(), null, 2));
  return 0;
}

/**
 * `modelport check [file]`: what a configuration serves, where each key comes from, what is ignored and what is missing;
 * with --online every model is asked a tiny question. 0: it can be used, and every model answered; else 1.
 */
export async function check(
  words: readonly string[],
  flags: CliFlags,
  env: Environment,
  terminal: Terminal,
): Promise<number> {
  const file = words[0] ?? flags.config ?? findConfig();
  if (file === undefined) throw new Failure('check: which file? write `modelport check config.yaml`', 2);
  let loaded: Loaded;
  try {
    loaded = await loadConfig({ ...flags, config: file }, { ...env });
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    if (!flags.json) throw thrown;
    terminal.print(JSON.stringify({ ok: false, file, errors: thrown.message.split('\n') }));
    return 1;
  }
  const tried = flags.online === true ? await tryAll(loaded, flags, terminal) : new Map<string, string | null>();
  const ok = [...tried.values()].every((error) => error === null);
  if (flags.json) terminal.print(JSON.stringify({ ok, ...report(file, loaded, tried) }));
  else tell(file, loaded, tried, terminal);
  return ok ? 0 : 1;
}

function report(
  file: string,
  { models, config, ignored, warnings }: Loaded,
  tried: ReadonlyMap<string, string | null>,
) {
  return {
    file,
    models: models.map((one) => ({
      ...one,
      ...(tried.has(one.id) ? { error: tried.get(one.id) ?? null } : {}),
    })),
    aliases: config.aliases,
    ignored,
    warnings,
    errors: [],
  };
}

function tell(
  file: string,
  { models, config, ignored, warnings }: Loaded,
  tried: ReadonlyMap<string, string | null>,
  terminal: Terminal,
): void {
  const names = new Set(models.map(({ name }) => name));
  terminal.print(`config OK (${names.size} ${names.size === 1 ? 'model' : 'models'}): ${file}`);
  const width = Math.max(0, ...models.map(({ name }) => oneLine(name).length));
  for (const { id, name, provider, model, origin, key } of models) {
    const error = tried.get(id);
    const found = error === undefined ? '' : error === null ? '  answers' : `  FAILS: ${oneLine(error, 300)}`;
    const where = origin === '' ? '' : ` at ${origin}`;
    terminal.print(
      `  ${oneLine(name).padEnd(width)}  ${provider === '*' ? 'any provider' : `${provider}/${oneLine(model)}`}${where}  key: ${key}${found}`,
    );
  }
  for (const [alias, group] of Object.entries(config.aliases))
    terminal.print(`  ${oneLine(alias)} is ${oneLine(group)}`);
  for (const one of ignored) terminal.print(`  ignored: ${one}`);
  for (const warning of warnings) terminal.print(`  warning: ${warning}`);
}

const waitMs = 120_000;

/** By id what went wrong, or null. */
async function tryAll(loaded: Loaded, flags: CliFlags, terminal: Terminal): Promise<Map<string, string | null>> {
  if (!flags.json) terminal.say('info', 'asking every model');
  const proxy = await serveLoaded(loaded, flags.config ?? '');
  try {
    const reply = await call(proxy, '/health', waitMs);
    const found: JsonValue = JSON.parse(await reply.text());
    const health = asObject(found, '');
    const results = [...asArray(health['healthy_endpoints'], ''), ...asArray(health['unhealthy_endpoints'], '')];
    return new Map(
      results.flatMap((one): [string, string | null][] => {
        if (!isObject(one)) return [];
        const { model_id: id, error } = one;
        return typeof id === 'string' ? [[id, typeof error === 'string' ? error : null]] : [];
      }),
    );
  } finally {
    await proxy.close();
  }
}
