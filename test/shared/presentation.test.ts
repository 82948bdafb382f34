import { expect, it } from 'vitest';
import { type PresentedTrack, presentMpd } from '#shared/dash/presentation.ts';
import { Stretches } from '#shared/model/stretches.ts';
import type { Segment } from '#shared/model/timeline.ts';

const clockMs = Date.UTC(2026, 10, 21, 12);
const secondsOfRun = 60;
const names = ['v720', 'a1'];

/** A run each minute; the newest few minutes are listed. */
function presentation(runCount: number, listedRuns: readonly number[], onRead: () => void) {
  const segments = listedRuns.flatMap((run) =>
    Array.from({ length: secondsOfRun / 2 }, (_, i): Segment => {
      const msn = (run * secondsOfRun) / 2 + i;
      const times = {
        startTicks: 900_000 + 180_000 * msn,
        durationTicks: 180_000,
        programDateTimeMs: clockMs + 2_000 * msn,
      };
      const rest = { sizeBytes: 1, keyframeBytes: 1, parts: [], gap: false };
      return { msn, ...times, ...rest, initNumber: run, discontinuity: i === 0 };
    }),
  );
  const read = new Proxy(segments, {
    get: (target, property, receiver) => {
      if (typeof property === 'string' && /^\d+$/.test(property)) onRead();
      return Reflect.get(target, property, receiver);
    },
  });
  const shape = { timescale: 90_000, targetDurationS: 2, partTargetS: 0.2 };
  const timeline = { ...shape, segments: read, open: null, discontinuitySequence: 0, ended: false, whole: false };
  const nextMsn = (segments.at(-1)?.msn ?? 0) + 1;
  const tracks = names.map((name): [string, PresentedTrack] => {
    const about = { kind: 'video', name, codec: 'avc1.64001f', width: 1_280, height: 720, frameRate: 30 } as const;
    const rendition = { ...about, bitrate: 2_500_000, passthrough: false };
    const bandwidth = { peak: 2_700_000, average: 2_500_000 };
    return [name, { rendition, described: new Map(), timeline: { ...timeline, nextMsn }, bandwidth }];
  });
  const runs = Array.from({ length: runCount }, (_, number) => {
    const made = { renditions: new Set(names), bandwidths: new Map(), captions: [], slate: false };
    return { number, anchorMs: clockMs, startMs: number * secondsOfRun * 1_000, ...made };
  });
  const live = { stretches: new Stretches(), ended: false, making: false, targetDurationS: 2, dvrWindowS: 240 };
  return { runs, tracks: new Map(tracks), segments, ...live };
}

it('is as much work as there is to list, however many runs there were', () => {
  let reads = 0;
  const many = presentation(1_000, [997, 998, 999], () => reads++);
  const text = presentMpd(many, clockMs, false);
  expect(text?.match(/<Period id="[^"]*"/g)).toEqual(['p997', 'p998', 'p999'].map((id) => `<Period id="${id}"`));
  expect(reads).toBeLessThanOrEqual(2 * names.length * many.segments.length);
  const [first] = many.runs;
  const listed = { ...many, runs: [...(first ? [first] : []), ...many.runs.slice(997)] };
  expect(presentMpd(listed, clockMs, false)).toBe(text);
});
