import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FlvTag } from '../../origin/ingest/flv.ts';
import { findingsOfPace } from '../support/findings-of-pace.ts';
import { makeFlvFile, readFlvFile } from '../support/flv-file.ts';
import { type BroadcastLab, clicks, flashes, type LabBroadcast, startBroadcastLab } from './broadcast-lab.ts';

/**
 * What an encoder may do inside one connection. The source flashes and clicks at every full second; all that came out
 * is decoded, and flashes and clicks must still agree.
 */

const lengthS = 16;
const syncMsMax = 45;
const x264 = [
  ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p'],
  ...['-g', '25', '-keyint_min', '25', '-sc_threshold', '0', '-c:a', 'aac', '-b:a', '64k'],
];

const isConfig = (tag: FlvTag) => tag.type !== 'script' && tag.body[1] === 0;
const from = (tags: readonly FlvTag[], startMs: number, endMs = Number.POSITIVE_INFINITY) =>
  tags.filter((tag) => !isConfig(tag) && tag.timestampMs >= startMs && tag.timestampMs < endMs);
const configs = (tags: readonly FlvTag[], atMs: number) =>
  tags
    .filter(isConfig)
    .slice(0, 2)
    .map((tag) => ({ ...tag, timestampMs: atMs, arrivalMs: atMs }));
const inOrder = (tags: readonly FlvTag[]) => tags.toSorted((a, b) => a.timestampMs - b.timestampMs);
const wrapped = (ms: number) => ((ms % 2 ** 32) + 2 ** 32) % 2 ** 32;
const retimed = (tags: readonly FlvTag[], at: (tag: FlvTag) => number) =>
  tags.map((tag) => ({ ...tag, timestampMs: wrapped(at(tag)) }));
const without = (tags: readonly FlvTag[], type: FlvTag['type'], startMs: number, endMs: number) =>
  tags.filter((tag) => tag.type !== type || isConfig(tag) || tag.timestampMs < startMs || tag.timestampMs >= endMs);
const track = (tags: readonly FlvTag[], type: FlvTag['type']) => tags.filter((tag) => tag.type === type);

interface Case {
  readonly tags: (small: readonly FlvTag[], large: readonly FlvTag[]) => readonly FlvTag[];
  readonly found: readonly string[];
  readonly runs: number;
  /** Seconds whose flash or click the source itself lacks. */
  readonly silentS?: readonly [number, number];
  readonly darkS?: readonly [number, number];
}

const jump =
  (shiftMs: number): Case['tags'] =>
  (small) =>
    retimed(small, (tag) => 2 ** 31 + tag.timestampMs + (tag.timestampMs > 6_000 ? shiftMs : 0));

const cases: Readonly<Record<string, Case>> = {
  'sound that stops for five seconds': {
    tags: (small) => without(small, 'audio', 5_500, 10_500),
    ...{ found: ['audio.none'], runs: 1, silentS: [6, 10] },
  },
  'sound that stops for good': {
    tags: (small) => without(small, 'audio', 5_500, 1e9),
    ...{ found: ['audio.none'], runs: 1, silentS: [6, 99] },
  },
  'sound whose clock stands still while it is gone': {
    tags: (small) =>
      inOrder(without(small, 'audio', 5_500, 10_500)).map((tag) =>
        tag.type === 'audio' && tag.timestampMs >= 10_500 ? { ...tag, timestampMs: tag.timestampMs - 5_000 } : tag,
      ),
    ...{ found: ['audio.none', 'ts.backwards'], runs: 1, silentS: [6, 13] },
  },
  'sound that begins after six seconds': {
    tags: (small) =>
      inOrder([...track(small, 'video'), ...configs(small, 6_000), ...from(track(small, 'audio'), 6_000)]),
    ...{ found: ['audio.none'], runs: 2, silentS: [0, 7] },
  },
  'a picture that stops for four seconds': {
    tags: (small) => without(small, 'video', 5_500, 9_500),
    ...{ found: ['video.none'], runs: 1, darkS: [6, 10] },
  },
  'a picture that stops for good': {
    tags: (small) => without(small, 'video', 5_500, 1e9),
    ...{ found: ['video.none'], runs: 1, darkS: [6, 99] },
  },
  'a picture that begins after six seconds': {
    tags: (small) =>
      inOrder([...track(small, 'audio'), ...configs(small, 6_000), ...from(track(small, 'video'), 6_000)]),
    ...{ found: ['video.none'], runs: 2, darkS: [0, 7] },
  },
  'another size of the picture, and another rate of the sound': {
    tags: (small, large) => [
      ...configs(small, 0),
      ...from(small, 0, 7_000),
      ...configs(large, 7_000),
      ...from(large, 7_000),
    ],
    ...{ found: ['video.changed_midstream', 'audio.sample_rate'], runs: 2 },
  },
  'another rate of the sound': {
    tags: (small, large) =>
      inOrder([
        ...track(small, 'video'),
        ...from(track(small, 'audio'), 0, 7_000),
        ...track(configs(small, 0), 'audio'),
        ...track(configs(large, 7_000), 'audio'),
        ...from(track(large, 'audio'), 7_000),
      ]),
    ...{ found: ['audio.sample_rate'], runs: 1 },
  },
  'another size every second': {
    tags: (small, large) =>
      Array.from({ length: lengthS }, (_, i) => {
        const tags = i % 2 === 1 && i > 3 ? large : small;
        return [...configs(tags, i * 1_000), ...from(tags, i * 1_000, (i + 1) * 1_000)];
      }).flat(),
    ...{ found: ['video.changed_midstream', 'audio.sample_rate'], runs: 5 },
  },
  'a jump of a day': { tags: jump(86_400_000), ...{ found: ['ts.jump'], runs: 1 } },
  'a step back of three seconds': { tags: jump(-3_000), ...{ found: ['ts.backwards'], runs: 1 } },
  'a jump of the sound alone': {
    tags: (small) => retimed(small, ({ type, timestampMs: ms }) => (type === 'audio' && ms > 6_000 ? ms + 2_000 : ms)),
    ...{ found: ['ts.jump'], runs: 1 },
  },
  'a clock that wraps': {
    tags: (small) => retimed(small, (tag) => tag.timestampMs + 2 ** 32 - 5_000),
    ...{ found: ['ts.wrap_handled'], runs: 1 },
  },
  'tracks ten seconds apart': {
    tags: (small) => retimed(small, (tag) => tag.timestampMs + (tag.type === 'audio' && !isConfig(tag) ? 10_000 : 0)),
    ...{ found: [], runs: 1 },
  },
  'five seconds that come at once after a pause': {
    tags: (small) =>
      small.map((tag) => ({
        ...tag,
        arrivalMs: tag.timestampMs < 5_000 ? tag.arrivalMs : Math.max(10_000, tag.arrivalMs),
      })),
    ...{ found: ['ingest.starved'], runs: 1 },
  },
  'five seconds that never come': {
    tags: (small) => small.filter((tag) => isConfig(tag) || tag.timestampMs < 5_500 || tag.timestampMs >= 10_500),
    ...{ found: ['ingest.starved'], runs: 1, silentS: [6, 10], darkS: [6, 10] },
  },
};

let lab: BroadcastLab;
/** Findings of the source until its end, after which it sends nothing. */
const found = new Map<string, readonly string[]>();
const played = new Map<string, LabBroadcast>();

/** All broadcasts run side by side: they mostly wait. */
beforeAll(async () => {
  lab = await startBroadcastLab();
  const source = (size: string, rate: number, channels: number) =>
    makeFlvFile(...flashes(size, '25', lengthS), ...clicks(lengthS, rate, channels), ...x264);
  const small = readFlvFile(await source('160x90', 48_000, 2), 0);
  const large = readFlvFile(await source('320x180', 44_100, 1), 0);
  await Promise.all(
    Object.entries(cases).map(async ([name, { tags }]) => {
      const broadcast = await lab.join();
      played.set(name, broadcast);
      await broadcast.play(tags(small, large));
      found.set(
        name,
        [...broadcast.found].filter((code) => !findingsOfPace.some((one) => one === code)),
      );
    }),
  );
}, 120_000);

afterAll(() => lab?.stop(), 30_000);

/** Full seconds in a list of times, less those that are not expected. */
function seconds(marksMs: readonly number[], but: readonly [number, number] = [-1, -1]): number[] {
  const all = marksMs.map((ms) => Math.round(ms / 1_000));
  return all.filter((second) => second > 1 && second < lengthS - 4 && !(second >= but[0] && second <= but[1]));
}

it.each(Object.entries(cases))('%s: viewers go on', async (name, wanted) => {
  const broadcast = played.get(name);
  if (!broadcast) throw new Error('not played');
  expect(broadcast.closed).toEqual([]);
  const told = found.get(name) ?? [];
  expect(told.toSorted()).toEqual(wanted.found.toSorted());
  const of = (event: string) => lab.log.filter((line) => line.event === event && line.broadcast === broadcast.id);
  expect([of('encoder_started').length, of('encoder_died')]).toEqual([wanted.runs, []]);

  const marks: Record<string, number[]> = { v: [], a: [] };
  const started = of('encoder_started').flatMap((line) => line.renditions as string[]);
  const names = [...new Set([...started.map((one) => one.split(':')[0] ?? ''), 'a1'])];
  for (const rendition of names) {
    const text = broadcast.playlist(rendition);
    expectSoundPlaylist(text);
    for (const { errors, marksMs } of await broadcast.decode(rendition)) {
      expect(errors).toBe('');
      marks[rendition.slice(0, 1)]?.push(...marksMs);
    }
  }
  const [flashMs = [], clickMs = []] = [marks.v, marks.a];
  const whole = Array.from({ length: lengthS }, (_, i) => i * 1_000);
  const lost = wanted.runs > 1 ? wanted.runs : 0;
  expect(seconds(flashMs, wanted.darkS).length).toBeGreaterThanOrEqual(seconds(whole, wanted.darkS).length - lost);
  expect(seconds(clickMs, wanted.silentS).length).toBeGreaterThanOrEqual(seconds(whole, wanted.silentS).length - lost);
  const dark = wanted.darkS ?? [-1, -1];
  for (const click of clickMs.filter((ms) => ms < dark[0] * 1_000 - 100 || ms > dark[1] * 1_000 + 100)) {
    const flash = flashMs.find((ms) => Math.abs(ms - click) < 500);
    if (flash !== undefined) expect(Math.abs(flash - click)).toBeLessThanOrEqual(syncMsMax);
  }
  const ends = names.map((rendition) => endOf(broadcast.playlist(rendition)));
  expect(Math.max(...ends) - Math.min(...ends)).toBeLessThanOrEqual(2_500);
});

/** Durations within the target, wall-clock times that never go back. */
function expectSoundPlaylist(text: string): void {
  expect(/TARGETDURATION:(\d+)/.exec(text)?.[1]).toBe('2');
  const partTarget = Number(/PART-TARGET=([\d.]+)/.exec(text)?.[1]);
  for (const [, duration] of text.matchAll(/#EXTINF:([\d.]+)/g))
    expect(Math.round(Number(duration))).toBeLessThanOrEqual(2);
  for (const [, duration] of text.matchAll(/PART:DURATION=([\d.]+)/g))
    expect(Number(duration)).toBeLessThanOrEqual(partTarget);
  const times = [...text.matchAll(/PROGRAM-DATE-TIME:(\S+)/g)].map(([, time]) => Date.parse(time ?? ''));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
}

/** Wall clock of the last segment's end, ms. */
function endOf(text: string): number {
  const durations = [...text.matchAll(/#EXTINF:([\d.]+)/g)].map(([, duration]) => Number(duration) * 1_000);
  const times = [...text.matchAll(/PROGRAM-DATE-TIME:(\S+)/g)].map(([, time]) => Date.parse(time ?? ''));
  return (times.at(-1) ?? 0) + (durations.at(-1) ?? 0);
}
