import { expect, it } from 'vitest';
import type { PlannedRendition, TrackSink } from '../../origin/packager/packager.ts';
import { chunk, initSegment } from '../support/fmp4.ts';
import { createLiveWindow } from '../support/live-window.ts';

const rung = (name: string): PlannedRendition => {
  return { name, kind: 'video', frameRate: 30, bitrate: 700_000, passthrough: false };
};
const sound = (name: string): PlannedRendition => {
  return { name, kind: 'audio', frameRate: 0, bitrate: 96_000, passthrough: false };
};

/** Two seconds and a part of every rendition; Opus begins its 312 samples of pre-skip early. */
function packaged() {
  const { packager, window } = createLiveWindow();
  const renditions = [rung('v360'), sound('a1'), sound('a1-opus')];
  const run = packager.beginRun({ renditions, keyframes: 2_000, gopMs: 2_000, partTargetMs: 200, anchorMs: 0 });
  const sinks = renditions.map(({ name }) => packager.openTrack(run, name) as TrackSink);
  const [video, aac, opus] = sinks;
  for (const [i, kind] of (['video', 'audio', 'opus'] as const).entries()) sinks[i]?.data(initSegment(kind));
  for (let part = 0; part < 21; part++) {
    const at = (scale: number) => (10 + part / 5) * scale;
    const independent = part % 10 === 0;
    video?.data(chunk({ startTicks: at(90_000), durationsTicks: Array(6).fill(3_000), independent }));
    const aacTicks = 480_000 - 1_024 + part * 10_240;
    aac?.data(chunk({ startTicks: aacTicks, durationsTicks: Array(10).fill(1_024), independent: true }));
    const opusTicks = at(48_000) - 312;
    opus?.data(chunk({ startTicks: opusTicks, durationsTicks: Array(10).fill(960), independent: true }));
  }
  return { packager, window };
}

it('Opus has parts of 0.2 s and segments of the same numbers as the picture', () => {
  const { packager } = packaged();
  const timelines = ['v360', 'a1-opus'].map((name) => packager.tracks.get(name)?.timeline);
  expect(timelines.map((timeline) => timeline?.partTargetS)).toEqual([0.2, 0.2]);
  expect(timelines.map((timeline) => timeline?.segments.map((one) => one.msn))).toEqual([
    [0, 1],
    [0, 1],
  ]);
  expect(timelines[1]?.segments.map((one) => one.durationTicks)).toEqual([96_000, 96_000]);
  expect(packager.tracks.get('a1')?.timeline.partTargetS).toBe(0.21334);
});

it('Opus is offered in DASH alone', () => {
  const { window } = packaged();
  expect(window.multivariant()).toMatch(/URI="a1\/index\.m3u8"/);
  expect(window.multivariant()).not.toContain('opus');
  expect(window.playlist('v360', false)?.text).toContain('RENDITION-REPORT:URI="../a1/index.m3u8"');
  expect(window.playlist('v360', false)?.text).not.toContain('opus');
  expect(window.mpd(0)).toMatch(/<Representation id="a1" [\s\S]*<Representation id="a1-opus" codecs="opus"/);
});
