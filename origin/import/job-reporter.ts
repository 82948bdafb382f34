import { setTimeout as sleep } from 'node:timers/promises';
import { importLimits } from '#shared/limits/control.ts';
import type { ImportProblem, ImportProgress } from '#shared/wire/control.ts';
import { ControlError, type ImportQueue } from '../broadcast/control-client.ts';
import type { Log } from '../observe/log.ts';

export interface JobReporterOptions {
  readonly control: Pick<ImportQueue, 'reportImport'>;
  readonly originId: string;
  /** Id of the job. */
  readonly id: string;
  /** It was cancelled, or is another origin's by now. */
  readonly onOver: () => void;
  readonly log: Log;
  /** Between two reports, ms; as the limits say unless told. */
  readonly everyMs?: number | undefined;
}

type Stage = Pick<ImportProgress, 'state' | 'share'>;

/** Tells the control plane how far a job is, at each change of state and all the time in between: it is the sign of life. */
export class JobReporter {
  readonly #options: JobReporterOptions;
  readonly #everyMs: number;
  readonly #timer: NodeJS.Timeout;
  #stage: Stage = { state: 'encoding', share: 0 };
  #isSending = false;
  #stopped = false;

  constructor(options: JobReporterOptions) {
    this.#options = options;
    this.#everyMs = options.everyMs ?? importLimits.reportedMs;
    this.#timer = setInterval(() => void this.#tell(), this.#everyMs);
    void this.#tell();
  }

  set(stage: Stage): void {
    const isChange = stage.state !== this.#stage.state;
    this.#stage = stage;
    if (isChange) void this.#tell();
  }

  /** Says for good that it failed, until it is heard or `signal` says that nobody waits for that. */
  async fail(problem: ImportProblem, signal: AbortSignal): Promise<void> {
    this.stop();
    const { log, id } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#send({ state: 'failed', share: 0 }, problem);
        return;
      } catch (cause) {
        log.warn({ event: 'import_report_failed', import: id, err: cause }, 'the control plane did not take a report');
        if (cause instanceof ControlError && !cause.retryable) return;
      }
      await sleep(this.#everyMs, undefined, { signal }).catch(() => {});
    }
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  async #tell(): Promise<void> {
    if (this.#isSending || this.#stopped) return;
    this.#isSending = true;
    const { log, id, onOver } = this.#options;
    try {
      const { goesOn } = await this.#send(this.#stage, null);
      if (!goesOn && !this.#stopped) {
        this.stop();
        onOver();
      }
    } catch (cause) {
      log.warn({ event: 'import_report_failed', import: id, err: cause }, 'the control plane did not take a report');
    } finally {
      this.#isSending = false;
    }
  }

  #send({ state, share }: Stage, problem: ImportProblem | null) {
    const { control, originId: origin, id } = this.#options;
    return control.reportImport({ origin, id, state, share, broadcast: null, problem });
  }
}
