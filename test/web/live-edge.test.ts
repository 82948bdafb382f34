import { describe, expect, it } from 'vitest';
import {
  awaitEdge,
  edgeOfFailure,
  edgeOfNewEngine,
  edgeOfPicture,
  isStill,
  type LiveEdge,
  lookAtEdge,
  unknownEdge,
} from '../../web/src/player/live-edge.ts';

const stepS = 0.2;
const look = (edge: LiveEdge, at: number, nowMs: number) => lookAtEdge(edge, { at, stepS }, nowMs);
/** An engine has seen it move up to 5.3, at 1 s. */
const moving = look(look(edgeOfNewEngine(unknownEdge, 0), 5.2, 900), 5.3, 1_000);

describe('the live edge', () => {
  it('stands still when nothing new was listed for four seconds', () => {
    expect(isStill(moving, 5_000)).toBe(false);
    expect(isStill(look(moving, 5.3, 4_000), 5_001)).toBe(true);
    expect(isStill(look(moving, 5.4, 4_000), 5_001)).toBe(false);
  });

  it('may take twice as long as announcements are apart', () => {
    const slow = lookAtEdge(moving, { at: 6, stepS: 6 }, 2_000);
    expect([isStill(slow, 14_000), isStill(slow, 14_001)]).toEqual([false, true]);
  });

  it('is not judged before it was seen to move: some manifests never say anything new', () => {
    const same = look(look(unknownEdge, 5, 0), 5, 1_000);
    expect(isStill(same, 1e9)).toBe(false);
    expect(edgeOfNewEngine(same, 1e9).onTrial).toBe(false);
    expect(lookAtEdge(moving, null, 2_000)).toBe(moving);
  });

  it('puts an engine on trial that begins after a moment without news, until that one has some', () => {
    expect([edgeOfNewEngine(moving, 2_000).onTrial, edgeOfNewEngine(moving, 2_001).onTrial]).toEqual([false, true]);
    expect(edgeOfNewEngine(lookAtEdge(moving, { at: 6, stepS: 2 }, 2_000), 6_000).onTrial).toBe(false);
    const begun = edgeOfNewEngine(moving, 9_000);
    expect(begun.onTrial).toBe(true);
    const old = look(look(begun, 5.1, 9_500), 5.1, 10_500);
    expect([old.onTrial, isStill(old, 10_500)]).toEqual([true, true]);
    const fresh = look(begun, 7, 9_500);
    expect([fresh.onTrial, isStill(fresh, 9_500)]).toEqual([false, false]);
  });

  it('moves when the engine itself saw it grow, also where numbers have begun anew', () => {
    const anew = look(edgeOfNewEngine(moving, 9_000), 0.1, 9_500);
    expect(anew.onTrial).toBe(true);
    expect(look(anew, 0.2, 9_700)).toMatchObject({ onTrial: false, movedMs: 9_700, at: 5.3 });
  });

  it('does not move when a rendition lists less than the one before it', () => {
    const other = look(moving, 5.1, 2_000);
    expect(other.movedMs).toBe(1_000);
    expect(look(other, 5.3, 2_200).movedMs).toBe(2_200);
  });

  it('stands still too where nothing was ever listed for eight seconds, or an engine failed for want of an answer', () => {
    const begun = edgeOfNewEngine(unknownEdge, 1_000);
    expect([isStill(begun, 9_000), isStill(begun, 9_001)]).toEqual([false, true]);
    expect(isStill(edgeOfPicture(begun), 60_000)).toBe(false);
    expect(isStill(look(begun, 5, 2_000), 60_000)).toBe(false);
    const failed = edgeOfFailure(begun, true);
    expect(isStill(failed, 1_500)).toBe(true);
    const second = edgeOfNewEngine(failed, 2_000);
    expect([isStill(second, 2_000), second.onTrial]).toEqual([true, false]);
    const listed = look(second, 5, 2_500);
    expect(isStill(listed, 2_500)).toBe(true);
    expect([edgeOfPicture(listed), look(listed, 6, 3_000)].map((edge) => isStill(edge, 3_000))).toEqual([false, false]);
    expect(isStill(edgeOfFailure(second, false), 3_000)).toBe(false);
    expect(isStill(awaitEdge(second, 60_000), 68_000)).toBe(false);
  });

  it('puts an engine on trial after one that saw old media only and got no answer; a pace that is known decides alone', () => {
    const failed = edgeOfFailure(look(edgeOfNewEngine(unknownEdge, 0), 5, 500), true);
    const next = edgeOfNewEngine(failed, 9_000);
    expect([next.onTrial, look(next, 5, 9_500).onTrial, look(next, 6, 9_500).onTrial]).toEqual([true, true, false]);
    const paced = edgeOfFailure(moving, true);
    expect([isStill(paced, 1_500), edgeOfNewEngine(paced, 1_500).onTrial]).toEqual([false, false]);
  });

  it('is given time anew when there was a reason', () => {
    const awaited = awaitEdge(moving, 60_000);
    expect([isStill(awaited, 64_000), isStill(awaited, 64_001)]).toEqual([false, true]);
    expect(awaitEdge(unknownEdge, 60_000)).toEqual(unknownEdge);
  });
});
