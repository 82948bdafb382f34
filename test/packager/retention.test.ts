import { expect, it } from 'vitest';
import type { RunPlan, TrackSink } from '../../origin/packager/packager.ts';
import { retain } from '../../origin/packager/retention.ts';
import { chunk, initSegment } from '../support/fmp4.ts';
import { createLiveWindow } from '../support/live-window.ts';

const partMs = 200;
const partsPerSegment = 10;

/** A picture of many segments, and its window. */
function play(segments: number, stores: boolean) {
  const live = createLiveWindow({ stores });
  const plan: RunPlan = {
    renditions: [{ name: 'v720', kind: 'video', frameRate: 30, bitrate: 2_500_000, passthrough: true }],
    ...{ keyframes: 'source', gopMs: 2_000, partTargetMs: 201, anchorMs: Date.UTC(2026, 10, 21, 12) },
  };
  const sink = live.packager.openTrack(live.packager.beginRun(plan), 'v720') as TrackSink;
  sink.data(initSegment('video'));
  live.packager.keyframe(0);
  for (let part = 0; part < segments * partsPerSegment; part++) {
    const independent = part % partsPerSegment === 0;
    if (independent) live.packager.keyframe((part + partsPerSegment) * partMs);
    sink.data(chunk({ startTicks: 900_000 + part * partMs * 90, durationsTicks: Array(6).fill(3_000), independent }));
  }
  const tracks = [...live.packager.tracks.values()];
  const sizeBytes = () => tracks.reduce((sum, track) => sum + track.media.sizeBytes, 0);
  const listed = () => tracks[0]?.timeline.segments.length ?? 0;
  return { tracks, sizeBytes, listed };
}

it('holds a bounded number of segments in memory when nothing stores them', () => {
  const few = play(70, false);
  const many = play(140, false);
  expect(many.sizeBytes()).toBe(few.sizeBytes());
});

it.each([
  [false, 'lists less where nothing is stored'],
  [true, 'lists all that is stored'],
])('keeps a broadcast below its bytes in memory (stored: %s): %s', (stores) => {
  const { tracks, sizeBytes, listed } = play(70, stores);
  const before = { bytes: sizeBytes(), listed: listed() };
  const bytesMax = Math.floor(before.bytes / 2);
  retain(tracks, 7_200, bytesMax);
  expect(sizeBytes()).toBeLessThanOrEqual(bytesMax);
  if (stores) expect(listed()).toBe(before.listed);
  else expect(listed()).toBeLessThan(before.listed);
});

it('leaves a playlist long enough to play, whatever its bytes', () => {
  const { tracks, listed } = play(70, false);
  retain(tracks, 7_200, 1);
  expect(listed()).toBe(3);
});
