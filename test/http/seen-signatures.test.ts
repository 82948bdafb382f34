import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wireLimits } from '#shared/limits/edge.ts';
import { SeenSignatures } from '../../origin/http/seen-signatures.ts';

const startMs = 1_790_000_000_000;
const skewMs = wireLimits.clockSkewMsMax;
const macOf = (n: number) => n.toString(16).padStart(64, '0').split('').reverse().join('');

test('a signature is taken once, for as long as its time is good', () => {
  const seen = new SeenSignatures({ entriesMax: 10, startMs });
  const signature = { timeMs: startMs + 5_000, mac: macOf(1) };
  expect(seen.take(signature, startMs + 5_000)).toBeNull();
  expect(seen.take(signature, startMs + 5_000)).toBe('replayed');
  expect(seen.take(signature, startMs + 65_000)).toBe('replayed');
  expect(seen.take({ ...signature, mac: macOf(2) }, startMs + 65_000)).toBeNull();
  expect(seen.entries).toBe(2);
});

test('what is from before the start may have been taken then', () => {
  const seen = new SeenSignatures({ entriesMax: 10, startMs: startMs + 0.9 });
  expect(seen.take({ timeMs: startMs - 1, mac: macOf(1) }, startMs + 10)).toBe('forgotten');
  expect(seen.take({ timeMs: startMs, mac: macOf(2) }, startMs + 10)).toBeNull();
});

test('a clock that was set back does not shut everybody out', () => {
  const seen = new SeenSignatures({ entriesMax: 10, startMs: startMs + 3_600_000 });
  expect(seen.take({ timeMs: startMs + 10, mac: macOf(1) }, startMs + 5)).toBeNull();
});

test('past the bound the oldest go, nothing of them can come again, and it is told', () => {
  const floors: number[] = [];
  const seen = new SeenSignatures({ entriesMax: 4, startMs, onFull: (floorMs) => floors.push(floorMs - startMs) });
  const nowMs = startMs + 9_000;
  const offer = (n: number, atMs: number) => seen.take({ timeMs: startMs + atMs, mac: macOf(n) }, nowMs);
  // Not in the order of their times.
  expect([offer(1, 8_000), offer(2, 5_100), offer(3, 5_900), offer(4, 9_000)]).toEqual([null, null, null, null]);
  expect([seen.entries, floors]).toEqual([4, []]);
  expect(offer(5, 8_100)).toBeNull();
  expect([seen.entries, floors]).toEqual([3, [6_000]]);
  expect([offer(2, 5_100), offer(6, 5_999), offer(7, 6_000)]).toEqual(['forgotten', 'forgotten', null]);
  expect(offer(1, 8_000)).toBe('replayed');
});

type Step = { readonly kind: 'new'; readonly offMs: number } | { readonly kind: 'again' | 'wait'; readonly n: number };

const steps = (waitMsMin: number) =>
  fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('new' as const), offMs: fc.integer({ min: -skewMs - 10, max: skewMs + 10 }) }),
      fc.record({ kind: fc.constant('again' as const), n: fc.nat(1_000) }),
      fc.record({ kind: fc.constant('wait' as const), n: fc.integer({ min: waitMsMin, max: 40_000 }) }),
    ),
    { maxLength: 200 },
  );

/** Sends what the steps say as an origin takes it: by the time of a signature first. */
function play(all: readonly Step[], entriesMax: number): void {
  let nowMs = startMs;
  let floorMs = startMs;
  const onFull = (risenMs: number) => {
    floorMs = Math.max(floorMs, risenMs);
  };
  const seen = new SeenSignatures({ entriesMax, startMs, onFull });
  const sent: { readonly timeMs: number; readonly mac: string }[] = [];
  const taken = new Set<string>();
  for (const step of all) {
    if (step.kind === 'wait') nowMs += step.n;
    const isGoingBack = nowMs < startMs;
    if (step.kind === 'new') sent.push({ timeMs: nowMs + step.offMs, mac: macOf(sent.length) });
    const signature = step.kind === 'again' ? sent[step.n % Math.max(1, sent.length)] : sent.at(-1);
    if (!signature || Math.abs(nowMs - signature.timeMs) > skewMs) continue;
    const wasFloorMs = floorMs;
    const refused = seen.take(signature, nowMs);
    if (taken.has(signature.mac)) expect(refused).not.toBeNull();
    else if (!isGoingBack && signature.timeMs >= wasFloorMs && step.kind === 'new') expect(refused).toBeNull();
    if (refused === null) taken.add(signature.mac);
    expect(seen.entries).toBeLessThanOrEqual(entriesMax);
  }
  const last = { timeMs: nowMs + 3 * skewMs, mac: macOf(9_999) };
  seen.take(last, last.timeMs);
  expect(seen.entries).toBeLessThanOrEqual(1);
}

test('whatever comes in whatever order: never twice, never too many, everything new from after the floor, and all of it leaves', () => {
  fc.assert(
    fc.property(steps(0), fc.integer({ min: 1, max: 40 }), (all, entriesMax) => play(all, entriesMax)),
    { numRuns: 300 },
  );
});

test('never twice, also when the clock is set back', () => {
  fc.assert(
    fc.property(steps(-90_000), (all) => playBack(all)),
    { numRuns: 300 },
  );
});

/** The same without saying what has to be taken: behind the time of what it dropped an origin takes nothing. */
function playBack(all: readonly Step[]): void {
  let nowMs = startMs;
  const seen = new SeenSignatures({ entriesMax: 20, startMs });
  const sent: { readonly timeMs: number; readonly mac: string }[] = [];
  const taken = new Set<string>();
  for (const step of all) {
    if (step.kind === 'wait') nowMs += step.n;
    if (step.kind === 'new') sent.push({ timeMs: nowMs + step.offMs, mac: macOf(sent.length) });
    const signature = step.kind === 'again' ? sent[step.n % Math.max(1, sent.length)] : undefined;
    for (const one of [signature, sent.at(-1)]) {
      if (!one || Math.abs(nowMs - one.timeMs) > skewMs || seen.take(one, nowMs) !== null) continue;
      expect(taken.has(one.mac)).toBe(false);
      taken.add(one.mac);
    }
  }
}
