import { setTimeout as sleep } from 'node:timers/promises';
import { cliLimits } from '#shared/limits/cli.ts';
import { CliError } from '../cli-error.ts';

/**
 * Makes a call again while nobody answers it or the server fails, with growing pauses; throws what it threw last, what a
 * refusal is, and the signal's reason.
 */
export async function patiently<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const { uploadRetries, uploadBackoffMsMin, uploadBackoffMsMax } = cliLimits;
  for (let failures = 0; ; failures++) {
    signal.throwIfAborted();
    try {
      return await call();
    } catch (error) {
      if (!isPassing(error) || failures === uploadRetries) throw error;
    }
    const waitMs = Math.min(uploadBackoffMsMax, uploadBackoffMsMin * 2 ** failures);
    await pause(waitMs * (0.5 + Math.random() / 2), signal);
  }
}

/** Waits; throws the signal's reason when it is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}

/** Whether the same call may be answered otherwise in a moment. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof CliError)) return false;
  const { code, status } = error;
  return code === 'unreachable' || code === 'timed_out' || (status !== null && (status >= 500 || status === 429));
}
