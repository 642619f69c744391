/** The one of `words` that the typed word most likely meant: equal but for case, `-` and `_`, or at most two letters off. */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  const plain = (word: string) => word.toLowerCase().replace(/[-_.\s]/g, '');
  let best: { word: string; distance: number } | undefined;
  for (const word of words) {
    const distance = editDistance(plain(typed), plain(word));
    if (distance <= Math.min(2, word.length / 3) && distance < (best?.distance ?? Infinity)) best = { word, distance };
  }
  return best?.word;
}

function editDistance(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > 2) return Infinity;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [above, letter] of [...from].entries()) {
    const next = [above + 1];
    for (const [left, other] of [...to].entries())
      next.push(
        Math.min((next[left] ?? 0) + 1, (row[left + 1] ?? 0) + 1, (row[left] ?? 0) + (letter === other ? 0 : 1)),
      );
    row = next;
  }
  return row.at(-1) ?? Infinity;
}
