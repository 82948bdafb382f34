import { expect, it } from 'vitest';
import { recordLimits } from '#shared/limits/store.ts';
import { emptyRecord, foldRecord, type RecordEntry } from '#shared/model/record.ts';
import {
  judgeRecord,
  type RecordSample,
  type RecordVerdict,
  RecordWatch,
  roomyRecord,
} from '../../origin/broadcast/record-verdict.ts';
import { healthyStorage } from '../../origin/broadcast/storage-verdict.ts';
import { acceptedOf } from '../support/made-up-broadcast.ts';
import { createLoneBroadcast } from './lone-broadcast.ts';

const hourMs = 3_600_000;
const { segmentsMax } = recordLimits;
/** Four renditions with segments of two seconds: a record that is full after 36 hours. */
const perHour = 4 * 1_800;

/** The verdicts of a broadcast whose record names so much at each of these hours, one after the other. */
function verdicts(samples: readonly (readonly [hour: number, segments: number, isCut?: boolean])[]): RecordVerdict[] {
  let older: RecordSample | null = null;
  let verdict = roomyRecord;
  return samples.map(([hour, segments, isCut = false]) => {
    const newer = { atMs: hour * hourMs, segments, isCut };
    verdict = judgeRecord(newer, older, verdict);
    older = newer;
    return verdict;
  });
}

const steady = (...hours: number[]) => hours.map((hour) => [hour, hour * perHour] as const);

it('says hours before that the replay will lose its oldest part, and when', () => {
  const long = { long: { cutAtMs: 36 * hourMs }, cut: false };
  expect(verdicts(steady(1, 32, 32.5, 35.9))).toEqual([roomyRecord, roomyRecord, long, long]);
});

it('says that it loses it from the first time on, and no longer that it will', () => {
  const told = verdicts([...steady(35, 36), [36.1, segmentsMax - 600, true], [36.2, segmentsMax - 1_200]]);
  expect(told.map(({ long, cut }) => [long !== null, cut])).toEqual([
    [true, false],
    [true, false],
    [false, true],
    [false, true],
  ]);
});

it('foresees no time of a record that does not grow, or was not seen to', () => {
  const [first, still, grown] = verdicts([
    [33, 33 * perHour],
    [34, 33 * perHour],
    [35, 34 * perHour],
  ]);
  expect([first?.long, still?.long]).toEqual([{ cutAtMs: null }, { cutAtMs: null }]);
  expect(grown?.long?.cutAtMs).toBe(37 * hourMs);
  // More than it may name, as it waits to be cut: now, and not in the past.
  const [, late] = verdicts([...steady(35), [36.5, 36.5 * perHour]]);
  expect(late?.long?.cutAtMs).toBe(36.5 * hourMs);
});

const track: RecordEntry = {
  kind: 'track',
  run: 0,
  rendition: { kind: 'audio', name: 'a1', codec: 'mp4a.40.2', channels: 2, sampleRate: 48_000, bitrate: 128_000 },
  shape: { timescale: 1_000, targetDurationS: 2, partTargetS: 0.2 },
  start: { nextMsn: 0, discontinuitySequence: 0 },
};

function segmentOf(msn: number): RecordEntry {
  const times = { startTicks: msn * 2_000, durationTicks: 2_000, programDateTimeMs: msn * 2_000 };
  const rest = { sizeBytes: 1, keyframeBytes: 0, discontinuity: false, initNumber: 0, gap: false };
  return { kind: 'segment', rendition: 'a1', segment: { msn, ...times, ...rest } };
}

const cut: RecordEntry = { kind: 'cut', rendition: 'a1', start: { nextMsn: 7, discontinuitySequence: 0 } };
const cutRecord = foldRecord([track, cut, segmentOf(7)]);

it('goes on with what a process before this one left, by what is named and not by what is missing', () => {
  const few = Array.from({ length: 7 }, (_, at) => segmentOf(at * recordLimits.holeSegmentsMax));
  const holes = foldRecord([track, ...few]);
  const told = [null, emptyRecord, holes, cutRecord].map((record) => new RecordWatch(record).verdict);
  expect(told).toEqual([roomyRecord, roomyRecord, roomyRecord, { long: null, cut: true }]);
  const watch = new RecordWatch(holes);
  watch.note({ segments: 33 * perHour, isCut: false }, 33 * hourMs);
  // What was read at the start is no measure of how fast it grows.
  expect(watch.verdict).toEqual({ long: { cutAtMs: null }, cut: false });
  watch.note({ segments: 34 * perHour, isCut: false }, 34 * hourMs);
  expect(watch.verdict.long).toEqual({ cutAtMs: 36 * hourMs });
});

it('tells the streamer with the next look at the storage', () => {
  const restored = { accepted: acceptedOf('b_0000000000abcdefghjk'), savedMs: Date.now(), complete: true };
  const { broadcast, codes } = createLoneBroadcast('ffmpeg', { ...restored, record: cutRecord });
  expect(codes()).not.toContain('replay.cut');
  broadcast.noteStorage(healthyStorage);
  expect(codes()).toContain('replay.cut');
  broadcast.end('over');
});
