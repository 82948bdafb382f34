import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { run } from '../../cli/run.ts';
import type { Shell } from '../../cli/shell.ts';

/** What one command line did. */
export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** stdout as JSON, where it is some. */
  // biome-ignore lint/suspicious/noExplicitAny: every field read is compared with a literal
  readonly json: any;
}

interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Top of the clone; the working directory when not given. */
  readonly root?: string;
  /** Called at each text on stdout. */
  readonly onOut?: (text: string) => void;
  /** What the user types; makes the input and both outputs a terminal. */
  readonly typed?: string;
  /** Resolves when the process is asked to end. */
  readonly stopped?: Promise<void>;
}

/** A folder of its own for a test, removed by `remove`. */
export function tempFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'headwater-cli-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs a command line in this process, in a shell that knows nothing but what is given. */
export async function cli(
  args: readonly string[],
  { env = {}, cwd = tmpdir(), root = cwd, typed, onOut, stopped = new Promise(() => {}) }: CliOptions = {},
): Promise<CliRun> {
  let out = '';
  let err = '';
  const isTerminal = typed !== undefined;
  const shell: Shell = {
    env: { NO_COLOR: '1', ...env },
    cwd,
    root,
    out: (text) => {
      out += text;
      onOut?.(text);
    },
    err: (text) => {
      err += text;
    },
    input: Readable.from(typed === undefined ? [] : [typed]) as unknown as NodeJS.ReadStream,
    outIsTerminal: isTerminal,
    errIsTerminal: isTerminal,
    inputIsTerminal: isTerminal,
    untilStopped: () => stopped,
  };
  const code = await run(args, shell);
  return { code, out, err, json: parsed(out) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
