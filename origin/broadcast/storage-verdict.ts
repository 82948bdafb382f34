import { storageWatchLimits } from '#shared/limits/store.ts';

/** What was measured of an origin's storage at one time. */
export interface StorageSample {
  readonly atMs: number;
  /** Room of the spool: the smaller of its own bound and what the disk has. */
  readonly freeBytes: number;
  readonly usedBytes: number;
  /** How long the oldest object has waited for the bucket, ms; 0 when none waits. */
  readonly oldestWaitingMs: number;
  /** The bucket's newest answer was that the keys are wrong. */
  readonly refused: boolean;
}

/** What is to be said of an origin's storage. */
export interface StorageVerdict {
  /** The disk will be full soon: at this time, as far as can be foreseen. */
  readonly diskLow: { readonly fullAtMs: number | null } | null;
  /** The bucket does not keep up. */
  readonly backlog: boolean;
  /** The bucket refuses the origin's keys. */
  readonly refused: boolean;
}

/** Nothing is wrong. */
export const healthyStorage: StorageVerdict = Object.freeze({ diskLow: null, backlog: false, refused: false });

/**
 * The verdict on the newest of some samples, oldest first. What is open closes only when it is clearly over, so that a
 * value at the limit does not open and close it all the time.
 */
export function judgeStorage(samples: readonly StorageSample[], before: StorageVerdict): StorageVerdict {
  const newest = samples.at(-1);
  if (!newest) return before;
  const { diskLowMs, diskCalmMs, freeShareLow, freeShareCalm, backlogMs, backlogCalmMs } = storageWatchLimits;
  const share = newest.freeBytes / Math.max(1, newest.freeBytes + newest.usedBytes);
  const fullInMs = timeToFullMs(samples);
  const isOpen = before.diskLow !== null;
  const isLow = share < (isOpen ? freeShareCalm : freeShareLow) || fullInMs < (isOpen ? diskCalmMs : diskLowMs);
  const fullAtMs = Number.isFinite(fullInMs) ? Math.round(newest.atMs + fullInMs) : null;
  return {
    diskLow: isLow ? { fullAtMs } : null,
    backlog: newest.oldestWaitingMs > (before.backlog ? backlogCalmMs : backlogMs),
    refused: newest.refused,
  };
}

/** How long the room lasts at the rate of the samples, ms; Infinity while it does not shrink or too little was seen. */
function timeToFullMs(samples: readonly StorageSample[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.atMs - first.atMs < storageWatchLimits.rateMsMin) return Number.POSITIVE_INFINITY;
  const bytesPerMs = (first.freeBytes - last.freeBytes) / (last.atMs - first.atMs);
  return bytesPerMs > 0 ? last.freeBytes / bytesPerMs : Number.POSITIVE_INFINITY;
}
