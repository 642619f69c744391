import { type Config, type Json, ProxyError } from '../hub/index.ts';

/** Models times conversations of one request. */
const mostParts = 100;
/** Of them under way at the same time. */
const mostAtOnce = 8;

/** One of the calls that a request is. */
export interface Part {
  model: string;
  /** Which of its conversations. */
  conversation: number;
  /** Its place in the answer: conversation by conversation, model by model. */
  place: number;
}

export type Outcome<T> = { value: T } | { error: unknown };

/**
 * The models of `"a, b"` or `["a", "b"]` (LITELLM.md 8), in this order; undefined: it is one model, whose own name may hold a
 * comma. Throws invalid-request.
 */
export function modelsOf(model: Json | undefined, { deployments, aliases }: Config): readonly string[] | undefined {
  if (typeof model === 'string') {
    if (!model.includes(',') || Object.hasOwn(aliases, model) || deployments.some(({ group }) => group === model)) {
      return undefined;
    }
    const names = model.split(',').map((name) => name.trim());
    return some(names.filter((name) => name !== ''));
  }
  if (!Array.isArray(model)) return undefined;
  const names = model.map((name, index) => {
    if (typeof name === 'string' && name.trim() !== '') return name.trim();
    throw wrong(`model[${index}]`, 'must be the name of a model');
  });
  return some(names);
}

function some(names: string[]): string[] {
  if (names.length === 0) throw wrong('model', 'names no model');
  return names;
}

/** Every model is asked every conversation. Throws invalid-request for more than a request may ask. */
export function partsOf(models: readonly string[], conversations: number): Part[] {
  if (models.length * conversations > mostParts) {
    throw wrong('model', `asks ${models.length * conversations} calls at once: at most ${mostParts} are allowed`);
  }
  return Array.from({ length: conversations }).flatMap((_, conversation) =>
    models.map((model, index) => ({ model, conversation, place: conversation * models.length + index })),
  );
}

/** Asks for all parts, a few at a time, and tells all outcomes in the order of the parts. Never rejects. */
export async function askAll<T>(parts: readonly Part[], ask: (part: Part) => Promise<T>): Promise<Outcome<T>[]> {
  const outcomes: Outcome<T>[] = [];
  await inTurns(parts, async (part) => {
    outcomes[part.place] = await outcomeOf(ask, part);
    return true;
  });
  return outcomes;
}

/**
 * Asks for all parts, a few at a time, and resolves with the first success; `lost` then ends what else is under way, and
 * nothing more is begun. Without a success: all errors, in the order of the parts.
 */
export function askFastest<T>(
  parts: readonly Part[],
  ask: (part: Part) => Promise<T>,
  lost: (part: Part) => void,
): Promise<{ winner: Part; value: T } | { errors: unknown[] }> {
  const errors: unknown[] = [];
  const running = new Set<Part>();
  let over = false;
  return new Promise((resolve) => {
    const race = inTurns(parts, async (part) => {
      running.add(part);
      const outcome = await outcomeOf(ask, part);
      running.delete(part);
      if (over) return false;
      if ('error' in outcome) {
        errors[part.place] = outcome.error;
        return true;
      }
      over = true;
      for (const other of running) lost(other);
      resolve({ winner: part, value: outcome.value });
      return false;
    });
    void race.then(() => resolve({ errors }));
  });
}

async function outcomeOf<T>(ask: (part: Part) => Promise<T>, part: Part): Promise<Outcome<T>> {
  try {
    return { value: await ask(part) };
  } catch (error) {
    return { error };
  }
}

/** `work` says whether it goes on. */
async function inTurns(parts: readonly Part[], work: (part: Part) => Promise<boolean>): Promise<void> {
  const waiting = [...parts];
  const turn = async (): Promise<void> => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      if (!(await work(part))) waiting.length = 0;
    }
  };
  await Promise.all(Array.from({ length: Math.min(mostAtOnce, waiting.length) }, turn));
}

function wrong(param: string, problem: string): ProxyError {
  return new ProxyError('invalid-request', `'${param}' ${problem}`, { param });
}
