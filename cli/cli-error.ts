/** What a command ends with: done, refused or failed, used wrongly. */
export type ExitCode = 0 | 1 | 2;

interface CliErrorExtra {
  /** HTTP status, where an answer of the API is told. */
  readonly status?: number;
  /** Why, where the API says more than its code (docs/protocol/errors.md). */
  readonly reason?: string | undefined;
  readonly exitCode?: ExitCode;
  /** People have read it already, in the words of a script that ran. */
  readonly isTold?: boolean;
  readonly cause?: unknown;
}

/** A command cannot go on: a stable code, a sentence, and the way out. */
export class CliError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly status: number | null;
  readonly reason: string | null;
  readonly exitCode: ExitCode;
  readonly isTold: boolean;

  constructor(code: string, message: string, hint: string, extra: CliErrorExtra = {}) {
    super(message, extra.cause === undefined ? {} : { cause: extra.cause });
    this.name = 'CliError';
    this.code = code;
    this.hint = hint;
    this.status = extra.status ?? null;
    this.reason = extra.reason ?? null;
    this.exitCode = extra.exitCode ?? 1;
    this.isTold = extra.isTold ?? false;
  }
}

/** The command line itself is wrong: exit code 2. */
export function usageError(message: string, hint = 'Add --help to see the options and examples.'): CliError {
  return new CliError('usage', message, hint, { exitCode: 2 });
}
