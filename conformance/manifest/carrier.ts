/** A URI in a manifest, and what carries it. */
export interface Carrier {
  /** `EXT-X-PART`, `SegmentTemplate@media`. */
  readonly tag: string;
  readonly line: number;
  readonly uri: string;
  /** Null where it is no URI. */
  readonly url: string | null;
}

/** A carrier of a manifest; one stands for all that lead to the same place in the same way. */
export interface SeenCarrier extends Carrier {
  /** Of the manifest that has it, as it was asked for. */
  readonly document: string;
}
