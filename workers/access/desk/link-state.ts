/** How often a signed link was used. Times in ms since the Unix epoch. */
export interface LinkState {
  readonly id: string;
  readonly uses: number;
  readonly firstUseMs: number;
  readonly lastUseMs: number;
  /** Whether the catalogue knows. */
  readonly isStored: boolean;
}

/** Counts one more session; null when there were as many as there may be. */
export function useLink(state: LinkState | null, id: string, usesMax: number, nowMs: number): LinkState | null {
  const uses = (state?.uses ?? 0) + 1;
  if (uses > usesMax) return null;
  return { id, uses, firstUseMs: state?.firstUseMs ?? nowMs, lastUseMs: nowMs, isStored: false };
}
