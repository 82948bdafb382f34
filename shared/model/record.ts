import { fillHole } from './record-hole.ts';
import type { Rendition } from './rendition.ts';
import { type SegmentBlock, unpackBlock } from './segment-block.ts';
import type { CaptionChannel } from './source.ts';
import {
  appendSegments,
  emptyTimeline,
  type Part,
  type RenditionTimeline,
  type Segment,
  type TimelineShape,
  type TimelineStart,
} from './timeline.ts';

/** A run as the manifests need it: the period it opens. */
export interface RunRecord {
  readonly number: number;
  /** Names of the renditions that the run makes. */
  readonly renditions: ReadonlySet<string>;
  readonly anchorMs: number;
  /** Media time at which its period begins, where the run before ended, ms since the broadcast began. */
  readonly startMs: number;
  /**
   * Peak bits per second of each rendition as known when the run was announced. An MPD keeps them for the life of
   * its period: players take a representation whose attributes change in an update for another one.
   */
  readonly bandwidths: ReadonlyMap<string, number>;
  /** Caption channels as known when the run was announced: attributes of an MPD's period as well. */
  readonly captions: readonly CaptionChannel[];
  /** Nobody published: a picture of the origin's stood in. */
  readonly slate: boolean;
}

/**
 * What happened to a broadcast's media, in order. Folded, the entries are all that another process needs to go on with
 * the broadcast, and all that a replay needs beside the media. They survive as lines of JSON.
 */
export type RecordEntry =
  /** A rendition begins, or goes on in another run with another init segment. */
  | {
      readonly kind: 'track';
      readonly run: number;
      readonly rendition: Rendition;
      readonly shape: TimelineShape;
      readonly start: TimelineStart;
    }
  /** Every rendition of a run has media. */
  | {
      readonly kind: 'run';
      readonly number: number;
      readonly renditions: readonly string[];
      readonly anchorMs: number;
      readonly startMs: number;
      readonly bandwidths: Readonly<Record<string, number>>;
      readonly captions: readonly CaptionChannel[];
      /** Absent: false. */
      readonly slate?: boolean;
    }
  /** A segment is complete; its parts are not remembered. */
  | { readonly kind: 'segment'; readonly rendition: string; readonly segment: Omit<Segment, 'parts'> }
  /** There was more of a rendition than a record names: it begins here. */
  | { readonly kind: 'cut'; readonly rendition: string; readonly start: TimelineStart }
  /** Nothing follows: the broadcast is over, and all that was stored of it stands before this. */
  | { readonly kind: 'end' };

/** A rendition as far as it was recorded. */
export interface TrackRecord {
  readonly rendition: Rendition;
  /** What it was in each run, by the number of the run's init segments. */
  readonly described: ReadonlyMap<number, Rendition>;
  readonly timeline: RenditionTimeline;
}

/** A broadcast as far as it was recorded. */
export interface BroadcastRecord {
  readonly runs: readonly RunRecord[];
  /** Number of the newest run that began to make media, announced or not. */
  readonly lastRun: number;
  readonly tracks: ReadonlyMap<string, TrackRecord>;
  /** It is whole. */
  readonly ended: boolean;
  /** There was more than a record names, and its beginning is left out. */
  readonly cut: boolean;
}

/** The record of a broadcast of which nothing is known. */
export const emptyRecord: BroadcastRecord = Object.freeze({
  runs: [],
  lastRun: -1,
  tracks: new Map(),
  ended: false,
  cut: false,
});

/** Reads a record from its lines of JSON; what a crash left half written is left out. */
export function parseRecord(lines: string): BroadcastRecord {
  return foldRecord(readEntries(lines));
}

/** The entries of a record's lines of JSON. */
export function parseEntries(lines: string): RecordEntry[] {
  return [...readEntries(lines)];
}

/** The entries of one line: many where it is a block of segments, none where it is no line of a record. */
export function entriesOfLine(line: string): Iterable<RecordEntry> {
  try {
    const entry = JSON.parse(line) as RecordEntry | SegmentBlock | null;
    if (entry?.kind === 'segments') return unpacked(entry);
    return entry && entryKinds.has(entry.kind) ? [entry] : [];
  } catch {
    return []; // the last line before a crash
  }
}

const entryKinds: ReadonlySet<string> = new Set<RecordEntry['kind']>(['track', 'run', 'segment', 'cut', 'end']);

function* readEntries(lines: string): Generator<RecordEntry> {
  for (const line of lines.split('\n')) if (line !== '') yield* entriesOfLine(line);
}

function* unpacked(block: SegmentBlock): Generator<RecordEntry> {
  const { rendition } = block;
  for (const segment of unpackBlock(block)) yield { kind: 'segment', rendition, segment };
}

/** One for all: a long record has hundreds of thousands of them. */
const noParts: readonly Part[] = Object.freeze([]);

interface OpenTrack {
  readonly described: Map<number, Rendition>;
  timeline: RenditionTimeline;
  readonly segments: Segment[];
}

/**
 * Reads a record; an entry that does not fit what stands before it, or repeats it, is left out. Numbers of segments that are
 * missing are gaps.
 */
export function foldRecord(entries: Iterable<RecordEntry>): BroadcastRecord {
  const runs: RunRecord[] = [];
  const tracks = new Map<string, OpenTrack>();
  let lastRun = -1;
  let ended = false;
  let cut = false;
  for (const entry of entries) {
    if (entry.kind === 'run') {
      if (!runs.some(({ number }) => number === entry.number)) runs.push(readRun(entry));
    } else if (entry.kind === 'end') ended = true;
    else if (entry.kind === 'cut') {
      const track = tracks.get(entry.rendition);
      cut = true;
      if (track?.segments.length === 0) track.timeline = emptyTimeline(track.timeline, entry.start);
    } else if (entry.kind === 'track') {
      const { rendition, shape, start, run } = entry;
      const known = tracks.get(rendition.name);
      lastRun = Math.max(lastRun, run);
      if (known) known.described.set(run, rendition);
      else {
        const described = new Map([[run, rendition]]);
        tracks.set(rendition.name, { described, timeline: emptyTimeline(shape, start), segments: [] });
      }
    } else {
      const track = tracks.get(entry.rendition);
      if (track) track.segments.push(...followers(track, { ...entry.segment, parts: noParts }));
    }
  }
  const read = [...tracks].map(([name, { described, timeline, segments }]) => {
    const rendition = [...described.values()].at(-1) as Rendition;
    return [name, { rendition, described, timeline: appendSegments(timeline, segments) }] as const;
  });
  return { runs, lastRun, tracks: new Map(read), ended, cut };
}

/** A segment behind the gaps for what is missing before it; none when its number was there already. */
function followers({ timeline, segments }: OpenTrack, segment: Segment): Segment[] {
  const nextMsn = timeline.nextMsn + segments.length;
  if (segment.msn < nextMsn) return [];
  const gaps = fillHole({ last: segments.at(-1) ?? null, nextMsn, segment, shape: timeline });
  return gaps === null ? [] : [...gaps, segment];
}

function readRun(entry: Extract<RecordEntry, { kind: 'run' }>): RunRecord {
  const { number, anchorMs, startMs, captions, slate = false } = entry;
  const bandwidths = new Map(Object.entries(entry.bandwidths));
  return { number, renditions: new Set(entry.renditions), anchorMs, startMs, bandwidths, captions, slate };
}

/** The entry of a run. */
export function runEntry(run: RunRecord): RecordEntry {
  const { number, anchorMs, startMs, captions } = run;
  const bandwidths = Object.fromEntries(run.bandwidths);
  const entry = {
    kind: 'run',
    number,
    renditions: [...run.renditions],
    anchorMs,
    startMs,
    bandwidths,
    captions,
  } as const;
  return run.slate ? { ...entry, slate: true } : entry;
}

/** The entry of a complete segment. */
export function segmentEntry(rendition: string, { parts: _, ...segment }: Segment): RecordEntry {
  return { kind: 'segment', rendition, segment };
}
