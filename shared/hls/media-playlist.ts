import { packagerLimits } from '../limits/packager.ts';
import { initFile, partFile, segmentFile } from '../model/object-name.ts';
import type { OpenSegment, Part, RenditionTimeline, Segment } from '../model/timeline.ts';

/** Another rendition's live edge, for EXT-X-RENDITION-REPORT (rfc8216bis 4.4.5.4). */
export interface RenditionReport {
  /** Relative to this playlist: `../v720/index.m3u8`. */
  readonly uri: string;
  readonly lastMsn: number;
  readonly lastPart: number | null;
}

/** Whether parts, hints and reports are written: a low-latency playlist or a plain one. */
export interface MediaPlaylistOptions {
  readonly lowLatency: boolean;
  readonly reports: readonly RenditionReport[];
  /** A delta update was asked for (`_HLS_skip`): segments beyond the skip boundary are left out. */
  readonly skip?: boolean;
}

/** Writes a media playlist (rfc8216bis 4.4) as a function of the timeline alone. */
export function writeMediaPlaylist(timeline: RenditionTimeline, options: MediaPlaylistOptions): string {
  const lines = header(timeline, options.lowLatency);
  const firstWithParts = firstSegmentWithParts(timeline);
  const skipped = options.lowLatency && options.skip ? skippableSegments(timeline) : 0;
  if (skipped > 0) lines.push(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`);
  let initNumber = timeline.segments[skipped - 1]?.initNumber ?? -1;
  for (const segment of timeline.segments.slice(skipped)) {
    const withParts = options.lowLatency && segment.msn >= firstWithParts;
    initNumber = writeSegment(lines, timeline, segment, { withParts, initNumber });
  }
  if (options.lowLatency && !timeline.ended) writeLiveEdge(lines, timeline, initNumber);
  if (timeline.ended) lines.push('#EXT-X-ENDLIST');
  else if (options.lowLatency) writeReports(lines, options.reports);
  return `${lines.join('\n')}\n`;
}

function header(timeline: RenditionTimeline, lowLatency: boolean): string[] {
  const firstMsn = timeline.segments[0]?.msn ?? timeline.open?.msn ?? timeline.nextMsn;
  const live = lowLatency && !timeline.ended;
  const lines = ['#EXTM3U', '#EXT-X-VERSION:9', `#EXT-X-TARGETDURATION:${timeline.targetDurationS}`];
  if (live) {
    const skip = `CAN-SKIP-UNTIL=${skipBoundaryS(timeline)}`;
    const hold = `PART-HOLD-BACK=${decimal(partHoldBackS(timeline))},HOLD-BACK=${3 * timeline.targetDurationS}`;
    lines.push(`#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,${skip},${hold}`);
    lines.push(`#EXT-X-PART-INF:PART-TARGET=${decimal(timeline.partTargetS)}`);
  }
  lines.push(`#EXT-X-MEDIA-SEQUENCE:${firstMsn}`);
  if (timeline.discontinuitySequence > 0) {
    lines.push(`#EXT-X-DISCONTINUITY-SEQUENCE:${timeline.discontinuitySequence}`);
  }
  if (timeline.ended && timeline.whole) lines.push('#EXT-X-PLAYLIST-TYPE:VOD');
  lines.push('#EXT-X-INDEPENDENT-SEGMENTS');
  return lines;
}

/** Distance from the live edge that players keep: at least three part targets (rfc8216bis 4.4.3.8). */
export function partHoldBackS(timeline: Pick<RenditionTimeline, 'partTargetS'>): number {
  return Math.ceil(packagerLimits.partHoldBackParts * timeline.partTargetS * 1000) / 1000;
}

/** Distance from the live edge, seconds, up to which a delta update lists segments (rfc8216bis 4.4.3.8: 6 × TD). */
function skipBoundaryS(timeline: RenditionTimeline): number {
  return packagerLimits.skipTargetDurations * timeline.targetDurationS;
}

/** How many of the oldest segments lie beyond the skip boundary; none once the playlist has ended (6.2.5.1). */
function skippableSegments(timeline: RenditionTimeline): number {
  if (timeline.ended) return 0;
  let leftTicks = skipBoundaryS(timeline) * timeline.timescale;
  let listed = 0;
  for (let i = timeline.segments.length - 1; i >= 0 && leftTicks > 0; i--, listed++) {
    leftTicks -= (timeline.segments[i] as Segment).durationTicks;
  }
  return timeline.segments.length - listed;
}

/** Parts are listed near the live edge only (rfc8216bis 4.4.4.9). */
function firstSegmentWithParts(timeline: RenditionTimeline): number {
  if (timeline.ended) return Number.POSITIVE_INFINITY;
  let leftTicks = packagerLimits.partTagTargetDurations * timeline.targetDurationS * timeline.timescale;
  let first = timeline.nextMsn;
  for (let i = timeline.segments.length - 1; i >= 0 && leftTicks > 0; i--) {
    const segment = timeline.segments[i] as Segment;
    leftTicks -= segment.durationTicks;
    first = segment.msn;
  }
  return first;
}

interface SegmentContext {
  readonly withParts: boolean;
  /** Init segment in force before this one. */
  readonly initNumber: number;
}

/** Texts of old segments: a playlist of two hours is written again for each part, and nearly all of it stays the same. */
const oldTexts = new WeakMap<Segment, string>();

function oldText(timeline: RenditionTimeline, segment: Segment): string {
  const known = oldTexts.get(segment);
  if (known !== undefined) return known;
  const lines: string[] = [];
  writeSegmentLines(lines, timeline, segment, { withParts: false, initNumber: segment.initNumber });
  const text = lines.join('\n');
  oldTexts.set(segment, text);
  return text;
}

function writeSegment(lines: string[], timeline: RenditionTimeline, segment: Segment, context: SegmentContext): number {
  if (!context.withParts && segment.initNumber === context.initNumber) lines.push(oldText(timeline, segment));
  else writeSegmentLines(lines, timeline, segment, context);
  return segment.initNumber;
}

function writeSegmentLines(
  lines: string[],
  timeline: RenditionTimeline,
  segment: Segment,
  context: SegmentContext,
): void {
  writeSegmentHead(lines, segment, context.initNumber);
  if (segment.gap) lines.push('#EXT-X-GAP');
  else if (context.withParts) writeParts(lines, timeline, segment.msn, segment.parts);
  lines.push(`#EXTINF:${seconds(segment.durationTicks, timeline.timescale)},`, segmentFile(segment.msn));
}

/** What stands before a segment: a discontinuity, its init segment where that is another one, and its wall-clock time. */
export function writeSegmentHead(lines: string[], segment: OpenSegment, initNumber: number): void {
  if (segment.discontinuity) lines.push('#EXT-X-DISCONTINUITY');
  if (segment.initNumber !== initNumber) lines.push(`#EXT-X-MAP:URI="${initFile(segment.initNumber)}"`);
  lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.programDateTimeMs).toISOString()}`);
}

function writeParts(lines: string[], timeline: RenditionTimeline, msn: number, parts: readonly Part[]): void {
  for (const [index, part] of parts.entries()) {
    const independent = part.independent ? ',INDEPENDENT=YES' : '';
    const duration = seconds(part.durationTicks, timeline.timescale);
    lines.push(`#EXT-X-PART:DURATION=${duration},URI="${partFile(msn, index)}"${independent}`);
  }
}

function writeLiveEdge(lines: string[], timeline: RenditionTimeline, initNumber: number): void {
  const { open } = timeline;
  if (open) {
    writeSegmentHead(lines, open, initNumber);
    writeParts(lines, timeline, open.msn, open.parts);
  }
  const hint = open ? partFile(open.msn, open.parts.length) : partFile(timeline.nextMsn, 0);
  lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${hint}"`);
}

function writeReports(lines: string[], reports: readonly RenditionReport[]): void {
  for (const report of reports) {
    const part = report.lastPart === null ? '' : `,LAST-PART=${report.lastPart}`;
    lines.push(`#EXT-X-RENDITION-REPORT:URI="${report.uri}",LAST-MSN=${report.lastMsn}${part}`);
  }
}

/** Ticks as decimal seconds, rounded once to microseconds and without trailing zeros after the fifth digit. */
export function seconds(ticks: number, timescale: number): string {
  return (ticks / timescale).toFixed(5);
}

function decimal(value: number): string {
  return String(Math.round(value * 100_000) / 100_000);
}
