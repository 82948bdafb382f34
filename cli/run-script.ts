import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

/** A script of the clone that runs. */
export interface RunningScript {
  /** Resolves with its exit code, 128 and more for a signal. */
  readonly ended: Promise<number>;
  /** Why it failed, once it has ended, where it told people so; null where it did not. */
  readonly failure: () => ScriptFailure | null;
}

/** As a script that fails says it to the process that started it. */
export interface ScriptFailure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/**
 * Starts a command of scripts/run.mjs with this process's own streams; what it prints goes to stderr where stdout is for a
 * result.
 */
export function runScript(
  root: string,
  command: 'start' | 'deploy',
  args: readonly string[],
  outToErr: boolean,
): RunningScript {
  const child = spawn(process.execPath, [join(root, 'scripts/run.mjs'), command, ...args], {
    // As npm does: what the script names by a relative path is of the clone.
    cwd: root,
    stdio: ['inherit', outToErr ? 2 : 'inherit', 'inherit', 'ipc'],
  });
  let failure: ScriptFailure | null = null;
  child.on('message', (told: { readonly failure?: ScriptFailure }) => {
    failure = told.failure ?? failure;
  });
  return { ended: untilEnded(child), failure: () => failure };
}

/**
 * Resolves with a process's exit code, 128 and more for a signal. Meanwhile this one outlives the signals that ask it to
 * end: the terminal's reach the other by themselves, the rest are handed on.
 */
export function untilEnded(child: ChildProcess): Promise<number> {
  const stay = () => {};
  const handOn = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', stay);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, handOn);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.on('error', reject);
  // Not at its exit: what it wrote last may still be on the way.
  child.on('close', (code, signal) => {
    process.off('SIGINT', stay);
    for (const name of ['SIGTERM', 'SIGHUP'] as const) process.off(name, handOn);
    resolve(code ?? (signal === null ? 1 : 128));
  });
  return promise;
}
