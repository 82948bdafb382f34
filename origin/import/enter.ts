import { setTimeout as sleep } from 'node:timers/promises';
import { importLimits } from '#shared/limits/store.ts';
import type { ImportReport } from '#shared/wire/control.ts';
import { ControlError, type ImportDesk } from '../broadcast/control-client.ts';
import { ImportError } from './import-error.ts';

/** Enters a replay, or asks whether it could be. Throws ImportError `import_refused`, `import_unanswered`. */
export async function enter(control: ImportDesk, report: ImportReport): Promise<void> {
  try {
    await control.import(report);
  } catch (cause) {
    if (!(cause instanceof ControlError)) throw cause;
    const { message, retryable } = cause;
    if (retryable) {
      const way = 'Import the file again when it does; a replay that is whole by now is entered then.';
      throw new ImportError('import_unanswered', `The control plane does not answer: ${message}. ${way}`, { cause });
    }
    const way = 'Check the channel, and that the origin runs with the same configuration.';
    throw new ImportError('import_refused', `The control plane did not take the import: ${message} ${way}`, { cause });
  }
}

export interface EnterMadeOptions {
  readonly control: ImportDesk;
  /** What is asked when it is aborted is asked once more. */
  readonly signal: AbortSignal;
  /** Between two tries, ms; as the limits say unless told. */
  readonly retryMs?: number | undefined;
}

/** Enters what is in the bucket. It may be entered where the answer was lost, so it is asked again and not undone. */
export async function enterMade(options: EnterMadeOptions, report: ImportReport): Promise<void> {
  const { control, signal, retryMs = importLimits.enterRetryMs } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await enter(control, report);
    } catch (cause) {
      if (!(cause instanceof ImportError) || cause.code !== 'import_unanswered') throw cause;
      if (attempt === importLimits.enterAttemptsMax || signal.aborted) throw cause;
    }
    await sleep(retryMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
  }
}
