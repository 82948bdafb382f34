/** Time as the run sees it; tests hand in a faster one. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Calls `then` after so many milliseconds of this clock; the result calls it off. */
  after(ms: number, then: () => void): () => void;
}

/** The machine's own clock. */
export const systemClock: Clock = Object.freeze({
  nowMs: () => performance.timeOrigin + performance.now(),
  after: (ms: number, then: () => void) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
});

/** Resolves after so many milliseconds of `clock`. */
export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(Math.max(0, ms), resolve));
}
