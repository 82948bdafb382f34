import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deskLimits } from '#shared/limits/access.ts';
import {
  leavePlace,
  noSessions,
  takePlace,
  type ViewerState,
  viewerEndMs,
} from '../../../../workers/access/desk/lease-state.ts';
import { type LinkState, useLink } from '../../../../workers/access/desk/link-state.ts';

const { leaseMs } = deskLimits;
type Policy = 'refuse-newest' | 'end-oldest';

/** A viewer with two places, and a clock. */
class Viewer {
  state: ViewerState = noSessions;
  nowMs = 0;
  take(session: string, isNew: boolean, whenFull: Policy, streamsMax = 2): boolean {
    const taken = takePlace(this.state, { session, streamsMax, whenFull, isNew }, this.nowMs);
    this.state = taken.state;
    return taken.untilMs !== null;
  }
}

describe('a viewer with two places', () => {
  test('has a third session refused until another stops for as long as a lease', () => {
    const viewer = new Viewer();
    expect(['a', 'b', 'c'].map((session) => viewer.take(session, true, 'refuse-newest'))).toEqual([true, true, false]);
    viewer.nowMs = leaseMs - 1;
    expect([viewer.take('a', false, 'refuse-newest'), viewer.take('c', true, 'refuse-newest')]).toEqual([true, false]);
    viewer.nowMs = leaseMs;
    expect([viewer.take('c', true, 'refuse-newest'), viewer.take('b', false, 'refuse-newest')]).toEqual([true, false]);
  });

  test('has the session that began first ended by a third, which then stays ended', () => {
    const viewer = new Viewer();
    expect(['a', 'b', 'c'].map((session) => viewer.take(session, true, 'end-oldest'))).toEqual([true, true, true]);
    expect(['a', 'b', 'c'].map((session) => viewer.take(session, false, 'end-oldest'))).toEqual([false, true, true]);
    viewer.nowMs = 2 * leaseMs;
    expect(viewer.take('a', false, 'end-oldest')).toBe(false);
    viewer.nowMs = deskLimits.endedMs;
    expect(viewer.take('a', true, 'end-oldest')).toBe(true);
  });

  test('finds the place of a session that slept taken: only a new one ends others', () => {
    const viewer = new Viewer();
    viewer.take('slept', true, 'end-oldest');
    viewer.nowMs = leaseMs;
    viewer.take('b', true, 'end-oldest');
    viewer.take('c', true, 'end-oldest');
    expect(viewer.take('slept', false, 'end-oldest')).toBe(false);
    expect(viewer.take('b', false, 'end-oldest')).toBe(true);
  });

  test('gives a place back at once, and an own place is never lost to a lower limit', () => {
    const viewer = new Viewer();
    for (const session of ['a', 'b']) viewer.take(session, true, 'refuse-newest');
    viewer.state = leavePlace(viewer.state, 'a');
    expect(viewer.take('c', true, 'refuse-newest')).toBe(true);
    expect(viewer.take('b', false, 'refuse-newest', 1)).toBe(true);
    expect(viewer.take('d', true, 'end-oldest', 1)).toBe(true);
    expect(viewer.state.places.map((place) => place.session)).toEqual(['d']);
  });
});

test('never more play than may, nobody is refused while there is room, and nothing grows without end', () => {
  const step = fc.record({
    session: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    isNew: fc.boolean(),
    whenFull: fc.constantFrom<Policy>('refuse-newest', 'end-oldest'),
    passMs: fc.integer({ min: 0, max: leaseMs }),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 80 }), (streamsMax, steps) => {
      const viewer = new Viewer();
      for (const { session, isNew, whenFull, passMs } of steps) {
        viewer.nowMs += passMs;
        const others = viewer.state.places.filter((place) => place.untilMs > viewer.nowMs && place.session !== session);
        const wasEnded = viewer.state.ended.some((place) => place.session === session && place.untilMs > viewer.nowMs);
        const isTaken = viewer.take(session, isNew, whenFull, streamsMax);
        if (others.length < streamsMax) expect(isTaken).toBe(!wasEnded);
        expect(viewer.state.places.length).toBeLessThanOrEqual(streamsMax);
        expect(viewer.state.ended.length).toBeLessThanOrEqual(deskLimits.endedMax);
        expect(new Set(viewer.state.places.map((place) => place.session)).size).toBe(viewer.state.places.length);
        if (isTaken) expect(viewerEndMs(viewer.state)).toBeGreaterThanOrEqual(viewer.nowMs + leaseMs);
      }
    }),
  );
});

test('a link is used as often as it may be', () => {
  let state: LinkState | null = null;
  const uses = [1, 2, 3].map((nowMs) => {
    const next = useLink(state, 'ln', 2, nowMs);
    state = next ?? state;
    return next && { uses: next.uses, firstUseMs: next.firstUseMs, lastUseMs: next.lastUseMs };
  });
  expect(uses).toEqual([{ uses: 1, firstUseMs: 1, lastUseMs: 1 }, { uses: 2, firstUseMs: 1, lastUseMs: 2 }, null]);
});
