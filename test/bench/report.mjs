// What the bench has measured, as a table.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** A line: what was done, a figure of the reference and of modelport, and how far they may be apart. */
export function row(name, reference, ours, target, { unit, digits = 1, more = '' }) {
  const ratio = ours / reference;
  const known = Number.isFinite(ratio) && reference > 0;
  const verdict = !known || target === undefined ? '' : ratio <= target ? 'ok' : ratio <= 2 * target ? 'miss' : 'MISS';
  return {
    work: name,
    reference: `${reference.toFixed(digits)} ${unit}`,
    modelport: `${ours.toFixed(digits)} ${unit}`,
    ratio: known ? `${ratio.toFixed(2)} x` : '-',
    target: target === undefined ? '' : `<= ${target} x`,
    verdict,
    more,
  };
}

export function failedRow(name, error) {
  return {
    work: name,
    reference: '',
    modelport: '',
    ratio: '-',
    target: '',
    verdict: 'FAILED',
    more: String(error.message ?? error).split('\n')[0],
  };
}

export function print(rows) {
  const columns = ['work', 'reference', 'modelport', 'ratio', 'target', 'verdict', 'more'];
  const lines = [Object.fromEntries(columns.map((name) => [name, name === 'more' ? '' : name])), ...rows];
  const widths = columns.map((name) => Math.max(...lines.map((line) => line[name].length)));
  for (const line of lines)
    console.log(
      columns
        .map((name, index) => line[name].padEnd(widths[index]))
        .join('  ')
        .trimEnd(),
    );
}

/** A miss on a noisy machine is no failure; twice the target, or no answer at all, is. */
export function isRegression(rows) {
  return rows.some(({ verdict }) => verdict === 'MISS' || verdict === 'FAILED');
}
