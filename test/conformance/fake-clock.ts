import type { Clock } from '../../conformance/clock.ts';

interface Timer {
  readonly dueMs: number;
  readonly then: () => void;
}

/** Turns of the event loop without a question for the time, after which nobody has anything left to do. */
const quietTurns = 12;

/**
 * A clock that stands still while anybody works, and then moves on to the next timer: client and server share one
 * event loop, so a slow machine makes a test longer and never late.
 */
export class SteppingClock implements Clock {
  readonly #timers = new Set<Timer>();
  #nowMs = Date.UTC(2026, 0, 1);
  #turns = 0;
  #isTurning = false;

  nowMs(): number {
    this.#turns = 0;
    return this.#nowMs;
  }

  after(ms: number, then: () => void): () => void {
    const timer = { dueMs: this.#nowMs + ms, then };
    this.#turns = 0;
    this.#timers.add(timer);
    this.#turn();
    return () => {
      this.#turns = 0;
      this.#timers.delete(timer);
    };
  }

  #turn(): void {
    if (this.#isTurning || this.#timers.size === 0) return;
    this.#isTurning = true;
    setImmediate(() => {
      this.#isTurning = false;
      if (++this.#turns > quietTurns) this.#step();
      this.#turn();
    });
  }

  #step(): void {
    this.#turns = 0;
    const [first] = [...this.#timers].sort((a, b) => a.dueMs - b.dueMs);
    if (!first) return;
    this.#timers.delete(first);
    this.#nowMs = Math.max(this.#nowMs, first.dueMs);
    first.then();
  }
}
