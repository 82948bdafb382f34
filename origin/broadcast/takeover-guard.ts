import { broadcastLimits } from '#shared/limits/origin.ts';

/** Counts takeovers, so that two encoders that fight for a broadcast do not go on for ever. Times in ms. */
export class TakeoverGuard {
  #takenMs: number[] = [];

  /** An encoder took over from another. */
  note(nowMs: number): void {
    this.#takenMs.push(nowMs);
  }

  /** Whether one more may. */
  allows(nowMs: number): boolean {
    this.#takenMs = this.#takenMs.filter((atMs) => atMs > nowMs - 60_000);
    return this.#takenMs.length < broadcastLimits.takeoversPerMinuteMax;
  }
}
