import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ProxyError } from '../hub/index.ts';

/** Where an optional package is looked for: beside modelport, then in the working directory. */
const places = (): string[] => [import.meta.url, join(process.cwd(), 'node_modules', '_')];

/**
 * A package that modelport does without until somebody's account needs it. `isIt`: whether what was found has what is used
 * of it. Throws authentication with the command that helps (DECISIONS.md 23).
 */
export function loadOptional<T>(name: string, purpose: string, isIt: (found: unknown) => found is T): T {
  for (const place of places()) {
    const found = loadFrom(place, name);
    if (isIt(found)) return found;
  }
  throw new ProxyError(
    'authentication',
    `${purpose} needs the package ${name}: start with npx -p modelport -p ${name} modelport ... (or npm install ${name} in this directory)`,
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
