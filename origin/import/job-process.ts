import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { importLimits } from '#shared/limits/store.ts';
import type { ImportLine } from '#shared/model/import-line.ts';
import type { ImportJob } from '#shared/wire/control.ts';
import type { ImportProgress } from './file-import.ts';

/** How an import of a job ended. */
export type JobEnd =
  | { readonly kind: 'ready'; readonly broadcast: string }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  /** The process is gone without a word: killed, or it never began. */
  | { readonly kind: 'lost'; readonly cause: unknown };

export interface JobProcessOptions {
  /** origin/import.ts */
  readonly program: string;
  /** The origin's configuration file; null: its settings are in the environment. */
  readonly config: string | null;
}

/** What an import of a job is made with. */
export interface JobRun {
  readonly job: ImportJob;
  /** Where the uploaded file is. */
  readonly file: string;
  readonly onProgress: (progress: ImportProgress) => void;
  /** Stops it; what was made is undone before it ends. */
  readonly signal: AbortSignal;
}

export type RunJob = (run: JobRun) => Promise<JobEnd>;

/**
 * Runs jobs as an operator would, each in a process of its own behind all others: live media goes through this one, and
 * shares neither its event loop nor its memory with a file that is read as fast as the machine can.
 */
export function jobProcesses(options: JobProcessOptions): RunJob {
  return async ({ job, file, onProgress, signal }) => {
    const said: { end: JobEnd | null } = { end: null };
    const child = spawn(process.execPath, argumentsOf(options, job, file), {
      // The channel tells it when this process is gone.
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    if (child.pid !== undefined) lower(child.pid);
    const stop = () => child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const hear = (text: string) => {
      const line = lineOf(text);
      if (line?.event === 'progress') onProgress({ stage: line.stage, share: line.percent / 100 });
      if (line?.event === 'ready') said.end = { kind: 'ready', broadcast: line.broadcast };
      if (line?.event === 'failed') said.end = { kind: 'failed', code: line.code, message: line.message };
    };
    if (child.stdout) createInterface({ input: child.stdout }).on('line', hear);
    const closed = Promise.withResolvers<unknown>();
    child.once('error', closed.resolve);
    child.once('close', (code, killedBy) => closed.resolve(new Error(`it left with ${killedBy ?? code}`)));
    const cause = await closed.promise;
    signal.removeEventListener('abort', stop);
    return said.end ?? { kind: 'lost', cause };
  };
}

function argumentsOf({ program, config }: JobProcessOptions, job: ImportJob, file: string): string[] {
  return [
    ...[program, file, `--channel=${job.channel}`, `--job=${job.id}`],
    ...(job.title === null ? [] : [`--title=${job.title}`]),
    ...(config === null ? [] : [`--config=${config}`]),
    '--json',
  ];
}

/** Before it starts others, which begin with what it has. */
function lower(pid: number): void {
  try {
    setPriority(pid, Math.min(constants.priority.PRIORITY_LOW, importLimits.niceness));
  } catch {
    // It is gone already, and says so itself.
  }
}

function lineOf(text: string): ImportLine | null {
  try {
    return JSON.parse(text) as ImportLine;
  } catch {
    return null; // cut off where it was killed
  }
}
