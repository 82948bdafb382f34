import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codedRate, framesOf, makeCodedBroadcast, numbers, probeFile } from '../../support/coded-broadcast.ts';
import { fileOfRange } from '../../support/file-of-range.ts';

const anchorMs = Date.UTC(2026, 10, 21, 12);
const frameS = 1 / codedRate;
let folder: string;
let file: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headwater-file-'));
  file = join(folder, 'out.mp4');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Broadcast = Awaited<ReturnType<typeof makeCodedBroadcast>>;

/** Writes a range of seconds since the broadcast began into `file`. */
function write(broadcast: Broadcast, startS: number, endS: number) {
  const made = fileOfRange(broadcast, anchorMs + 1_000 * startS, anchorMs + 1_000 * endS);
  const bytes = made.bytes();
  expect(bytes.length).toBe(made.file.sizeBytes);
  writeFileSync(file, bytes);
  return made;
}

describe('one run', () => {
  const wholes = [
    ['without pictures in another order', []],
    ['with B-frames', ['-bf', '2', '-preset', 'veryfast']],
  ] as const;

  test.each(wholes)('a range inside of it begins and ends exactly, %s', async (_, encoder) => {
    const broadcast = await makeCodedBroadcast([{ startS: 0, seconds: 10, firstFrame: 0, encoder }], anchorMs);
    write(broadcast, 2.7, 7.3);
    const { durationS, streams } = await probeFile(file);
    expect(streams.map(({ kind }) => kind)).toEqual(['video', 'audio']);
    expect(Math.abs(durationS - 4.6)).toBeLessThan(2 * frameS);
    for (const stream of streams) expect(Math.abs(stream.durationS - 4.6)).toBeLessThanOrEqual(frameS + 0.01);
    // From the keyframe at 2 s, which picture 81 needs, to the last picture before 7.3 s.
    const shown = await framesOf(file);
    expect(shown).toEqual(numbers(60, shown.at(-1) ?? 0));
    expect(Math.abs((shown.at(-1) ?? 0) - 218)).toBeLessThanOrEqual(encoder.length === 0 ? 0 : 1);
  });

  test('all of it, and a range inside of one segment', async () => {
    const broadcast = await makeCodedBroadcast([{ startS: 0, seconds: 7, firstFrame: 100 }], anchorMs);
    write(broadcast, 0, 7);
    expect(await framesOf(file)).toEqual(numbers(100, 309));
    expect(Math.abs((await probeFile(file)).durationS - 7)).toBeLessThan(0.06);
    write(broadcast, 4.5, 5.1);
    expect(await framesOf(file)).toEqual(numbers(220, 252));
    expect(Math.abs((await probeFile(file)).durationS - 0.6)).toBeLessThan(0.06);
  });

  test('what was read in advance and what comes later are one file, whichever way it is cut', async () => {
    const broadcast = await makeCodedBroadcast([{ startS: 0, seconds: 6, firstFrame: 0 }], anchorMs);
    const [one, other] = [1, 2].map(() => fileOfRange(broadcast, anchorMs + 1_100, anchorMs + 5_000).bytes());
    expect(one?.equals(other ?? Buffer.alloc(0))).toBe(true);
  });
});

describe('breaks', () => {
  test('time goes on over a reconnect and a crash of the encoder: every picture is there once, in order', async () => {
    const runs = [
      { startS: 0, seconds: 5, firstFrame: 0 },
      // The publisher was away for 15 s.
      { startS: 20, seconds: 5, firstFrame: 600 },
      // ffmpeg died; its successor begins a little later.
      { startS: 25.4, seconds: 4, firstFrame: 762 },
    ];
    const broadcast = await makeCodedBroadcast(runs, anchorMs);
    const { range } = write(broadcast, 1.5, 28);
    const played = [...numbers(0, 149), ...numbers(600, 749), ...numbers(762, 839)];
    expect(await framesOf(file)).toEqual(played);
    const wantedS = range.endOffsetS - range.startOffsetS;
    expect(Math.abs(wantedS - (3.5 + 5 + 2.6))).toBeLessThan(0.1);
    const { durationS, streams } = await probeFile(file);
    expect(Math.abs(durationS - wantedS)).toBeLessThan(0.1);
    for (const stream of streams) expect(Math.abs(stream.durationS - wantedS)).toBeLessThan(0.1);
  });
});
