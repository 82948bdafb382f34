import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paceLimits } from '#shared/limits/transcoder.ts';
import { createShedding, overrun, type Shedding, settle, stepShedding } from '../../origin/broadcast/shedding.ts';

const t0 = 1_790_000_000_000;
const { sampleMs, calmMsMin, calmMsMax, settleMs, slowForMs } = paceLimits;

/** Samples of `waitingMs` for a while; returns the state and when (ms after `fromMs`) something was decided. */
function watch(from: Shedding, fromMs: number, forMs: number, waitingMs: number, rungs = 2) {
  let state = from;
  const decisions: [number, string][] = [];
  for (let ms = 0; ms < forMs; ms += sampleMs) {
    const step = stepShedding(state, { waitingMs, sheddable: rungs - state.shed }, t0 + fromMs + ms);
    state = step.state;
    if (step.decision !== 'keep') decisions.push([ms, step.decision]);
  }
  return { state, decisions };
}

describe('shedding rungs', () => {
  it('waits until media has waited too long for a while, and sheds one rung at a time', () => {
    const { state, decisions } = watch(createShedding(), 0, 30_000, 2_500);
    expect(decisions).toEqual([
      [slowForMs, 'shed'],
      [slowForMs + settleMs + slowForMs, 'shed'],
    ]);
    expect(state.shed).toBe(2);
  });

  it('overlooks a burst', () => {
    const slow = watch(createShedding(), 0, slowForMs - sampleMs, 2_500);
    expect(watch(slow.state, slowForMs, 10_000, 300).decisions).toEqual([]);
  });

  it('takes a rung back after a calm minute, and not in an unquiet one', () => {
    const shed = watch(createShedding(), 0, 4_000, 2_500).state;
    expect(watch(shed, 4_000, 300_000, 1_500).decisions).toEqual([]);
    const [at, decision] = watch(shed, 10_000, 70_000, 200).decisions[0] ?? [];
    expect([at, decision]).toEqual([calmMsMin, 'restore']);
  });

  it('waits twice as long after each failed return, up to a limit, and forgets that after a return that held', () => {
    let state = watch(createShedding(), 0, 4_000, 2_500).state;
    let atMs = 10_000;
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) {
      const calm = watch(state, atMs, 2 * calmMsMax, 200, 1);
      const [afterMs] = calm.decisions[0] ?? [0];
      waits.push(afterMs);
      const restored = watch(state, atMs, afterMs + sampleMs, 200, 1).state;
      state = watch(restored, atMs + afterMs + settleMs, 10_000, 2_500, 1).state;
      atMs += afterMs + 20_000;
    }
    expect(waits).toEqual([60_000, 120_000, 240_000, 480_000, 960_000, 960_000]);
    const held = watch(state, atMs, 3 * calmMsMax, 200, 1).state;
    expect([held.shed, held.calmMs]).toEqual([0, calmMsMin]);
  });

  it('gives a new encoder time to start', () => {
    const { decisions } = watch(settle(createShedding(), t0), 0, settleMs + slowForMs, 5_000);
    expect(decisions).toEqual([]);
  });

  it('sheds at once when the input overflowed, if there is something to shed', () => {
    expect(overrun(createShedding(), 1, t0).shed).toBe(1);
    expect(overrun(createShedding(), 0, t0).shed).toBe(0);
  });

  it('never sheds what is not there and never counts below zero, whatever comes', () => {
    const sample = fc.record({ waitingMs: fc.nat(5_000), stepMs: fc.nat(90_000), restart: fc.boolean() });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 200 }), fc.nat(4), (samples, rungs) => {
        let state = createShedding();
        let nowMs = t0;
        for (const { waitingMs, stepMs, restart } of samples) {
          nowMs += stepMs;
          if (restart) state = settle(state, nowMs);
          state = stepShedding(state, { waitingMs, sheddable: rungs - state.shed }, nowMs).state;
          expect(state.shed).toBeGreaterThanOrEqual(0);
          expect(state.shed).toBeLessThanOrEqual(rungs);
          expect(state.calmMs).toBeLessThanOrEqual(calmMsMax);
        }
      }),
    );
  });
});
