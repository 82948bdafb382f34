import { transcoderLimits } from '#shared/limits/transcoder.ts';

/**
 * The watchdog over an encoder, as a function of what was seen and when: input that flows, and nothing comes out. One that
 * computes all the same is short of CPU or has much to do; killing it would only cost it the start once more.
 */
export class EncoderWatch {
  #inputMs = Number.NEGATIVE_INFINITY;
  #mediaMs: number;
  /** CPU time at the latest look before which media came; null: not known. */
  #cpuMs: number | null = null;
  /** Media came since the latest look. */
  #isFresh = true;

  constructor(nowMs: number) {
    this.#mediaMs = nowMs;
  }

  /** Input was handed over. */
  fed(nowMs: number): void {
    // After a pause of the source nothing can have come out: the watch begins anew.
    if (nowMs - this.#inputMs >= transcoderLimits.stallMsMax / 2) this.media(nowMs);
    this.#inputMs = nowMs;
  }

  /** Media came out, or the process has just begun. */
  media(nowMs: number): void {
    this.#mediaMs = nowMs;
    this.#isFresh = true;
  }

  /**
   * Whether it hangs; to be asked often.
   * @param cpuMs CPU time that it has used so far, ms; null where that is not known
   */
  hangs(nowMs: number, cpuMs: number | null): boolean {
    if (this.#isFresh) this.#cpuMs = cpuMs;
    this.#isFresh = false;
    if (nowMs - this.#inputMs >= transcoderLimits.stallMsMax / 2) return false;
    const used = cpuMs === null || this.#cpuMs === null ? 0 : cpuMs - this.#cpuMs;
    const isComputing = used >= transcoderLimits.stallCpuMsMin;
    const silentMs = nowMs - this.#mediaMs;
    return silentMs > (isComputing ? transcoderLimits.stallBusyMsMax : transcoderLimits.stallMsMax);
  }
}
