import type { JsonObject, Usage } from '../../hub/index.ts';
import { self } from './params.ts';

const counts = ['prompt_eval_count', 'eval_count'] as const;
const times = ['total_duration', 'load_duration', 'prompt_eval_duration', 'eval_duration'] as const;

/** A prompt that the server still knew is not counted. */
export function readUsage(body: JsonObject): Usage | undefined {
  const raw: JsonObject = {};
  for (const name of [...counts, ...times]) {
    const value = body[name];
    if (typeof value === 'number') raw[name] = value;
  }
  if (counts.every((name) => raw[name] === undefined)) return undefined;
  const { prompt_eval_count: input, eval_count: output } = raw;
  return { input: number(input), output: number(output), raw: { by: self, value: raw } };
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
