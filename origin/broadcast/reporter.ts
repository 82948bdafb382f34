import type { Log } from '../observe/log.ts';
import { ControlError } from './control-client.ts';

const retryMsMin = 250;
const retryMsMax = 5_000;

/** Delivers a broadcast's newest report: only the latest matters, retries live here and nowhere else. */
export class Reporter<Report extends { readonly broadcast: string }> {
  readonly #deliverOne: (report: Report) => Promise<void>;
  readonly #log: Log;
  #pending: Report | null = null;
  #running: Promise<void> | null = null;
  #stopped = false;

  /** @param deliver rejects with ControlError */
  constructor(deliver: (report: Report) => Promise<void>, log: Log) {
    this.#deliverOne = deliver;
    this.#log = log;
  }

  /** Replaces what is still to be delivered. */
  send(report: Report): void {
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
        await this.#deliverOne(report);
        if (this.#pending === report) this.#pending = null;
        delayMs = retryMsMin;
      } catch (cause) {
        const { broadcast } = report;
        if (cause instanceof ControlError && !cause.retryable) {
          this.#tellRefused(broadcast, cause);
          if (this.#pending === report) this.#pending = null;
          continue;
        }
        this.#log.warn({ event: 'report_failed', broadcast, err: cause }, 'the control plane did not take a report');
        await new Promise((resolve) => setTimeout(resolve, delayMs * (0.5 + Math.random() / 2)));
        delayMs = Math.min(retryMsMax, delayMs * 2);
      }
    }
  }

  /** Of a broadcast that was deleted, or that another origin goes on with, nobody waits for a report. */
  #tellRefused(broadcast: string, { status, reason, message }: ControlError): void {
    const fields = { event: 'report_refused', broadcast, reason, why: message };
    const words = 'the control plane takes no report of a broadcast';
    if (status === 403 || status === 404) this.#log.info(fields, `${words}: it is deleted, or another origin's`);
    else this.#log.warn(fields, words);
  }
}
