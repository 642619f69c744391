/** One method of one path. `:name` stands for one segment, `*name` for one or more; `\:` for a colon. */
export interface Row<T> {
  method: string;
  path: string;
  to: T;
}

/** What a path leads to, by method in upper case, and what stands in the places of its names, decoded. */
export interface Found<T> {
  by: ReadonlyMap<string, T>;
  params: Readonly<Record<string, string>>;
}

/**
 * Who answers for a path. Plain paths are looked up; those with names are compared from the top, and their patterns made
 * when the first of them is asked for: Express's router, which makes them all, was a third of a start's CPU.
 */
export class Directory<T> {
  readonly #plain = new Map<string, Map<string, T>>();
  readonly #named = new Map<string, Map<string, T>>();
  #patterns: { look: RegExp; by: ReadonlyMap<string, T> }[] | undefined;

  constructor(rows: Iterable<Row<T>>) {
    for (const { method, path, to } of rows) {
      const all = /[:*]/.test(path) ? this.#named : this.#plain;
      const known = all.get(path) ?? new Map<string, T>();
      all.set(path, known);
      if (!known.has(method)) known.set(method, to);
    }
  }

  /** By the path of a URL, still encoded; a trailing slash means nothing. Throws URIError for a broken percent-encoding. */
  find(path: string): Found<T> | undefined {
    const trimmed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
    const plain = this.#plain.get(trimmed);
    if (plain !== undefined) return { by: plain, params: {} };
    this.#patterns ??= [...this.#named].map(([written, by]) => ({ look: patternOf(written), by }));
    for (const { look, by } of this.#patterns) {
      const found = look.exec(trimmed);
      if (found !== null) return { by, params: decoded(found.groups ?? {}) };
    }
    return undefined;
  }
}

const piece = /\\:|[:*](\w+)|[^\\:*]+/g;

function patternOf(path: string): RegExp {
  const source = path.replace(piece, (written, name: string | undefined) => {
    if (name === undefined) return (written === '\\:' ? ':' : written).replace(/[.+?^${}()|[\]]/g, '\\$&');
    return written.startsWith('*') ? `(?<${name}>.+)` : `(?<${name}>[^/]+)`;
  });
  return new RegExp(`^${source}$`);
}

function decoded(groups: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, text]) => [name, decodeURIComponent(text)]));
}
