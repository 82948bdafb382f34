import { expect, it } from 'vitest';
import { foldRecord, parseRecord, type RecordEntry } from '#shared/model/record.ts';

const track: RecordEntry = {
  kind: 'track',
  run: 0,
  rendition: { kind: 'audio', name: 'a1', codec: 'mp4a.40.2', channels: 2, sampleRate: 48_000, bitrate: 128_000 },
  shape: { timescale: 1_000, targetDurationS: 2, partTargetS: 0.2 },
  start: { nextMsn: 0, discontinuitySequence: 0 },
};

/** @param startMs since the broadcast began */
function segment(msn: number, startMs: number, run = 0): RecordEntry {
  const times = { startTicks: 10_000 + startMs, durationTicks: 2_000, programDateTimeMs: startMs };
  const rest = { sizeBytes: 32_000, keyframeBytes: 0, discontinuity: false, initNumber: run, gap: false };
  return { kind: 'segment', rendition: 'a1', segment: { msn, ...times, ...rest } };
}

const listed = (entries: readonly RecordEntry[]) =>
  foldRecord(entries)
    .tracks.get('a1')
    ?.timeline.segments.map(({ msn, programDateTimeMs, durationTicks, gap }) => [
      msn,
      programDateTimeMs,
      durationTicks,
      gap,
    ]);

it('reads numbers that are missing as gaps of the time between their neighbours, and what follows as it is', () => {
  expect(listed([track, segment(0, 0), segment(3, 5_000), segment(4, 7_000)])).toEqual([
    [0, 0, 2_000, false],
    [1, 2_000, 1_500, true],
    [2, 3_500, 1_500, true],
    [3, 5_000, 2_000, false],
    [4, 7_000, 2_000, false],
  ]);
});

it('no gap is longer than the target duration, and a record that begins late begins with gaps', () => {
  expect(listed([track, segment(0, 0), segment(2, 60_000)])?.[1]).toEqual([1, 58_000, 2_000, true]);
  expect(listed([track, segment(1, 2_000)])).toEqual([
    [0, 0, 2_000, true],
    [1, 2_000, 2_000, false],
  ]);
});

it('a break inside a hole is kept', () => {
  const { tracks } = foldRecord([track, segment(0, 0), segment(3, 9_000, 1)]);
  const breaks = tracks.get('a1')?.timeline.segments.map((one) => [one.discontinuity, one.initNumber]);
  expect(breaks).toEqual([
    [false, 0],
    [true, 1],
    [false, 1],
    [false, 1],
  ]);
});

it('what stands there twice counts once; a number beyond reason counts not at all', () => {
  const run: RecordEntry = {
    ...{ kind: 'run', number: 0, renditions: ['a1'], anchorMs: 0, startMs: 0, bandwidths: {}, captions: [] },
  };
  const lines = [
    track,
    run,
    segment(0, 0),
    track,
    run,
    segment(0, 0),
    segment(1_000_000_000, 2_000),
    segment(1, 2_000),
  ];
  const record = parseRecord(lines.map((line) => JSON.stringify(line)).join('\n'));
  expect(record.runs.length).toBe(1);
  expect(listed(lines)?.map(([msn]) => msn)).toEqual([0, 1]);
});
