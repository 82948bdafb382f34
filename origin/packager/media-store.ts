interface HeldSegment {
  readonly parts: Buffer[];
  /** It can be had from the store as well. */
  stored: boolean;
}

/** How long segments stay in memory: before which msn they go, with and without a copy in the store. */
export interface HoldLimits {
  readonly storedBefore: number;
  readonly anyBefore: number;
}

/** The bytes of one rendition's segments, part by part, oldest first. */
export class MediaStore {
  readonly #segments = new Map<number, HeldSegment>();
  #sizeBytes = 0;
  #lostMsn = -1;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Appends a part to a segment. */
  add(msn: number, part: Buffer): void {
    const held = this.#segments.get(msn);
    if (held) held.parts.push(part);
    else this.#segments.set(msn, { parts: [part], stored: false });
    this.#sizeBytes += part.length;
  }

  /** The parts of a segment, or null when it never was or is gone. */
  parts(msn: number): readonly Buffer[] | null {
    return this.#segments.get(msn)?.parts ?? null;
  }

  /** A segment can be had from the store from now on. */
  markStored(msn: number): void {
    const held = this.#segments.get(msn);
    if (held) held.stored = true;
  }

  /** Newest segment before `msn` that is in memory only or nowhere any more; -1 when there is none. */
  unstoredBefore(msn: number): number {
    let newest = this.#lostMsn;
    for (const [known, { stored }] of this.#segments) {
      if (known >= msn) break;
      if (!stored) newest = known;
    }
    return newest;
  }

  /** Forgets segments. */
  drop({ storedBefore, anyBefore }: HoldLimits): void {
    for (const [msn, { parts, stored }] of this.#segments) {
      if (msn >= storedBefore && msn >= anyBefore) return;
      if (msn >= anyBefore && !(stored && msn < storedBefore)) continue;
      if (!stored) this.#lostMsn = msn;
      for (const part of parts) this.#sizeBytes -= part.length;
      this.#segments.delete(msn);
    }
  }
}
