import { isDeepStrictEqual } from 'node:util';

/** What each aspect of the table looks at. */
const aspects: Record<string, readonly string[]> = {
  text: ['text'],
  reasoning: ['thinking'],
  'tool calls': ['calls'],
  finish: ['finish', 'stopSequence'],
  usage: ['usage'],
  citations: ['urls'],
  errors: ['errors'],
  validity: ['invalid'],
};

type Facts = object;
type Differences = Record<string, { wanted: unknown; got: unknown }>;

/** Counts how much of what was recorded reaches which client, by aspect. */
export function createScore(): {
  /** Compares two readings, counts, and returns what differs. */
  compare(dialect: string, client: string, wanted: Facts, got: Facts): Differences;
  table(): string;
} {
  const counts = new Map<string, Map<string, { good: number; all: number }>>();
  return {
    compare(dialect, client, wanted, got) {
      const row = counts.get(`${dialect} -> ${client}`) ?? new Map<string, { good: number; all: number }>();
      counts.set(`${dialect} -> ${client}`, row);
      const differences: Differences = {};
      const source = new Map<string, unknown>(Object.entries(wanted));
      const target = new Map<string, unknown>(Object.entries(got));
      for (const [aspect, keys] of Object.entries(aspects)) {
        const present = keys.filter((key) => source.has(key) && isWorthCounting(key, source.get(key)));
        if (present.length === 0) continue;
        const cell = row.get(aspect) ?? { good: 0, all: 0 };
        row.set(aspect, cell);
        cell.all++;
        const wrong = present.filter(
          (key) => !isDeepStrictEqual(source.get(key), asWanted(key, source.get(key), target.get(key))),
        );
        if (wrong.length === 0) cell.good++;
        for (const key of wrong) differences[aspect] = { wanted: source.get(key), got: target.get(key) };
      }
      return differences;
    },
    table() {
      const names = Object.keys(aspects);
      const lines = [...counts].map(([row, cells]) =>
        [row.padEnd(60), ...names.map((name) => percent(cells.get(name)).padStart(11))].join(''),
      );
      return [[''.padEnd(60), ...names.map((name) => name.padStart(11))].join(''), ...lines].join('\n');
    },
  };
}

/** Ids that the recording lacks may be anything. */
function asWanted(key: string, wanted: unknown, got: unknown): unknown {
  if (key !== 'calls' || !Array.isArray(wanted) || !Array.isArray(got)) return got;
  return got.map((call: unknown, n) => {
    const source: unknown = wanted[n];
    const invented = Array.isArray(source) && (source[0] === 'made up' || source[0] === '');
    return invented && Array.isArray(call) && call[0] !== '' ? [source[0], ...call.slice(1)] : call;
  });
}

/** Empty lists and texts count only where being empty is the point. */
function isWorthCounting(key: string, value: unknown): boolean {
  if (key === 'invalid' || key === 'text') return true;
  return !(value === undefined || value === '' || (Array.isArray(value) && value.length === 0));
}

function percent(cell: { good: number; all: number } | undefined): string {
  return cell === undefined ? '-' : `${Math.round((100 * cell.good) / cell.all)}% /${cell.all}`;
}
