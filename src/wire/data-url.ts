/** A base64 `data:` URL taken apart; undefined for anything else. */
export function readDataUrl(url: string): { mime: string; data: string } | undefined {
  if (!/^data:/i.test(url)) return undefined;
  const comma = url.indexOf(',');
  if (comma < 0) return undefined;
  const parts = url.slice(5, comma).split(';');
  if (parts.at(-1)?.trim().toLowerCase() !== 'base64') return undefined;
  return {
    mime: parts[0]?.trim().toLowerCase() || 'text/plain',
    data: url.slice(comma + 1),
  };
}

export function writeDataUrl(mime: string, data: string): string {
  return `data:${mime};base64,${data}`;
}
