/**
 * From what was typed to what was meant: flags and environment become one immutable Config. The only reader of the
 * environment and of configuration files; opens no socket, prints nothing and never ends the process.
 */

export { type Environment, firstSet, readEnvironment } from './environment.ts';
export { ConfigError } from './error.ts';
export { isLoopback } from './exposure.ts';
export type { Flags } from './flags.ts';
export { modelsWithKeys } from './found-keys.ts';
export { keyVariable } from './key.ts';
export type { Loaded } from './load.ts';
export { rowForModel } from './model-name.ts';
export { resolveConfig } from './resolve.ts';
export { configSchema, findConfig, loadConfig } from './source.ts';
export { watchFiles } from './watch.ts';
