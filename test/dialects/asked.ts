import type { RequestFacts } from './read-request.ts';

/** A result that bears no id answers the first open call of its name. */
export class Calls {
  readonly #names: string[] = [];
  readonly #open: number[] = [];

  made(name: string): number {
    const number = this.#names.push(name);
    this.#open.push(number);
    return number;
  }

  /** `name` undefined: the wire does not say it. */
  answered(name: string | undefined): number {
    const at = name === undefined ? 0 : this.#open.findIndex((n) => this.#names[n - 1] === name);
    return at < 0 ? 0 : (this.#open.splice(at, 1)[0] ?? 0);
  }
}

/** A tool as one line. */
export function toolLine({ name, description }: { name: string; description?: string }): string {
  return `${name}: ${description}`;
}

type Values = { [K in keyof RequestFacts]?: RequestFacts[K] | undefined };

/** Puts what is there. */
export function set(facts: RequestFacts, values: Values): void {
  for (const [key, value] of Object.entries(values)) if (value !== undefined) Object.assign(facts, { [key]: value });
}
