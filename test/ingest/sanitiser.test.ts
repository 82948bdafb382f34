import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sanitiserLimits } from '#shared/limits/ingest.ts';
import { createSanitiser, type Sanitised, sanitise, type TagHead } from '../../origin/ingest/sanitiser.ts';

type Media = TagHead & { readonly type: 'audio' | 'video' };

function run(heads: readonly TagHead[]): Array<Sanitised & { readonly head: TagHead }> {
  let state = createSanitiser();
  return heads.map((head) => {
    const result = sanitise(state, head);
    state = result.state;
    return { ...result, head };
  });
}

function times(heads: readonly TagHead[], type: TagHead['type']): number[] {
  return run(heads).flatMap((result) => (result.head.type === type ? [result.timestampMs] : []));
}

function codes(heads: readonly TagHead[]): string[] {
  return run(heads).flatMap((result) => (result.event ? [result.event.code] : []));
}

/** A steady source: 40 ms pictures, 20 ms sounds, in order of time; `at` turns source time into the time sent. */
function steady(durationMs: number, at: (ms: number) => number): Media[] {
  const heads: Media[] = [];
  for (let ms = 0; ms < durationMs; ms += 20) {
    if (ms % 40 === 0) heads.push({ type: 'video', timestampMs: at(ms) >>> 0 });
    heads.push({ type: 'audio', timestampMs: at(ms) >>> 0 });
  }
  return heads;
}

const anyHead = fc.record({
  type: fc.constantFrom('audio' as const, 'video' as const, 'script' as const),
  timestampMs: fc.oneof(fc.nat(0xffffffff), fc.nat(3_000), fc.integer({ min: 0xffffff00, max: 0xffffffff })),
});

test('whatever comes, each track goes forward, the whole in steps within the limit, and the first media tag is at 0', () => {
  fc.assert(
    fc.property(fc.array(anyHead, { maxLength: 80 }), (heads) => {
      const results = run(heads);
      const media = results.filter((result) => result.head.type !== 'script');
      if (media[0]) expect(media[0].timestampMs).toBe(0);
      for (const type of ['audio', 'video'] as const) {
        const track = media.filter((result) => result.head.type === type).map((result) => result.timestampMs);
        for (let i = 1; i < track.length; i++) {
          const step = (track[i] ?? 0) - (track[i - 1] ?? 0);
          expect(step).toBeGreaterThanOrEqual(type === 'video' ? 1 : 0);
        }
      }
      let reached = 0;
      for (const { timestampMs } of media) {
        expect(timestampMs - reached).toBeLessThanOrEqual(sanitiserLimits.stepForwardMsMax);
        reached = Math.max(reached, timestampMs);
      }
      for (const { timestampMs } of results) {
        expect(Number.isInteger(timestampMs) && timestampMs >= 0).toBe(true);
      }
      expect(run(heads)).toEqual(results);
    }),
    { numRuns: 1_000 },
  );
});

test('a steady source comes out as it is, wherever its clock begins, across the wrap too', () => {
  fc.assert(
    fc.property(fc.oneof(fc.nat(0xffffffff), fc.integer({ min: 0xffffffff - 4_000, max: 0xffffffff })), (start) => {
      const heads = steady(4_000, (ms) => start + ms);
      const wanted = steady(4_000, (ms) => ms);
      expect(run(heads).map((result) => result.timestampMs)).toEqual(wanted.map((head) => head.timestampMs));
      expect(codes(heads)).toEqual(start + 3_980 > 0xffffffff ? ['ts.wrap_handled'] : []);
    }),
  );
});

test('a jump of any size is taken out and leaves sound and picture together', () => {
  const size = fc.oneof(fc.integer({ min: -(2 ** 30), max: -100 }), fc.integer({ min: 1_001, max: 2 ** 30 }));
  fc.assert(
    fc.property(size, fc.integer({ min: 1, max: 99 }), (jumpMs, step) => {
      const atMs = step * 20;
      const heads = steady(3_000, (ms) => 2 ** 31 + (ms < atMs ? ms : ms + jumpMs));
      const results = run(heads);
      const events = results.flatMap((result) => (result.event ? [result.event] : []));
      expect(events.map((event) => event.code)).toEqual([jumpMs > 0 ? 'ts.jump' : 'ts.backwards']);
      expect(Math.abs((events[0]?.sizeMs ?? 0) - Math.abs(jumpMs))).toBeLessThanOrEqual(40);
      const offsets = results
        .slice(-4)
        .map((result, i) => result.timestampMs - (steady(3_000, (ms) => ms).slice(-4)[i]?.timestampMs ?? 0));
      expect(new Set(offsets).size).toBe(1);
      expect(Math.abs(offsets[0] ?? 0)).toBeLessThanOrEqual(40);
    }),
    { numRuns: 300 },
  );
});

test('sounds of the old time behind the first picture of the new one keep their place', () => {
  const heads: Media[] = [
    { type: 'video', timestampMs: 0 },
    { type: 'audio', timestampMs: 0 },
    { type: 'video', timestampMs: 40 },
    { type: 'audio', timestampMs: 20 },
    { type: 'video', timestampMs: 600_080 },
    { type: 'audio', timestampMs: 40 },
    { type: 'audio', timestampMs: 60 },
    { type: 'audio', timestampMs: 600_080 },
    { type: 'video', timestampMs: 600_120 },
  ];
  expect(times(heads, 'video')).toEqual([0, 40, 80, 120]);
  expect(times(heads, 'audio')).toEqual([0, 20, 40, 60, 80]);
  expect(codes(heads)).toEqual(['ts.jump']);
});

test('two pictures at one time are 1 ms apart, and what follows is not moved', () => {
  const heads = [0, 40, 40, 80].map((timestampMs) => ({ type: 'video' as const, timestampMs }));
  expect(times(heads, 'video')).toEqual([0, 40, 41, 80]);
  expect(codes(heads)).toEqual([]);
});

test('jitter is held and not shifted', () => {
  const heads = [0, 21, 19, 42].map((timestampMs) => ({ type: 'audio' as const, timestampMs }));
  expect(times(heads, 'audio')).toEqual([0, 21, 21, 42]);
});

test('a second track that begins a little before the first is not lost', () => {
  const heads: Media[] = [
    { type: 'audio', timestampMs: 121 },
    { type: 'video', timestampMs: 100 },
    { type: 'video', timestampMs: 140 },
  ];
  expect(times(heads, 'video')).toEqual([0, 19]);
});

test('a second track with a clock of its own is put beside the first', () => {
  const heads: Media[] = [
    { type: 'audio', timestampMs: 0 },
    { type: 'audio', timestampMs: 20 },
    { type: 'video', timestampMs: 5_000_000 },
    { type: 'video', timestampMs: 5_000_040 },
    { type: 'audio', timestampMs: 40 },
  ];
  expect(times(heads, 'video')).toEqual([20, 60]);
  expect(times(heads, 'audio')).toEqual([0, 20, 40]);
});

test('sequence headers and scripts take the time and give none, even when they are sent with time 0 again', () => {
  const heads: TagHead[] = [
    { type: 'script', timestampMs: 0 },
    { type: 'video', timestampMs: 5_000, isSequenceHeader: true },
    { type: 'video', timestampMs: 5_000 },
    { type: 'video', timestampMs: 5_040 },
    { type: 'video', timestampMs: 0, isSequenceHeader: true },
    { type: 'script', timestampMs: 0 },
    { type: 'video', timestampMs: 5_080 },
  ];
  expect(run(heads).map((result) => result.timestampMs)).toEqual([0, 0, 0, 40, 40, 40, 80]);
  expect(codes(heads)).toEqual([]);
});

test('a restart of the clock that sound sees first, well behind the picture, is one jump', () => {
  const heads: Media[] = [
    { type: 'video', timestampMs: 5_000 },
    { type: 'audio', timestampMs: 5_000 },
    { type: 'video', timestampMs: 5_200 },
    { type: 'audio', timestampMs: 5_020 },
    { type: 'audio', timestampMs: 0 },
    { type: 'video', timestampMs: 0 },
    { type: 'video', timestampMs: 40 },
  ];
  expect(codes(heads)).toEqual(['ts.backwards']);
  expect(times(heads, 'audio')).toEqual([0, 20, 200]);
  expect(times(heads, 'video')).toEqual([0, 200, 201, 240]);
});

test('a jump that is over the limit for one track only still moves both', () => {
  const heads: Media[] = [
    { type: 'video', timestampMs: 0 },
    { type: 'audio', timestampMs: 0 },
    { type: 'video', timestampMs: 40 },
    { type: 'audio', timestampMs: 20 },
    { type: 'video', timestampMs: 1_060 },
    { type: 'audio', timestampMs: 1_020 },
  ];
  expect(times(heads, 'video')).toEqual([0, 40, 80]);
  expect(times(heads, 'audio')).toEqual([0, 20, 40]);
});

test('a wrap that the tracks cross one after the other is told once', () => {
  const heads: Media[] = [
    { type: 'video', timestampMs: 2 ** 32 - 20 },
    { type: 'audio', timestampMs: 2 ** 32 - 20 },
    { type: 'video', timestampMs: 20 },
    { type: 'audio', timestampMs: 2 ** 32 - 5 },
    { type: 'video', timestampMs: 60 },
    { type: 'audio', timestampMs: 15 },
  ];
  expect(codes(heads)).toEqual(['ts.wrap_handled']);
  expect(times(heads, 'audio')).toEqual([0, 15, 35]);
});

test('a hole that time itself has is no jump: on the wall clock, or on the other track', () => {
  const heads: Media[] = [
    { type: 'video', timestampMs: 0, arrivalMs: 0 },
    { type: 'audio', timestampMs: 0, arrivalMs: 0 },
    { type: 'video', timestampMs: 40, arrivalMs: 40 },
    { type: 'video', timestampMs: 5_040, arrivalMs: 5_050 },
    { type: 'audio', timestampMs: 5_040, arrivalMs: 5_050 },
  ];
  expect(codes(heads)).toEqual([]);
  expect(times(heads, 'audio')).toEqual([0, 5_040]);
  const burst = steady(4_000, (ms) => ms).filter(
    ({ type, timestampMs: ms }) => type === 'video' || ms < 500 || ms > 3_500,
  );
  expect(codes(burst.map((head) => ({ ...head, arrivalMs: 0 })))).toEqual([]);
});

test('a jump that is further than the time that passed is taken out', () => {
  const heads: Media[] = [
    { type: 'video', timestampMs: 0, arrivalMs: 0 },
    { type: 'video', timestampMs: 40, arrivalMs: 40 },
    { type: 'video', timestampMs: 9_000, arrivalMs: 5_000 },
  ];
  expect(codes(heads)).toEqual(['ts.jump']);
  expect(times(heads, 'video')).toEqual([0, 40, 80]);
});

test('a track whose clock stood still while it was gone is brought up to the other after a second', () => {
  const heads: Media[] = steady(8_000, (ms) => ms).flatMap((head) => {
    const { type, timestampMs: ms } = head;
    if (type === 'audio' && ms >= 1_000 && ms < 4_000) return [];
    const stood = type === 'audio' && ms >= 4_000 ? ms - 3_000 : ms;
    return [{ ...head, timestampMs: stood, arrivalMs: ms }];
  });
  expect(codes(heads)).toEqual(['ts.backwards']);
  expect(Math.abs((times(heads, 'audio').at(-1) ?? 0) - (times(heads, 'video').at(-1) ?? 0))).toBeLessThanOrEqual(40);
});
