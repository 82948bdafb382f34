/** Least distance, ms, between the last media of one publisher and the first of the next. */
const takeoverGapMs = 100;

/** Where a broadcast is in its own time: ms since its anchor, the wall-clock time of its first media. */
export class MediaClock {
  #anchorMs: number | null;
  #reachedMs = 0;

  /** @param anchorMs of a process before this one; null where nothing was sent yet */
  constructor(anchorMs: number | null, nowMs: number) {
    this.#anchorMs = anchorMs;
    // What was announced and not recorded lies before the present.
    if (anchorMs !== null) this.#reachedMs = Math.round(nowMs - anchorMs);
  }

  /** ms since the Unix epoch; null before the first media. */
  get anchorMs(): number | null {
    return this.#anchorMs;
  }

  /** Time up to which there is media or was. */
  get reachedMs(): number {
    return this.#reachedMs;
  }

  /** The first media is that of `anchorMs`, unless there was some before. */
  anchor(anchorMs: number): void {
    this.#anchorMs ??= anchorMs;
  }

  reach(ms: number): void {
    this.#reachedMs = Math.max(this.#reachedMs, ms);
  }

  /** Where the media of a publisher who comes now begins. */
  baseMs(nowMs: number): number {
    if (this.#anchorMs === null) return 0;
    return Math.max(Math.round(nowMs - this.#anchorMs), this.#reachedMs + takeoverGapMs);
  }
}
