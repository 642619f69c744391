/** A command failed; `message` is for the terminal, `exitCode` one of DECISIONS.md 1. */
export class Failure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.name = 'Failure';
    this.exitCode = exitCode;
  }
}
