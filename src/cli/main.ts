/**
 * The terminal: the only room that reads the command line, colours text and ends the process. A command's parts are
 * loaded when it runs: --version and --help load neither the server nor a spinner.
 */
import { Failure } from './failure.ts';

/** Written into the bundle by scripts/build.mjs. */
const version = process.env.MODELPORT_VERSION ?? 'unbuilt';

async function main(argv: readonly string[]): Promise<void> {
  // A closed pipe is no error (RELIABILITY.md P6): `modelport --help | head`.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  // Editors and scripts ask often: commander would be most of the time.
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v')) {
    process.stdout.write(`modelport ${version}\n`);
    return;
  }
  const { Printed, readCommandLine } = await import('./command-line.ts');
  try {
    const line = readCommandLine(argv, version);
    const { run } = await import('./run.ts');
    process.exit(await run(line, version));
  } catch (thrown) {
    if (!(thrown instanceof Printed || thrown instanceof Failure)) throw thrown;
    if (thrown instanceof Failure) process.stderr.write(`error: ${thrown.message}\n`);
    process.exitCode = thrown.exitCode;
  }
}

void main(process.argv.slice(2));
