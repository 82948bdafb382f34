import { expect, it } from 'vitest';
import type { Engine } from '../../web/src/player/engine.ts';
import type { ListedEdge } from '../../web/src/player/live-edge.ts';
import { createLiveWatch } from '../../web/src/player/live-watch.ts';
import type { ClockPoint } from '../../web/src/player/media-clock.ts';
import type { PlayerEvent } from '../../web/src/player/playback.ts';

/** A watch over a video and an engine that are made up, and what came of it. */
function watched() {
  const video = Object.assign(new EventTarget(), { currentTime: 0, seeking: false });
  const engine = { at: null as number | null, behindS: 0, targetS: 1 as number | null, clock: [] as ClockPoint[] };
  const done: unknown[] = [];
  const asEngine: Partial<Engine> = {
    edge: (): ListedEdge | null => (engine.at === null ? null : { at: engine.at, stepS: 0.2 }),
    clock: () => engine.clock,
    latencySeconds: () => 1 + engine.behindS,
    targetLatencySeconds: () => engine.targetS,
    goLive: () => done.push('go live'),
  };
  const watch = createLiveWatch(video as unknown as HTMLVideoElement, {
    engine: () => asEngine as Engine,
    dispatch: (event: PlayerEvent) => done.push(event),
    onReady: () => done.push('ready'),
  });
  const seek = (fromS: number, toS: number) => {
    video.currentTime = fromS;
    video.dispatchEvent(new Event('timeupdate'));
    video.currentTime = toS;
    video.dispatchEvent(new Event('seeking'));
  };
  return { watch, engine, seek, taken: () => done.splice(0) };
}

const isStill = (still: boolean) => ({ type: 'edge', isStill: still });

it('tells when the edge stands still, and lets the next engine play only when it has something new', () => {
  const { watch, engine, taken } = watched();
  watch.begin('b_1', true, 0);
  watch.ready();
  for (const [at, nowMs] of [
    [5, 100],
    [5.1, 300],
  ] as const) {
    engine.at = at;
    watch.look(0, nowMs);
  }
  expect(taken()).toEqual(['ready']);
  watch.look(0, 4_400);
  expect(taken()).toEqual([isStill(true)]);
  engine.at = null;
  watch.begin('b_1', true, 6_000);
  watch.ready();
  engine.at = 5.1;
  watch.look(0, 7_000);
  expect([watch.onTrial(), taken()]).toEqual([true, []]);
  engine.at = 9;
  watch.look(0, 12_000);
  expect([watch.onTrial(), taken()]).toEqual([false, ['go live', 'ready', isStill(false)]]);
});

it('knows nothing of the edge of another broadcast', () => {
  const { watch, engine, taken } = watched();
  watch.begin('b_1', true, 0);
  for (const at of [5, 6]) {
    engine.at = at;
    watch.look(0, at);
  }
  watch.look(0, 5_000);
  watch.begin('b_2', true, 6_000);
  expect([watch.onTrial(), taken()]).toEqual([false, [isStill(true), isStill(false)]]);
});

it('tells that nothing can be had of what is live, until there is something', () => {
  const { watch, engine, taken } = watched();
  watch.begin('b_1', true, 0);
  watch.look(0, 8_000);
  expect(taken()).toEqual([]);
  watch.look(0, 8_001);
  expect(taken()).toEqual([isStill(true)]);
  watch.fail(true, 9_000);
  watch.begin('b_1', true, 9_500);
  watch.look(0, 10_000);
  expect([watch.onTrial(), taken()]).toEqual([false, []]);
  engine.at = 5;
  watch.look(0, 10_500);
  expect(taken()).toEqual([]);
  engine.at = 6;
  watch.look(0, 11_000);
  expect(taken()).toEqual([isStill(false)]);
});

it('takes a picture that moves for an answer, also of an engine that lists nothing', () => {
  const { watch, taken } = watched();
  watch.begin('b_1', true, 0);
  watch.fail(true, 1_000);
  watch.begin('b_1', true, 2_000);
  watch.look(1, 3_000);
  watch.look(0, 60_000);
  expect(taken()).toEqual([isStill(true), isStill(false)]);
});

it('puts a viewer back at the live edge after a stop, and not one who went back', () => {
  const { watch, engine, seek, taken } = watched();
  watch.begin('b_1', true, 0);
  watch.look(9_000, 20_000);
  watch.note('stalled');
  engine.behindS = 8;
  watch.look(2_900, 30_000);
  expect(taken()).toEqual([]);
  watch.look(3_000, 31_000);
  expect(taken()).toEqual(['go live']);
  engine.behindS = 0;
  watch.look(3_900, 50_000);
  // Engines step over holes, and a little back now and then.
  seek(20, 19.5);
  watch.note('stalled');
  engine.behindS = 8;
  watch.look(3_900, 60_000);
  expect(taken()).toEqual(['go live']);
  seek(60, 30);
  watch.note('stalled');
  watch.look(3_900, 80_000);
  expect(taken()).toEqual([]);
});

it('puts the next engine where a viewer was who went back, without waiting for news, and others at the live edge', () => {
  const { watch, engine, seek, taken } = watched();
  const again = (nowMs: number) => {
    engine.clock = [];
    watch.begin('b_1', true, nowMs);
    const start = watch.start();
    watch.ready();
    engine.clock = [{ atS: 0, dateMs: 1_000_000 }];
    return start;
  };
  expect(again(0)).toBe(null);
  for (const at of [5, 6]) {
    engine.at = at;
    watch.look(0, at * 10);
  }
  seek(60, 30);
  taken();
  expect([again(20_000), watch.start(), taken()]).toEqual([
    { dateMs: 1_030_000 },
    { dateMs: 1_030_000 },
    [isStill(true), 'ready'],
  ]);
  // Even when nothing was shown before it failed as well; played to the live edge, the place is given up.
  expect(again(21_000)).toEqual({ dateMs: 1_030_000 });
  engine.behindS = 0;
  watch.look(3_000, 30_000);
  seek(31, 31);
  expect(again(40_000)).toBe(null);
  seek(60, 60);
  watch.note('paused');
  expect(again(41_000)).toEqual({ dateMs: 1_060_000 });
  watch.begin('b_2', true, 50_000);
  expect(watch.start()).toBe(null);
});

it('leaves alone what begins elsewhere than at the live edge', () => {
  const { watch, engine, taken } = watched();
  for (const atMs of [0, 20_000]) {
    watch.begin('b_1', false, atMs);
    watch.ready();
    for (const at of [5, 6]) {
      engine.at = at;
      watch.look(0, atMs + at);
    }
    engine.behindS = 60;
    watch.look(5_000, atMs + 9_000);
  }
  expect(taken()).toEqual(['ready', 'ready']);
});

it('puts nobody anywhere where the engine says nothing of what it aims for', () => {
  const { watch, engine, taken } = watched();
  engine.behindS = 9;
  engine.targetS = null;
  watch.begin('b_1', true, 0);
  watch.note('stalled');
  watch.look(9_000, 20_000);
  expect(taken()).toEqual([]);
  engine.targetS = 1;
  watch.look(9_000, 21_000);
  expect(taken()).toEqual(['go live']);
});
