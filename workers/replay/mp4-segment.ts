import { BoxError, type BoxPlace, boxesIn, viewOf, writeType } from './boxes.ts';

/** What becomes of a segment in the file. */
export interface SegmentPlacement {
  readonly trackId: number;
  /** Taken from its times. */
  readonly shiftTicks: number;
  /** Of its first fragment; the following ones count on. */
  readonly sequence: number;
  /** Its samples from here on are left out, ticks of its own time; null: none. */
  readonly untilTicks: number | null;
}

/**
 * Makes a CMAF segment part of a file with other tracks, in place: its size stays, so a file's length is known before its
 * media is read. What lies past the end becomes free space. Throws BoxError for what cannot be placed.
 */
export function placeSegment(bytes: Uint8Array, placement: SegmentPlacement): void {
  const view = viewOf(bytes);
  let sequence = placement.sequence;
  let isLeftOut = false;
  for (const box of boxesIn(bytes)) {
    if (box.type === 'moof') {
      isLeftOut = !placeFragment(bytes, box, placement, sequence++);
      if (isLeftOut) writeType(bytes, box.from, 'free');
    } else if (box.type === 'mdat') {
      if (isLeftOut) writeType(bytes, box.from, 'free');
    } else if (box.type === 'prft') view.setUint32(box.payload + 4, placement.trackId);
    else if (box.type === 'sidx') writeType(bytes, box.from, 'free');
  }
}

/** False when nothing of it is wanted. */
function placeFragment(bytes: Uint8Array, moof: BoxPlace, placement: SegmentPlacement, sequence: number): boolean {
  const view = viewOf(bytes);
  let kept = 0;
  for (const box of boxesIn(bytes, moof.payload, moof.to)) {
    if (box.type === 'mfhd') view.setUint32(box.payload + 4, sequence);
    else if (box.type === 'traf') kept += placeTrack(bytes, box, placement);
  }
  return kept > 0;
}

const hasBaseOffset = 0x1;
const hasSampleEntry = 0x2;

/** How many samples are kept of a track fragment. */
function placeTrack(bytes: Uint8Array, traf: BoxPlace, placement: SegmentPlacement): number {
  const view = viewOf(bytes);
  let kept = 0;
  let defaultTicks = 0;
  let nextTicks = 0;
  for (const { type, from, payload, to } of boxesIn(bytes, traf.payload, traf.to)) {
    if (type === 'tfhd') {
      const flags = view.getUint32(payload) & 0xffffff;
      if (flags & hasBaseOffset) throw new BoxError('a fragment whose data is not relative to it');
      view.setUint32(payload + 4, placement.trackId);
      const durationAt = payload + 8 + (flags & hasSampleEntry ? 4 : 0);
      if (flags & 0x8) defaultTicks = view.getUint32(durationAt);
    } else if (type === 'tfdt') nextTicks = shiftTime(view, payload, placement.shiftTicks);
    else if (type === 'trun') {
      const cut = cutRun(view, { from, payload, to }, { nextTicks, defaultTicks, untilTicks: placement.untilTicks });
      nextTicks = cut.nextTicks;
      kept += cut.kept;
      if (cut.freeBytes > 0) {
        view.setUint32(from, to - from - cut.freeBytes);
        view.setUint32(to - cut.freeBytes, cut.freeBytes);
        writeType(bytes, to - cut.freeBytes, 'free');
      }
    }
  }
  return kept;
}

/** Moves a decode time; returns what it was. */
function shiftTime(view: DataView, at: number, shiftTicks: number): number {
  const isLong = view.getUint8(at) === 1;
  const ticks = isLong ? Number(view.getBigUint64(at + 4)) : view.getUint32(at + 4);
  if (ticks < shiftTicks) throw new BoxError(`a fragment at ${ticks}, before the file begins`);
  if (isLong) view.setBigUint64(at + 4, BigInt(ticks - shiftTicks));
  else view.setUint32(at + 4, ticks - shiftTicks);
  return ticks;
}

interface RunTimes {
  readonly nextTicks: number;
  readonly defaultTicks: number;
  readonly untilTicks: number | null;
}

/**
 * Cuts the samples off a run that nothing before the end needs: those behind the last one, in decode order, that is shown
 * before it. What is left of the box must hold a box of its own.
 */
function cutRun(view: DataView, { payload, to }: Omit<BoxPlace, 'type'>, times: RunTimes) {
  const { defaultTicks, untilTicks } = times;
  const flags = view.getUint32(payload) & 0xffffff;
  const count = view.getUint32(payload + 4);
  const entriesAt = payload + 8 + (flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0);
  const strideBytes = [0x100, 0x200, 0x400, 0x800].reduce((sum, flag) => sum + (flags & flag ? 4 : 0), 0);
  if (entriesAt + count * strideBytes > to) throw new BoxError('a run that is longer than its box');
  let { nextTicks } = times;
  let wanted = untilTicks === null ? count : 0;
  for (let i = 0; i < count; i++) {
    const entry = entriesAt + i * strideBytes;
    const compositionTicks = flags & 0x800 ? view.getInt32(entry + strideBytes - 4) : 0;
    if (untilTicks !== null && nextTicks + compositionTicks < untilTicks) wanted = i + 1;
    nextTicks += flags & 0x100 ? view.getUint32(entry) : defaultTicks;
  }
  let freeBytes = (count - wanted) * strideBytes;
  if (freeBytes > 0 && freeBytes < 8) {
    // One sample of one field: a box does not fit in its place, so it stays.
    wanted++;
    freeBytes = 0;
  }
  view.setUint32(payload + 4, wanted);
  return { kept: wanted, nextTicks, freeBytes: wanted === 0 ? 0 : freeBytes };
}
