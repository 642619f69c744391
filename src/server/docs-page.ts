import type { ApiEntry } from './api.ts';
import { version } from './version.ts';

/** `GET /docs`: the API on one page, which loads nothing. `origin`: where the examples call; `locked`: with a key. */
export function docsPage(entries: readonly ApiEntry[], origin: string, locked: boolean): string {
  const sections = [...grouped(entries)].map(
    ([group, list]) =>
      `<h2>${escaped(group)}</h2>\n${together(list)
        .map((same) => block(same, origin, locked))
        .join('\n')}`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>modelport ${escaped(version)}: the API</title><style>${style}</style></head>
<body><h1>modelport <small>${escaped(version)}</small></h1>
<p>${locked ? 'Every request needs the master key. ' : ''}For programs: <a href="openapi.json">openapi.json</a>.</p>
${sections.join('\n')}
</body></html>
`;
}

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}' +
  'h2{margin-top:2rem;border-bottom:1px solid #ccc}summary{cursor:pointer;padding:.3rem 0}code,pre{font:14px/1.5 ui-monospace,monospace}' +
  'pre{background:#f3f3f3;padding:.7rem;overflow:auto}b{display:inline-block;min-width:4.5rem}' +
  '@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}pre{background:#262626}a{color:#8bf}}';

function grouped(entries: readonly ApiEntry[]): Map<string, ApiEntry[]> {
  const found = new Map<string, ApiEntry[]>();
  for (const entry of entries) found.set(entry.group, [...(found.get(entry.group) ?? []), entry]);
  return found;
}

/** Paths that do the same stand in one place, the first as its name. */
function together(entries: readonly ApiEntry[]): [ApiEntry, ...ApiEntry[]][] {
  const found = new Map<string, [ApiEntry, ...ApiEntry[]]>();
  for (const entry of entries) {
    const key = `${entry.method} ${entry.title}`;
    const same = found.get(key);
    if (same === undefined) found.set(key, [entry]);
    else same.push(entry);
  }
  return [...found.values()];
}

function block([first, ...more]: [ApiEntry, ...ApiEntry[]], origin: string, locked: boolean): string {
  const also = more.map(({ path }) => `<code>${escaped(path)}</code>`).join(', ');
  const method = first.method === '*' ? 'ANY' : first.method;
  return `<details><summary><b>${method}</b> <code>${escaped(first.path)}</code> ${escaped(first.title)}</summary>
<pre>${escaped(example(first, origin, locked))}</pre>${also === '' ? '' : `\n<p>Also: ${also}</p>`}
</details>`;
}

/** A command that can be typed. */
function example({ method, path, body, form }: ApiEntry, origin: string, locked: boolean): string {
  const lines = [`curl ${origin}${path.replace('{path}', '')}`];
  if (!['GET', 'POST', '*'].includes(method)) lines.push(`-X ${method}`);
  if (locked) lines.push(`-H "Authorization: Bearer $LITELLM_MASTER_KEY"`);
  if (body !== undefined && form === true) {
    lines.push(...Object.entries(body).map(([name, value]) => `-F '${name}=${String(value)}'`));
  } else if (body !== undefined) lines.push(`-H 'content-type: application/json'`, `-d '${JSON.stringify(body)}'`);
  else if (method === 'POST') lines.push('-X POST');
  return lines.join(' \\\n  ');
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
