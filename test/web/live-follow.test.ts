import { expect, it } from 'vitest';
import { type FollowEvent, follow, initialFollow } from '../../web/src/player/live-follow.ts';

const moves = (behindS: number | null): FollowEvent => ({ type: 'moves', behindS });

/** Events with their times, s; the times of the jumps. */
function jumpsOf(...events: readonly [number, FollowEvent][]): number[] {
  let state = initialFollow;
  return events.flatMap(([atS, event]) => {
    const { next, jump } = follow(state, event, atS * 1_000);
    state = next;
    return jump ? [atS] : [];
  });
}

it('puts a viewer who stood still back at the live edge, and lets small distances be', () => {
  expect(jumpsOf([0, moves(0.2)], [5, { type: 'stalled' }], [9, moves(2.9)])).toEqual([]);
  expect(jumpsOf([0, moves(0.2)], [5, { type: 'stalled' }], [9, moves(3.1)], [10, moves(0.1)])).toEqual([9]);
});

it('counts stops that add up', () => {
  const stalled: FollowEvent = { type: 'stalled' };
  expect(jumpsOf([0, moves(0)], [1, stalled], [2, moves(2)], [20, stalled], [22, moves(3.5)])).toEqual([22]);
});

it('jumps when playing begins too far behind', () => {
  expect(jumpsOf([0, { type: 'mounted' }], [1, moves(null)], [2, moves(4)])).toEqual([2]);
});

it('leaves those where they are who went back or paused, until they are at the live edge again', () => {
  const chosen: FollowEvent = { type: 'chosen' };
  const stalled: FollowEvent = { type: 'stalled' };
  expect(jumpsOf([0, moves(0)], [1, chosen], [2, moves(60)], [3, stalled], [9, moves(66)])).toEqual([]);
  expect(jumpsOf([0, moves(0)], [1, chosen], [2, moves(60)], [3, moves(1)], [4, stalled], [9, moves(6)])).toEqual([9]);
});

it('does not make a picture out of jumps where the network is too slow', () => {
  const stalled: FollowEvent = { type: 'stalled' };
  const slow = Array.from({ length: 30 }, (_, i): [number, FollowEvent] => [i, i % 2 === 0 ? stalled : moves(4)]);
  expect(jumpsOf(...slow)).toEqual([1, 11, 21]);
});

it('does not pull at a picture that never stood still', () => {
  expect(jumpsOf([0, moves(0)], [1, moves(3.5)], [2, moves(8)])).toEqual([]);
});
