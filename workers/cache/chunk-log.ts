/** Bytes that the logs of one isolate may hold together. */
export interface ByteBudget {
  usedBytes: number;
  readonly bytesMax: number;
}

/**
 * A body in the making: the bytes that have come so far, for any number of readers, each from the beginning and at its own
 * pace. Plain data, so that requests may share it (never a Response or a stream). One writer fills it.
 *
 * In workerd the promise of the next change must be made by the writer's request and every reader must keep a timer of
 * its own running: see {@link moved}.
 */
export class ChunkLog {
  readonly #budget: ByteBudget;
  readonly #bytesMax: number;
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #sizeBytes = 0;
  #state: 'open' | 'complete' | 'broken' = 'open';
  #movedMs = Date.now();
  #next = Promise.withResolvers<void>();
  readonly #settledActions: ((whole: ArrayBuffer | null) => void)[] = [];

  /** @param bytesMax what this body alone may have */
  constructor(budget: ByteBudget, bytesMax: number) {
    this.#budget = budget;
    this.#bytesMax = bytesMax;
  }

  /** `complete`: no more bytes will come; `broken`: nobody will ever have the rest. */
  get state(): 'open' | 'complete' | 'broken' {
    return this.#state;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** When something last happened, ms since the Unix epoch. */
  get movedMs(): number {
    return this.#movedMs;
  }

  /** Adds bytes; false when there is no room for them, and then the log is broken. */
  append(bytes: Uint8Array<ArrayBuffer>): boolean {
    if (this.#state !== 'open') return false;
    const { usedBytes, bytesMax } = this.#budget;
    if (usedBytes + bytes.byteLength > bytesMax || this.#sizeBytes + bytes.byteLength > this.#bytesMax) {
      this.fail();
      return false;
    }
    this.#budget.usedBytes += bytes.byteLength;
    this.#sizeBytes += bytes.byteLength;
    this.#chunks.push(bytes);
    this.#move();
    return true;
  }

  /** The body is whole. */
  complete(): void {
    if (this.#state !== 'open') return;
    const whole = join(this.#chunks, this.#sizeBytes);
    this.#chunks = [whole];
    this.#settle('complete', whole.buffer);
  }

  /** The rest will never come; readers are told when they reach the end of what there is. */
  fail(): void {
    if (this.#state === 'open') this.#settle('broken', null);
  }

  /** Bytes from an offset on, as many as lie together; null when there are none yet. A view: copy before it is handed on. */
  read(offsetBytes: number): Uint8Array<ArrayBuffer> | null {
    let startBytes = 0;
    for (const chunk of this.#chunks) {
      if (offsetBytes < startBytes + chunk.byteLength) return chunk.subarray(offsetBytes - startBytes);
      startBytes += chunk.byteLength;
    }
    return null;
  }

  /** Waits until something happens; false when nothing does for `limitMs`. */
  async moved(limitMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), limitMs);
    try {
      return await Promise.race([this.#next.promise.then(() => true), promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Calls back in the writer's request when the log is settled, with the whole body or null. */
  whenSettled(action: (whole: ArrayBuffer | null) => void): void {
    this.#settledActions.push(action);
  }

  #settle(state: 'complete' | 'broken', whole: ArrayBuffer | null): void {
    this.#state = state;
    this.#budget.usedBytes -= this.#sizeBytes;
    this.#move();
    for (const action of this.#settledActions.splice(0)) action(whole);
  }

  #move(): void {
    this.#movedMs = Date.now();
    const previous = this.#next;
    this.#next = Promise.withResolvers<void>();
    previous.resolve();
  }
}

function join(chunks: readonly Uint8Array[], sizeBytes: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(sizeBytes);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
