import type { Environment } from '../config/index.ts';
import { Failure } from './failure.ts';

/** How a shell is told about variables. */
interface Shell {
  set(name: string, value: string): string;
  unset(name: string): string;
  remark(text: string): string;
}

const posix: Shell = {
  set: (name, value) => `export ${name}='${value.replaceAll("'", "'\\''")}'`,
  unset: (name) => `unset ${name}`,
  remark: (text) => `# ${text}`,
};

export const shells = {
  sh: posix,
  bash: posix,
  zsh: posix,
  fish: {
    set: (name, value) => `set -gx ${name} '${value.replace(/[\\']/g, '\\$&')}'`,
    unset: (name) => `set -e ${name}`,
    remark: (text) => `# ${text}`,
  },
  // It takes the curly quotes of word processors for quotes too.
  powershell: {
    set: (name, value) => `$env:${name} = '${value.replace(/['‘’‚‛]/g, '$&$&')}'`,
    unset: (name) => `Remove-Item Env:${name} -ErrorAction SilentlyContinue`,
    remark: (text) => `# ${text}`,
  },
  cmd: {
    set: (name, value) => `set "${name}=${value}"`,
    unset: (name) => `set "${name}="`,
    remark: (text) => `rem ${text}`,
  },
} satisfies Record<string, Shell>;

/** The shell of that name; without one the usual one here. Throws Failure. */
export function shellOf(name: string | true | undefined, env: Environment): Shell {
  if (name === undefined || name === true)
    return process.platform === 'win32' && env['SHELL'] === undefined ? shells.powershell : shells.sh;
  const known = Object.entries(shells).find(([shell]) => shell === name.toLowerCase());
  if (known !== undefined) return known[1];
  throw new Failure(`--shell must be one of ${Object.keys(shells).join(', ')}, not '${name}'`, 2);
}
