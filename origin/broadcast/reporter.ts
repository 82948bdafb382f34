import type { BroadcastReport } from '#shared/wire/control.ts';
import type { Log } from '../observe/log.ts';
import { ControlError, type ControlPlane } from './control-client.ts';

const retryMsMin = 250;
const retryMsMax = 5_000;

/** Delivers a broadcast's newest report: only the latest matters, retries live here and nowhere else. */
export class Reporter {
  readonly #control: Pick<ControlPlane, 'report'>;
  readonly #log: Log;
  #pending: BroadcastReport | null = null;
  #running: Promise<void> | null = null;
  #stopped = false;

  constructor(control: Pick<ControlPlane, 'report'>, log: Log) {
    this.#control = control;
    this.#log = log;
  }

  /** Replaces what is still to be delivered. */
  send(report: BroadcastReport): void {
    this.#pending = report;
    this.#running ??= this.#deliver().finally(() => {
      this.#running = null;
    });
  }

  /** Waits for the last report to be through, or gives up after `timeoutMs`. */
  async flush(timeoutMs: number): Promise<void> {
    const timeout = Promise.withResolvers<void>();
    const timer = setTimeout(timeout.resolve, timeoutMs);
    await Promise.race([this.#running ?? Promise.resolve(), timeout.promise]);
    clearTimeout(timer);
    this.#stopped = true;
  }

  async #deliver(): Promise<void> {
    let delayMs = retryMsMin;
    while (this.#pending && !this.#stopped) {
      const report = this.#pending;
      try {
        await this.#control.report(report);
        if (this.#pending === report) this.#pending = null;
        delayMs = retryMsMin;
      } catch (cause) {
        const { broadcast } = report;
        this.#log.warn({ event: 'report_failed', broadcast, err: cause }, 'the control plane did not take a report');
        if (cause instanceof ControlError && !cause.retryable) {
          if (this.#pending === report) this.#pending = null;
          continue;
        }
        await new Promise((resolve) => setTimeout(resolve, delayMs * (0.5 + Math.random() / 2)));
        delayMs = Math.min(retryMsMax, delayMs * 2);
      }
    }
  }
}
