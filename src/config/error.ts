/** What was typed cannot be meant; `message` is one or two lines for the terminal, without secrets. */
export class ConfigError extends Error {
  /** 1: a file or address that cannot be used; 2: a wrong command line (DECISIONS.md 1). */
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 2) {
    super(message);
    this.name = 'ConfigError';
    this.exitCode = exitCode;
  }
}
