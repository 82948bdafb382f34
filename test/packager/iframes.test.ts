import { describe, expect, it } from 'vitest';
import { measureIframes } from '#shared/model/iframe-bandwidth.ts';
import type { RenditionTimeline } from '#shared/model/timeline.ts';
import type { Packager, RunPlan, TrackSink } from '../../origin/packager/packager.ts';
import { chunk, initSegment } from '../support/fmp4.ts';
import { createLiveWindow } from '../support/live-window.ts';

const plan: RunPlan = {
  renditions: [
    { name: 'v360', kind: 'video', frameRate: 30, bitrate: 700_000, passthrough: false },
    { name: 'a1', kind: 'audio', frameRate: 0, bitrate: 128_000, passthrough: false },
  ],
  keyframes: 2_000,
  gopMs: 2_000,
  partTargetMs: 200,
  anchorMs: Date.UTC(2026, 10, 21, 12, 0, 0),
};

/** Segments of ten parts; `independent` tells which of them begin with a key frame. */
function package_(independent: readonly boolean[]) {
  const { packager, window } = createLiveWindow();
  const run = packager.beginRun(plan);
  const video = packager.openTrack(run, 'v360') as TrackSink;
  const audio = packager.openTrack(run, 'a1') as TrackSink;
  video.data(initSegment('video'));
  audio.data(initSegment('audio'));
  audio.data(chunk({ startTicks: 480_000, durationsTicks: Array(9).fill(1_024), independent: true }));
  for (const [index, begins] of independent.entries()) {
    for (let part = 0; part < 10; part++) {
      const startTicks = 900_000 + (10 * index + part) * 18_000;
      const head = part === 0 && begins;
      video.data(chunk({ startTicks, durationsTicks: Array(6).fill(3_000), independent: head, sampleBytes: 500 }));
    }
  }
  return { packager, window };
}

const timelineOf = (packager: Packager) => packager.tracks.get('v360')?.timeline as RenditionTimeline;

describe('I-frames', () => {
  it('are found in the first chunk of a segment: its bytes up to the end of the first sample', () => {
    const { packager, window } = package_([true, false, true]);
    const { segments } = timelineOf(packager);
    const first = chunk({
      startTicks: 900_000,
      durationsTicks: Array(6).fill(3_000),
      independent: true,
      sampleBytes: 500,
    });
    const keyframeBytes = first.length - 5 * 500;
    expect(segments.map((one) => one.keyframeBytes)).toEqual([keyframeBytes, 0, keyframeBytes]);
    const text = window.iframePlaylist('v360') ?? '';
    expect(text.match(/#EXT-X-BYTERANGE:.*|#EXT-X-GAP/g)).toEqual([
      `#EXT-X-BYTERANGE:${keyframeBytes}@0`,
      '#EXT-X-GAP',
      `#EXT-X-BYTERANGE:${keyframeBytes}@0`,
    ]);
  });

  it('are there for pictures only, and only once a segment is complete', () => {
    const { window } = package_([]);
    expect(window.iframePlaylist('a1')).toBe('absent');
    expect(window.iframePlaylist('v999')).toBe('absent');
    expect(window.iframePlaylist('v360')).toBeNull();
  });

  it('are declared with what they need over the distance between them', () => {
    const { packager, window } = package_([true, true]);
    const timeline = timelineOf(packager);
    const bits = (8 * (timeline.segments[0]?.keyframeBytes ?? 0)) / 2;
    expect(measureIframes(timeline)).toEqual({ peak: Math.round(bits * 1.25), average: Math.round(bits) });
    expect(window.multivariant()).toContain(`#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=${Math.round(bits * 1.25)},`);
  });

  it('are declared from the first part on, and never where no segment begins with one', () => {
    const open = { ...timelineOf(package_([true]).packager) };
    const [only] = open.segments;
    expect(measureIframes({ ...open, segments: [], open: only ?? null })?.average).toBeGreaterThan(0);
    expect(measureIframes(timelineOf(package_([false, false]).packager))).toBeNull();
  });
});
