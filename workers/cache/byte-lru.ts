/** Keeps the most recently used values within a number of bytes and of entries. */
export class ByteLru<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly sizeBytes: number }>();
  readonly #bytesMax: number;
  readonly #entriesMax: number;
  #sizeBytes = 0;

  constructor(bytesMax: number, entriesMax: number) {
    this.#bytesMax = bytesMax;
    this.#entriesMax = entriesMax;
  }

  /** Bytes held now. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** A value larger than the whole memory is not kept. */
  set(key: string, value: Value, sizeBytes: number): void {
    this.delete(key);
    if (sizeBytes > this.#bytesMax) return;
    this.#entries.set(key, { value, sizeBytes });
    this.#sizeBytes += sizeBytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#sizeBytes <= this.#bytesMax && this.#entries.size <= this.#entriesMax) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#sizeBytes -= entry.sizeBytes;
  }
}
