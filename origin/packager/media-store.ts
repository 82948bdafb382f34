/** The bytes of one rendition's segments, part by part, oldest first. */
export class MediaStore {
  readonly #segments = new Map<number, Buffer[]>();
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Appends a part to a segment. */
  add(msn: number, part: Buffer): void {
    const parts = this.#segments.get(msn);
    if (parts) parts.push(part);
    else this.#segments.set(msn, [part]);
    this.#sizeBytes += part.length;
  }

  /** The parts of a segment, or null when it never was or is gone. */
  parts(msn: number): readonly Buffer[] | null {
    return this.#segments.get(msn) ?? null;
  }

  /** Forgets all segments before `msn`. */
  dropBefore(msn: number): void {
    for (const [known, parts] of this.#segments) {
      if (known >= msn) return;
      for (const part of parts) this.#sizeBytes -= part.length;
      this.#segments.delete(known);
    }
  }
}
