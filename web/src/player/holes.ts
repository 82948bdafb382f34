/** A stretch of a media playlist: a segment, or a part of one. Media seconds. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  /** Nothing can be had of it (rfc8216bis 4.4.4.7, and the attribute GAP of 4.4.4.9). */
  readonly gap?: boolean | undefined;
}

/** What a media playlist lists, oldest first. */
export interface Listed {
  readonly fragments: readonly Stretch[];
  /** Of its last segments, and of the one that is being made; null: it has none. */
  readonly partList: readonly (Stretch & { readonly fragment: Stretch })[] | null;
}

/** Where there is media at a time, or next after it, media seconds; null: the playlist ends in a hole. */
export function mediaFrom({ fragments, partList }: Listed, atS: number): number | null {
  const isHole = (stretch: Stretch | undefined) => stretch?.gap === true;
  const parts = (partList ?? []).filter((part) => !isHole(part) && !isHole(part.fragment));
  const starts = [...fragments.filter((fragment) => !isHole(fragment)), ...parts].flatMap(({ start, end }) =>
    end > atS ? [Math.max(start, atS)] : [],
  );
  if (starts.length > 0) return Math.min(...starts);
  return isHole(fragments.at(-1)) ? null : atS;
}
