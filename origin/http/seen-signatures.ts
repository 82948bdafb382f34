import { wireLimits } from '#shared/limits/edge.ts';
import type { ValidSignature } from '#shared/wire/signature.ts';

export interface SeenSignaturesOptions {
  readonly entriesMax: number;
  /** Signatures from before are refused: whoever was here until then may have taken them. ms since the Unix epoch */
  readonly startMs: number;
  /** Told when there are so many that some are dropped before their time, and up to when signatures are refused now. */
  readonly onFull?: (floorMs: number) => void;
}

const sliceMs = 1_000;
const slicesMax = (2 * wireLimits.clockSkewMsMax) / sliceMs + 2;

/**
 * Takes each signature once. Those that were taken are kept until their time would be refused anyway, in slices of a
 * second, which go whole. Wherever one goes, the floor rises to its end: nothing from before it is taken any more, so that
 * what is no longer remembered cannot come again.
 */
export class SeenSignatures {
  readonly #entriesMax: number;
  readonly #onFull: (floorMs: number) => void;
  readonly #slices = new Map<number, Set<string>>();
  #startMs: number;
  #floorMs = 0;
  #entries = 0;
  #sweptSlice = -1;

  constructor({ entriesMax, startMs, onFull = () => {} }: SeenSignaturesOptions) {
    this.#entriesMax = entriesMax;
    this.#startMs = Math.floor(startMs);
    this.#onFull = onFull;
  }

  /** Signatures that are remembered. */
  get entries(): number {
    return this.#entries;
  }

  /** Null: taken, for the first time. `forgotten`: it may have been here before. */
  take({ timeMs, mac }: ValidSignature, nowMs: number): 'replayed' | 'forgotten' | null {
    // A clock that was set back begins anew.
    this.#startMs = Math.min(this.#startMs, Math.floor(nowMs));
    this.#sweep(nowMs);
    if (timeMs < Math.max(this.#startMs, this.#floorMs)) return 'forgotten';
    const slice = Math.floor(timeMs / sliceMs);
    const seen = this.#slices.get(slice) ?? new Set<string>();
    const entry = fingerprint(mac);
    if (seen.has(entry)) return 'replayed';
    this.#slices.set(slice, seen.add(entry));
    this.#entries++;
    if (this.#entries > this.#entriesMax || this.#slices.size > slicesMax) {
      this.#drop(this.#oldest());
      this.#onFull(this.#floorMs);
    }
    return null;
  }

  /** Drops, once a second, what the time of a signature keeps from coming again. */
  #sweep(nowMs: number): void {
    const last = Math.floor((nowMs - wireLimits.clockSkewMsMax) / sliceMs);
    if (last === this.#sweptSlice) return;
    this.#sweptSlice = last;
    for (const slice of this.#slices.keys()) if (slice < last) this.#drop(slice);
  }

  #drop(slice: number): void {
    this.#entries -= this.#slices.get(slice)?.size ?? 0;
    this.#slices.delete(slice);
    this.#floorMs = Math.max(this.#floorMs, (slice + 1) * sliceMs);
  }

  #oldest(): number {
    return Math.min(...this.#slices.keys());
  }
}

/** 128 bits of a MAC as a string of its own, which does not keep the header alive that it was read from. */
function fingerprint(mac: string): string {
  return Buffer.from(mac.slice(0, 32), 'hex').toString('latin1');
}
