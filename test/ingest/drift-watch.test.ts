import { describe, expect, test } from 'vitest';
import { createDriftWatch, watchDrift } from '../../origin/ingest/drift-watch.ts';

const startMs = 1_790_000_000_000;
const soundFrameMs = (1_024 * 1_000) / 48_000;

interface Source {
  /** Time on the n-th frame of sound, and when it arrives, ms since the start. */
  readonly soundMs?: (captureMs: number) => number;
  readonly soundArrivalMs?: (captureMs: number) => number;
  readonly pictureArrivalMs?: (captureMs: number) => number;
  /** A hole in the sound, ms of capture. */
  readonly hole?: readonly [number, number];
}

/** What was told of a source with 25 pictures a second and sound of 1,024 samples at 48 kHz: changes with their second. */
function told(seconds: number, source: Source, frameMs: number | null = soundFrameMs): string[] {
  const same = (ms: number) => ms;
  const { soundMs = same, soundArrivalMs = same, pictureArrivalMs = same, hole = [0, 0] } = source;
  const count = (stepMs: number) =>
    Array.from({ length: Math.floor((seconds * 1_000) / stepMs) }, (_, i) => i * stepMs);
  const sound = count(soundFrameMs)
    .filter((ms) => ms < hole[0] || ms >= hole[1])
    .map((ms) => ({
      type: 'audio' as const,
      timestampMs: Math.round(soundMs(ms)),
      arrivalMs: startMs + soundArrivalMs(ms),
    }));
  const pictures = count(40).map((ms) => ({
    type: 'video' as const,
    timestampMs: ms,
    arrivalMs: startMs + pictureArrivalMs(ms),
  }));
  const seen: string[] = [];
  let state = createDriftWatch();
  for (const frame of [...sound, ...pictures].toSorted((a, b) => a.arrivalMs - b.arrivalMs)) {
    const next = watchDrift(state, frame, frameMs);
    const second = Math.floor((frame.arrivalMs - startMs) / 1_000);
    if (next.drifting !== state.drifting) seen.push(`${next.drifting ? 'drifts' : 'together'} at ${second}`);
    state = next;
  }
  return seen;
}

/** Late by up to 200 ms, as the network has it, without order among seconds. */
const network = (ms: number) => ms + 100 + 100 * Math.sin(ms / 700);

describe('sound and picture', () => {
  test.each<[string, number, Source, string[]]>([
    ['together', 120, {}, []],
    ['half a second apart all the time', 120, { soundArrivalMs: (ms) => ms + 500 }, []],
    ['over a bad network', 300, { soundArrivalMs: network, pictureArrivalMs: network }, []],
    ['with clocks that differ as clocks do', 1_200, { soundMs: (ms) => ms * 1.0001 }, []],
    ['with a hole in the sound', 120, { hole: [30_000, 31_000] }, []],
    ['with times that jitter by 15 ms', 120, { soundMs: (ms) => ms + 15 * Math.sin(ms) }, []],
  ])('%s do not drift', (_, seconds, source, expected) => {
    expect(told(seconds, source)).toEqual(expected);
  });

  test.each<[string, Source, string[]]>([
    ['a sound clock that is 1 % slow', { soundMs: (ms) => ms * 0.99 }, ['drifts at 11']],
    ['a sound clock that is 1 % fast', { soundMs: (ms) => ms * 1.01 }, ['drifts at 11']],
    [
      'times in order whose samples do not fill them',
      { soundMs: (ms) => ms * 1.01, soundArrivalMs: (ms) => ms * 1.01 },
      ['drifts at 12'],
    ],
    [
      'sound that falls behind for 40 s and is together again',
      { soundMs: (ms) => ms - (ms < 40_000 ? ms * 0.01 : 0), hole: [39_900, 40_400] },
      ['drifts at 11', 'together at 43'],
    ],
  ])('%s is told', (_, source, expected) => {
    expect(told(90, source)).toEqual(expected);
  });

  test('drift of sound that has no frames of one length is seen on the wire', () => {
    expect(told(90, { soundMs: (ms) => ms * 0.99 }, null)).toEqual(['drifts at 24']);
  });
});
