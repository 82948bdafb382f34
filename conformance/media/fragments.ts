import { type Box, boxesIn } from './boxes.ts';
import type { MediaFacts } from './facts.ts';
import type { Track } from './init-segment.ts';

interface Run {
  start: number;
  readonly durations: number[];
  firstFlags: number;
}

/** Reads the movie fragments of a segment or part for one track (ISO/IEC 14496-12, 8.8); null where it has none. */
export function readFragments(bytes: Buffer, track: Track): MediaFacts | null {
  const runs = boxesIn(bytes)
    .filter((box) => box.type === 'moof')
    .flatMap((moof) => readMoof(bytes, moof, track));
  const first = runs[0];
  if (!first) return null;
  let innerGapTicks = 0;
  let duration = 0;
  let end = first.start;
  let samples = 0;
  let frameTicks = 0;
  let emptySamples = 0;
  for (const run of runs) {
    const gap = run.start - end;
    if (Math.abs(gap) > Math.abs(innerGapTicks)) innerGapTicks = gap;
    end = run.start;
    for (const ticks of run.durations) {
      end += ticks;
      duration += ticks;
      frameTicks = Math.max(frameTicks, ticks);
      if (ticks === 0) emptySamples++;
    }
    samples += run.durations.length;
  }
  return {
    ...{ format: 'fmp4', timescale: track.timescale, startTicks: first.start, durationTicks: duration, samples },
    ...{ frameTicks, emptySamples, innerGapTicks, isVideo: track.kind === 'video' },
    startsWithSync: track.kind !== 'video' || isSync(first.firstFlags),
  };
}

function isSync(flags: number): boolean {
  return (flags & 0x1_0000) === 0 && ((flags >> 24) & 3) !== 1;
}

function readMoof(bytes: Buffer, moof: Box, track: Track): Run[] {
  return boxesIn(bytes, moof.from, moof.end)
    .filter((box) => box.type === 'traf')
    .flatMap((traf) => readTraf(bytes, traf, track) ?? []);
}

function readTraf(bytes: Buffer, traf: Box, track: Track): Run | null {
  const inside = boxesIn(bytes, traf.from, traf.end);
  const tfhd = inside.find((box) => box.type === 'tfhd');
  const tfdt = inside.find((box) => box.type === 'tfdt');
  if (!tfhd || !tfdt || bytes.readUInt32BE(tfhd.from + 4) !== track.id) return null;
  const defaults = readTfhd(bytes, tfhd, track);
  const start =
    bytes[tfdt.from] === 1 ? Number(bytes.readBigUInt64BE(tfdt.from + 4)) : bytes.readUInt32BE(tfdt.from + 4);
  const run: Run = { start, durations: [], firstFlags: defaults.flags };
  for (const trun of inside.filter((box) => box.type === 'trun')) readTrun(bytes, trun, defaults, run);
  return run;
}

interface Defaults {
  readonly duration: number;
  readonly flags: number;
}

function readTfhd(bytes: Buffer, tfhd: Box, track: Track): Defaults {
  const present = bytes.readUInt32BE(tfhd.from) & 0xffffff;
  let at = tfhd.from + 8 + (present & 1 ? 8 : 0) + (present & 2 ? 4 : 0);
  let duration = track.defaultDuration;
  if (present & 8) {
    duration = bytes.readUInt32BE(at);
    at += 4;
  }
  if (present & 0x10) at += 4;
  const flags = present & 0x20 ? bytes.readUInt32BE(at) : track.defaultFlags;
  return { duration, flags };
}

function readTrun(bytes: Buffer, trun: Box, defaults: Defaults, run: Run): void {
  const present = bytes.readUInt32BE(trun.from) & 0xffffff;
  const count = bytes.readUInt32BE(trun.from + 4);
  let at = trun.from + 8 + (present & 1 ? 4 : 0);
  let firstFlags: number | null = null;
  if (present & 4) {
    firstFlags = bytes.readUInt32BE(at);
    at += 4;
  }
  const width = 4 * [0x100, 0x200, 0x400, 0x800].filter((bit) => present & bit).length;
  for (let i = 0; i < count && at + width <= trun.end; i++, at += width) {
    const duration = present & 0x100 ? bytes.readUInt32BE(at) : defaults.duration;
    if (run.durations.length === 0) {
      const flagsAt = at + (present & 0x100 ? 4 : 0) + (present & 0x200 ? 4 : 0);
      run.firstFlags = firstFlags ?? (present & 0x400 ? bytes.readUInt32BE(flagsAt) : defaults.flags);
    }
    run.durations.push(duration);
  }
}
