import { expect, it } from 'vitest';
import type { RunPlan, TrackSink } from '../../origin/packager/packager.ts';
import { chunk, initSegment } from '../support/fmp4.ts';
import { createLiveWindow } from '../support/live-window.ts';

const plan: RunPlan = {
  renditions: [
    { name: 'v720', kind: 'video', frameRate: 30, bitrate: 2_500_000, passthrough: true },
    { name: 'v360', kind: 'video', frameRate: 30, bitrate: 700_000, passthrough: false },
    { name: 'a1', kind: 'audio', frameRate: 0, bitrate: 128_000, passthrough: false },
  ],
  keyframes: 'source',
  gopMs: 2_000,
  partTargetMs: 201,
  anchorMs: Date.UTC(2026, 10, 21, 12, 0, 0),
};

it('begins another period after a hole in one rendition, which stays what it is when the hole has left the window', () => {
  const { packager, window } = createLiveWindow({ stores: true, dvrWindowS: 30 });
  const run = packager.beginRun({ ...plan, keyframes: 2_000, renditions: plan.renditions.slice(1) });
  const [video, audio] = ['v360', 'a1'].map((name) => packager.openTrack(run, name) as TrackSink);
  video?.data(initSegment('video'));
  audio?.data(initSegment('audio'));
  const part = (atMs: number, sound: boolean) => {
    const durationsTicks = Array(6).fill(3_000);
    video?.data(chunk({ startTicks: 900_000 + atMs * 90, durationsTicks, independent: atMs % 2_000 === 0 }));
    const samples = { startTicks: 480_000 + atMs * 48, durationsTicks: Array(10).fill(960), independent: true };
    if (sound) audio?.data(chunk(samples));
  };
  const periods = () => {
    const text = window.mpd(plan.anchorMs) ?? '';
    return text
      .split('<Period ')
      .slice(1)
      .map((one) => [
        ...(one.match(/id="([^"]*)" start="([^"]*)"/)?.slice(1) ?? []),
        ...[...one.matchAll(/Representation id="(\w+)"[\s\S]*?startNumber="(\d+)"/g)].map((m) => `${m[1]}:${m[2]}`),
      ]);
  };
  for (let ms = 0; ms < 2_000; ms += 200) part(ms, true);
  for (let ms = 2_000; ms < 6_000; ms += 200) part(ms, false);
  for (let ms = 6_000; ms < 8_000; ms += 200) part(ms, true);
  expect(periods()).toEqual([
    ['p0', 'PT0S', 'v360:0', 'a1:0'],
    ['p0.3', 'PT6S', 'v360:3', 'a1:3'],
  ]);
  for (let ms = 8_000; ms < 60_000; ms += 200) part(ms, true);
  expect(periods()).toEqual([['p0.3', 'PT6S', 'v360:15', 'a1:15']]);
});

it('names the codec that each run had: every one in HLS, its own in each period of an MPD', () => {
  const { packager, window } = createLiveWindow();
  const one = { ...plan, renditions: plan.renditions.slice(0, 1) };
  const make = (startMs: number, profile: number) => {
    const run = packager.beginRun(one);
    packager.keyframe(startMs);
    const init = initSegment('video');
    init.writeUInt8(profile, init.indexOf('avcC') + 5);
    const sink = packager.openTrack(run, 'v720') as TrackSink;
    sink.data(init);
    for (let ms = startMs; ms < startMs + 2_200; ms += 200) {
      packager.keyframe(startMs + 2_000);
      const independent = (ms - startMs) % 2_000 === 0;
      sink.data(chunk({ startTicks: 900_000 + ms * 90, durationsTicks: Array(6).fill(3_000), independent }));
    }
  };
  make(0, 0x4d);
  make(10_000, 0x42);
  expect(window.multivariant()).toContain('CODECS="avc1.42001f,avc1.4d001f"');
  expect([...(window.mpd(0) ?? '').matchAll(/codecs="([^"]*)"/g)].map(([, codec]) => codec)).toEqual([
    'avc1.4d001f',
    'avc1.42001f',
  ]);
});
