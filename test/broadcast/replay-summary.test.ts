import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { foldRecord, type RecordEntry } from '#shared/model/record.ts';
import type { ReplayStatus } from '#shared/model/replay-status.ts';
import { summarizeRecord } from '#shared/model/replay-summary.ts';
import { followReplay } from '../../origin/broadcast/replay-follower.ts';
import { replayStatus } from '../../origin/broadcast/replay-summary.ts';
import { createMemoryStore } from '../../origin/store/memory-store.ts';
import { Uploader } from '../../origin/store/uploader.ts';
import { silentLog } from '../support/log.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const video = {
  kind: 'video',
  codec: 'avc1',
  width: 2,
  height: 2,
  frameRate: 30,
  bitrate: 1,
  passthrough: false,
} as const;
const audio = { kind: 'audio', codec: 'mp4a', channels: 2, sampleRate: 48_000, bitrate: 1 } as const;

/** One rendition of two-second segments of 10 bytes; `gaps` are missing. */
function rendition(name: string, kind: typeof video | typeof audio, gaps: readonly number[]): RecordEntry[] {
  const shape = { timescale: 1_000, targetDurationS: 2, partTargetS: 0.2 };
  const start = { nextMsn: 0, discontinuitySequence: 0 };
  const begun: RecordEntry = { kind: 'track', run: 0, rendition: { ...kind, name }, shape, start };
  const segments = Array.from({ length: 5 }, (_, msn): RecordEntry => {
    const gap = gaps.includes(msn);
    const times = { startTicks: msn * 2_000, durationTicks: 2_000, programDateTimeMs: msn * 2_000 };
    const rest = { sizeBytes: gap ? 0 : 10, keyframeBytes: 0, discontinuity: false, initNumber: 0, gap };
    return { kind: 'segment', rendition: name, segment: { msn, ...times, ...rest } };
  });
  return [begun, ...segments];
}

const summary = (...some: RecordEntry[][]) => summarizeRecord(foldRecord(some.flat()));

it('a replay has a hole where no picture or no sound is, and none where a rung is missing', () => {
  const sound = rendition('a1', audio, []);
  const whole = { durationMs: 10_000, gapMs: 0, isCut: false };
  expect(summary(rendition('v2', video, []), sound)).toEqual({ ...whole, sizeBytes: 100 });
  expect(summary(rendition('v4', video, [0, 1]), rendition('v2', video, [2]), sound)).toEqual({
    ...{ ...whole, sizeBytes: 120 },
  });
  expect(summary(rendition('v4', video, [3]), rendition('v2', video, [3, 4]), sound).gapMs).toBe(2_000);
  expect(summary(rendition('v2', video, []), rendition('a1', audio, [1, 2])).gapMs).toBe(4_000);
  expect(summary(rendition('v2', video, [0, 1, 2, 3, 4]), sound).gapMs).toBe(0);
  expect(summary()).toEqual({ sizeBytes: 0, durationMs: 0, gapMs: 0, isCut: false });
});

it('is ready, partial, or failed once all of it is there', () => {
  const of = (durationMs: number, gapMs: number, isCut = false) => ({ sizeBytes: 1, durationMs, gapMs, isCut });
  const all = [of(10, 0), of(10, 4), of(10, 0, true), of(10, 10), null];
  const states = all.map((one) => replayStatus(one, 0, 8).state);
  expect(states).toEqual(['ready', 'partial', 'partial', 'failed', 'failed']);
  expect(replayStatus(of(10, 0), 2, 8)).toMatchObject({ state: 'uploading', uploaded: 0.75 });
  expect(replayStatus(null, 9, 8)).toMatchObject({ state: 'uploading', uploaded: 0 });
});

it('tells how far a replay is while its bucket is slow, and when it is there', async () => {
  const spool = createMemoryStore();
  const release = Promise.withResolvers<void>();
  const bucket = createMemoryStore();
  const put: typeof bucket.put = async (...object) => {
    await release.promise;
    await bucket.put(...object);
  };
  const target = { ...bucket, put };
  const uploader = new Uploader({ spool, target, log: silentLog, random01: () => 0, now: Date.now });
  const lines = [...rendition('v2', video, []), { kind: 'end' }].map((entry) => `${JSON.stringify(entry)}\n`);
  await spool.put('b/b_1/record.ndjson.gz', [gzipSync(lines.join(''))]);
  uploader.add('b/b_1/record.ndjson.gz');
  const told: ReplayStatus[] = [];
  const done = followReplay('b_1', { store: spool, uploader, report: (_, status) => told.push(status) });
  await vi.advanceTimersByTimeAsync(6_000);
  release.resolve();
  await vi.advanceTimersByTimeAsync(1);
  await done;
  const known = { sizeBytes: 50, durationMs: 10_000, gapMs: 0 };
  expect(told.length).toBeGreaterThanOrEqual(3);
  expect(told.slice(0, -1).every(({ state, uploaded }) => state === 'uploading' && uploaded === 0)).toBe(true);
  expect(told.at(-1)).toEqual({ ...known, state: 'ready', uploaded: 1 });
});
