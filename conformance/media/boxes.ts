/** One ISO BMFF box inside a buffer (ISO/IEC 14496-12, 4.2). */
export interface Box {
  readonly type: string;
  /** From the box's first byte. */
  readonly start: number;
  /** Where its payload begins and ends. */
  readonly from: number;
  readonly end: number;
}

/** The boxes between two offsets; stops silently where the bytes are none. */
export function boxesIn(bytes: Buffer, from = 0, end = bytes.length): Box[] {
  const boxes: Box[] = [];
  let at = from;
  while (at + 8 <= end) {
    let size = bytes.readUInt32BE(at);
    let head = 8;
    if (size === 1 && at + 16 <= end) {
      size = Number(bytes.readBigUInt64BE(at + 8));
      head = 16;
    } else if (size === 0) {
      size = end - at;
    }
    if (size < head || at + size > end) break;
    boxes.push({ type: bytes.toString('latin1', at + 4, at + 8), start: at, from: at + head, end: at + size });
    at += size;
  }
  return boxes;
}

/** The first box at a path of types: `['moov', 'trak']`. */
export function boxAt(bytes: Buffer, path: readonly string[], within?: Box): Box | null {
  let found: Box | null = within ?? null;
  for (const type of path) {
    found = boxesIn(bytes, found?.from ?? 0, found?.end ?? bytes.length).find((box) => box.type === type) ?? null;
    if (!found) return null;
  }
  return found;
}

/** Whether bytes begin as ISO BMFF media does. */
export function looksLikeBoxes(bytes: Buffer): boolean {
  return bytes.length >= 8 && /^(?:ftyp|styp|moof|moov|sidx|emsg|prft|free)$/.test(bytes.toString('latin1', 4, 8));
}
