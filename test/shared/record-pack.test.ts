import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { edgeLimits } from '#shared/limits/edge.ts';
import { recordLimits } from '#shared/limits/store.ts';
import { parseRecord, type RecordEntry } from '#shared/model/record.ts';
import { packRecord, recordFill } from '#shared/model/record-pack.ts';
import { summarizeRecord } from '#shared/model/replay-summary.ts';
import { seededRandom } from '../support/seeded.ts';

type SegmentEntry = Extract<RecordEntry, { kind: 'segment' }>;

const names = ['v720', 'a1'];

function track(name: string, run = 0): RecordEntry {
  const rendition = { kind: 'audio', name, codec: 'mp4a.40.2', channels: 2, sampleRate: 48_000, bitrate: 1 } as const;
  const shape = { timescale: 1_000, targetDurationS: 2, partTargetS: 0.2 };
  return { kind: 'track', run, rendition, shape, start: { nextMsn: 0, discontinuitySequence: 0 } };
}

function segment(rendition: string, msn: number, more: Partial<SegmentEntry['segment']> = {}): SegmentEntry {
  const times = { startTicks: 10_000 + msn * 2_000, durationTicks: 2_000, programDateTimeMs: 5_000_000 + msn * 2_000 };
  const rest = { sizeBytes: 32_000 + msn, keyframeBytes: msn, discontinuity: false, initNumber: 0, gap: false };
  return { kind: 'segment', rendition, segment: { msn, ...times, ...rest, ...more } };
}

const linesOf = (entries: readonly RecordEntry[]) => entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');

/** Segments that begin late, last longer, are gaps, break off, or were promised otherwise, at random. */
function random(seed: number, count: number): RecordEntry[] {
  const random01 = seededRandom(seed);
  const entries: RecordEntry[] = names.map((name) => track(name));
  let run = 0;
  for (let msn = 0; msn < count; msn++) {
    const discontinuity = random01() < 0.05;
    if (discontinuity) run++;
    if (discontinuity) entries.push(...names.map((name) => track(name, run)));
    for (const name of names) {
      const gap = random01() < 0.1;
      const shift = Math.floor(random01() * 40);
      entries.push(
        segment(name, msn, {
          startTicks: 10_000 + msn * 2_000 + shift,
          durationTicks: 2_000 - shift,
          programDateTimeMs: 5_000_000 + msn * 2_000 + Math.floor(random01() * 3),
          sizeBytes: gap ? 0 : 1 + Math.floor(random01() * 1e6),
          keyframeBytes: gap ? 0 : Math.floor(random01() * 1e5),
          ...{ gap, discontinuity, initNumber: run },
          ...(random01() < 0.02 && { promisedTicks: 2_000 }),
        }),
      );
    }
  }
  return entries;
}

it('reads from packed lines what the plain ones said, also where some are packed again', () => {
  for (const seed of [1, 2, 3]) {
    const entries = random(seed, 150);
    const lines = linesOf(entries);
    const packed = packRecord(lines);
    expect(parseRecord(packed)).toEqual(parseRecord(lines));
    const half = packRecord(linesOf(entries.slice(0, 120)));
    const rest = linesOf([...entries.slice(120), { kind: 'end' }]);
    expect(parseRecord(packRecord(half + rest))).toEqual(parseRecord(lines + linesOf([{ kind: 'end' }])));
    expect(packRecord(packed)).toBe(packed);
  }
});

it('what a crash left of a line goes, and what another version wrote stays', () => {
  const packed = packRecord(`${linesOf([track('a1'), segment('a1', 0)])}{"kind":"new"}\n{"kind":"segment","rend`);
  expect(packed.split('\n').map((line) => line.slice(0, 18))).toEqual([
    '{"kind":"track","r',
    '{"kind":"new"}',
    '{"kind":"segments"',
    '',
  ]);
});

it('leaves out the oldest where there are too many, in every rendition, and says so', () => {
  const broken = segment('a1', 2, { discontinuity: true, initNumber: 1 });
  const all = [
    ...names.map((name) => track(name)),
    ...[0, 1].flatMap((msn) => names.map((name) => segment(name, msn))),
    ...[segment('v720', 2, { discontinuity: true, initNumber: 1 }), broken],
    ...[segment('v720', 3, { initNumber: 1 }), segment('a1', 3, { initNumber: 1 })],
    ...names.map((name) => segment(name, 4, { discontinuity: true, initNumber: 2 })),
  ];
  const once = packRecord(linesOf(all), 6);
  const twice = packRecord(once + linesOf(names.map((name) => segment(name, 5, { initNumber: 3 }))), 5);
  const read = [once, twice].map((lines) => {
    const record = parseRecord(lines);
    const tracks = [...record.tracks.values()].map(({ timeline }) => {
      return [timeline.segments[0]?.msn, timeline.nextMsn, timeline.discontinuitySequence, timeline.whole];
    });
    return { isCut: record.cut && summarizeRecord(record).isCut, tracks };
  });
  const tracks = (first: number, next: number, breaks: number) => names.map(() => [first, next, breaks, false]);
  expect(read).toEqual([
    { isCut: true, tracks: tracks(2, 5, 0) },
    { isCut: true, tracks: tracks(4, 6, 1) },
  ]);
  expect(parseRecord(packRecord(linesOf(all), all.length)).cut).toBe(false);
  expect([linesOf(all), packRecord(linesOf(all), all.length), once].map(recordFill)).toEqual([
    { segments: 10, isCut: false },
    { segments: 10, isCut: false },
    { segments: 6, isCut: true },
  ]);
});

it('begins at about the same number in every rendition, also where it would do to leave out the oldest of some', () => {
  const five = ['v1080', 'v720', 'v480', 'v360', 'a1'];
  const block = (name: string, from: number, to: number) => {
    return packRecord(linesOf(Array.from({ length: to - from }, (_, at) => segment(name, from + at))));
  };
  // Blocks of the last one end a segment later.
  const late = (name: string) => (name === 'a1' ? 1 : 0);
  const lines = [
    linesOf(five.map((name) => track(name))),
    ...five.map((name) => block(name, 0, 6 + late(name))),
    ...five.map((name) => block(name, 6 + late(name), 12)),
  ].join('');
  const record = parseRecord(packRecord(lines, 5 * 12 - 13));
  expect([...record.tracks.values()].map(({ timeline }) => timeline.segments[0]?.msn)).toEqual([6, 6, 6, 6, 7]);
});

it('the longest record is a small part of what an object may be', () => {
  const entries = random(4, 6_000).filter(({ kind }) => kind === 'segment');
  const scale = recordLimits.segmentsMax / entries.length;
  const packed = packRecord(linesOf(entries));
  expect(gzipSync(packed).length * scale).toBeLessThan(edgeLimits.objectBytesMax / 5);
  // What a PoP holds while it reads it.
  expect(packed.length * scale).toBeLessThan(16_777_216);
});
