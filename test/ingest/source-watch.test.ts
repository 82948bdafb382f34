import { expect, test } from 'vitest';
import type { SourceDescription } from '#shared/model/source.ts';
import type { FlvTag } from '../../origin/ingest/flv.ts';
import { createWatch, type WatchEvent, watchBreak, watchTag } from '../../origin/ingest/source-watch.ts';
import { captionNal, withNal } from '../support/captions.ts';

const source: SourceDescription = {
  video: {
    codec: 'h264',
    codecString: 'avc1.42c00d',
    width: 320,
    height: 180,
    frameRate: 25,
    frameRateConstant: true,
    gopMs: 2_000,
    hasBFrames: false,
    openGop: false,
    interlaced: false,
    captions: [],
    bitrate: 1_000_000,
  },
  audio: null,
  encoder: '',
};

function tag(type: FlvTag['type'], timestampMs: number, hex: string): FlvTag {
  return { type, timestampMs, arrivalMs: 0, body: Buffer.from(hex, 'hex') };
}

const keyframe = (ms: number): FlvTag => tag('video', ms, '17010000280000');
const pictureAt = (ms: number): FlvTag => tag('video', ms, '27010000000000');

function watch(tags: readonly FlvTag[], described = source): WatchEvent[] {
  let state = createWatch(described);
  return tags.flatMap((next) => {
    const watched = watchTag(state, next);
    state = watched.state;
    return watched.events;
  });
}

test('each keyframe is told with its time of presentation', () => {
  expect(watch([keyframe(0), pictureAt(40), keyframe(2_000)])).toEqual([
    { kind: 'keyframe', ptsMs: 40 },
    { kind: 'keyframe', ptsMs: 2_040 },
  ]);
});

test('a keyframe distance other than the probed one is told once, and the way back too', () => {
  const gops = watch([0, 2_100, 5_100, 8_100, 10_100].map(keyframe)).filter((event) => event.kind === 'gop');
  expect(gops).toEqual([
    { kind: 'gop', gopMs: 3_000 },
    { kind: 'gop', gopMs: 2_000 },
  ]);
});

test('a keyframe that does not come is told once, before it comes', () => {
  const tags = [keyframe(0), ...Array.from({ length: 200 }, (_, i) => pictureAt(i * 40 + 40)), keyframe(9_000)];
  expect(watch(tags).filter((event) => event.kind === 'gop')).toEqual([
    { kind: 'gop', gopMs: 4_040 },
    { kind: 'gop', gopMs: 9_000 },
  ]);
});

test('a hole between keyframes is no distance of the encoder’s, and what follows it no way back', () => {
  let state = createWatch(source);
  const told: WatchEvent[] = [];
  const take = (ms: number) => {
    const watched = watchTag(state, keyframe(ms));
    state = watched.state;
    told.push(...watched.events.filter((event) => event.kind === 'gop'));
  };
  for (const ms of [0, 2_000]) take(ms);
  state = watchBreak(state);
  for (const ms of [7_000, 9_000, 11_000]) take(ms);
  expect(told).toEqual([]);
  take(14_000);
  expect(told).toEqual([{ kind: 'gop', gopMs: 3_000 }]);
});

test('a long distance that was probed is no news', () => {
  const described = { ...source, video: source.video && { ...source.video, gopMs: 8_000 } };
  const tags = [keyframe(0), ...Array.from({ length: 199 }, (_, i) => pictureAt(i * 40 + 40)), keyframe(8_000)];
  expect(watch(tags, described).filter((event) => event.kind === 'gop')).toEqual([]);
});

test('a distance that the probe never saw is told at its first sight', () => {
  const described = { ...source, video: source.video && { ...source.video, gopMs: null } };
  const gops = watch([0, 5_000, 10_000].map(keyframe), described).filter((event) => event.kind === 'gop');
  expect(gops).toEqual([{ kind: 'gop', gopMs: 5_000 }]);
});

test('a decoder configuration is news when it is another one, or of a track that was not there', () => {
  const events = watch([
    tag('video', 0, '17000000000142c00d'),
    tag('video', 40, '17000000000142c00d'),
    tag('video', 80, '170000000001640028'),
    tag('audio', 80, 'af001190'),
    tag('audio', 90, 'af001190'),
    tag('script', 90, '00'),
  ]);
  expect(events).toEqual([
    { kind: 'config_changed', track: 'video' },
    { kind: 'config_changed', track: 'audio' },
  ]);
});

test('captions that begin are told once for each channel', () => {
  const spoken = (ms: number, pair: readonly [number, number]) => {
    const { body, ...rest } = pictureAt(ms);
    return { ...rest, body: withNal(body, captionNal(pair)) };
  };
  const tags = [keyframe(0), spoken(40, [0x1c, 0x25]), spoken(80, [0x1c, 0x25]), spoken(120, [0x14, 0x20])];
  const told = (described: SourceDescription) => watch(tags, described).filter((event) => event.kind === 'captions');
  expect(told(source)).toEqual([
    { kind: 'captions', channels: ['CC2'] },
    { kind: 'captions', channels: ['CC1', 'CC2'] },
  ]);
  const described = source.video
    ? { ...source, video: { ...source.video, captions: ['CC1', 'CC2'] as const } }
    : source;
  expect(told(described)).toEqual([]);
});
