import { storageWatchLimits } from '#shared/limits/store.ts';
import type { Log } from '../observe/log.ts';
import { healthyStorage, judgeStorage, type StorageSample, type StorageVerdict } from './storage-verdict.ts';

export interface StorageWatchOptions {
  /** Room of the spool; rejects when its disk fails, which whoever stores finds out as well. */
  readonly room: () => Promise<{ readonly usedBytes: number; readonly freeBytes: number }>;
  /** How long the oldest object has waited for the bucket, ms. */
  readonly oldestWaitingMs: () => number;
  /** Whether the bucket refuses the keys. */
  readonly refused: () => boolean;
  /** Called after every measurement, for broadcasts that have just begun. */
  readonly onVerdict: (verdict: StorageVerdict) => void;
  readonly log: Log;
  readonly now: () => number;
}

/** Measures an origin's storage every few seconds, and says what is wrong before it hurts. */
export class StorageWatch {
  readonly #options: StorageWatchOptions;
  readonly #samples: StorageSample[] = [];
  readonly #timer: NodeJS.Timeout;
  #verdict = healthyStorage;

  constructor(options: StorageWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.measure(), storageWatchLimits.sampleMs);
    this.#timer.unref();
  }

  /** Takes one sample and judges it. */
  async measure(): Promise<void> {
    const { room, oldestWaitingMs, refused, onVerdict, log, now } = this.#options;
    try {
      const { usedBytes, freeBytes } = await room();
      this.#samples.push({ atMs: now(), usedBytes, freeBytes, oldestWaitingMs: oldestWaitingMs(), refused: refused() });
    } catch {
      return;
    }
    if (this.#samples.length > storageWatchLimits.samplesMax) this.#samples.shift();
    const before = this.#verdict;
    this.#verdict = judgeStorage(this.#samples, before);
    const { diskLow, backlog, refused: isRefused } = this.#verdict;
    if (
      (diskLow === null) !== (before.diskLow === null) ||
      backlog !== before.backlog ||
      isRefused !== before.refused
    ) {
      const fields = { event: 'storage_verdict', ...this.#samples.at(-1), diskLow, backlog, refused: isRefused };
      if (diskLow || backlog || isRefused) log.warn(fields, 'the storage of this origin needs somebody');
      else log.info(fields, 'the storage of this origin is well again');
    }
    onVerdict(this.#verdict);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
