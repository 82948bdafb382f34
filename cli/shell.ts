/** Where a command reads and writes: the process's own in main.ts, made up in tests. */
export interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Working directory. */
  readonly cwd: string;
  /** Top of the clone that the CLI belongs to. */
  readonly root: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly input: NodeJS.ReadStream;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  readonly inputIsTerminal: boolean;
  /** Resolves when the user or the system asks the process to end; asked for only by what has to clear up then. */
  readonly untilStopped: () => Promise<void>;
}

/** Whether colours are wanted on stdout: a terminal, and neither NO_COLOR nor a dumb one. */
export function wantsColour(shell: Shell, isTerminal: boolean = shell.outIsTerminal): boolean {
  return isTerminal && !shell.env.NO_COLOR && shell.env.TERM !== 'dumb';
}
