import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type ErrorKind, ProxyError } from '../hub/index.ts';

/** Where an optional package is looked for: beside modelport, then in the working directory. */
const places = (): string[] => [import.meta.url, join(process.cwd(), 'node_modules', '_')];

/**
 * A package that modelport does without until somebody's account needs it. `isIt`: whether what was found has what is used
 * of it. Throws authentication, or `kind`, with the command that helps (DECISIONS.md 23).
 */
export function loadOptional<T>(
  name: string,
  purpose: string,
  isIt: (found: unknown) => found is T,
  kind: ErrorKind = 'authentication',
): T {
  for (const place of places()) {
    const found = loadFrom(place, name);
    if (isIt(found)) return found;
  }
  const [, whole = name] = /^((?:@[^/]+\/)?[^/]+)/.exec(name) ?? [];
  throw new ProxyError(
    kind,
    `${purpose} needs the package ${whole}: start with npx -p modelport -p ${whole} modelport ... (or npm install ${whole} in this directory)`,
  );
}

/** Undefined when it is not there; a package that is there and broken says so itself. */
function loadFrom(place: string, name: string): unknown {
  const require = createRequire(place);
  const path = resolved(require, name);
  return path === undefined ? undefined : require(path);
}

function resolved(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}
