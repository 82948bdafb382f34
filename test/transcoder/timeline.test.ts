import { beforeAll, describe, expect, test } from 'vitest';
import { defaultLadderWish, type LadderPlan, planLadder } from '../../origin/transcoder/ladder.ts';
import { type FlvTag, makeClip, media, retime, shift } from './flv-clip.ts';
import { ampleCapacity, sourceOf } from './sources.ts';
import type { ReceivedTrack } from './track-receiver.ts';
import { transcode } from './transcode.ts';

const hourMs = 3_600_000;
const small = { width: 320, height: 180, bitrate: 600_000 };

function planFor(tags: readonly FlvTag[], passthrough: boolean, frameRate = 30): LadderPlan {
  const hasVideo = media(tags, 'video').length > 0;
  const hasAudio = media(tags, 'audio').length > 0;
  const source = sourceOf(hasVideo ? { ...small, frameRate } : null, hasAudio ? 'usual' : null);
  return planLadder(source, ampleCapacity, { ...defaultLadderWish, passthrough, heights: [180, 120, 90] });
}

const samplesOf = (track: ReceivedTrack) => track.chunks.flatMap((chunk) => chunk.samples);
const presented = (track: ReceivedTrack) =>
  samplesOf(track)
    .map((sample) => sample.presentationTicks)
    .sort((a, b) => a - b);
const keyframes = (track: ReceivedTrack) =>
  samplesOf(track)
    .filter((sample) => sample.sync)
    .map((sample) => sample.presentationTicks);
const ticks90k = (ms: number) => (ms + 10_000) * 90;
const byNumber = (a: number, b: number) => a - b;

function expectAudioOnTime(track: ReceivedTrack, tags: readonly FlvTag[]): void {
  const first = media(tags, 'audio')[0]?.presentationMs ?? Number.NaN;
  expect(track.timescale).toBe(48_000);
  expect(track.chunks[0]?.startTicks).toBe((first + 10_000) * 48 - 1_024);
  expectUnbroken(track);
  for (const chunk of track.chunks.slice(0, -1)) expect(chunk.durationTicks).toBe(10_240);
}

function expectUnbroken(track: ReceivedTrack): void {
  for (const [i, chunk] of track.chunks.slice(1).entries()) {
    const before = track.chunks[i];
    expect(chunk.startTicks).toBe((before?.startTicks ?? 0) + (before?.durationTicks ?? 0));
  }
}

function expectPartsWithin(track: ReceivedTrack, plan: LadderPlan): void {
  for (const chunk of track.chunks) {
    expect((chunk.durationTicks * 1_000) / track.timescale).toBeLessThanOrEqual(plan.partTargetMs);
  }
}

const clips: Record<'plain' | 'bframes', readonly FlvTag[]> = { plain: [], bframes: [] };

beforeAll(async () => {
  clips.plain = await makeClip({ video: { bFrames: 0, gopFrames: 30 } });
  clips.bframes = await makeClip({ video: { bFrames: 3, gopFrames: 30 } });
  const times = media(clips.bframes, 'video').map((tag) => tag.presentationMs);
  expect(times, 'the clip has B-frames').not.toEqual([...times].sort(byNumber));
});

describe.each([
  { clip: 'plain', startMs: 0 },
  { clip: 'plain', startMs: hourMs },
  { clip: 'bframes', startMs: 0 },
  { clip: 'bframes', startMs: hourMs },
] as const)('a source ($clip) that begins at $startMs ms', ({ clip, startMs }) => {
  test('passed through: every frame of every rung is at 10 s + its FLV time, and all keyframes agree', async () => {
    const tags = shift(clips[clip], startMs);
    const plan = planFor(tags, true);
    expect(plan.video.map((rung) => [rung.name, rung.mode])).toEqual([
      ['v180', 'copy'],
      ['v120', 'encode'],
      ['v90', 'encode'],
    ]);
    const receiver = await transcode(tags, plan);
    const video = media(tags, 'video');
    const times = video.map((tag) => ticks90k(tag.presentationMs)).sort(byNumber);
    const keys = video.filter((tag) => tag.keyframe).map((tag) => ticks90k(tag.presentationMs));
    expect(keys.length).toBe(5);
    const starts = receiver.track('v180').chunks.map((chunk) => chunk.startTicks);
    for (const { name } of plan.video) {
      const track = receiver.track(name);
      expect(track.timescale).toBe(90_000);
      expect(presented(track)).toEqual(times);
      expect(keyframes(track)).toEqual(keys);
      expect(track.chunks.map((chunk) => chunk.startTicks)).toEqual(starts);
      expect(track.chunks[0]?.startTicks).toBe(times[0]);
      expectUnbroken(track);
      expectPartsWithin(track, plan);
    }
    expectAudioOnTime(receiver.track('a1'), tags);
  });

  test('encoded: frames are on a grid next to their FLV times, the same in every rung, keyframes every 2 s', async () => {
    const tags = shift(clips[clip], startMs);
    const plan = planFor(tags, false);
    expect(plan.video.map((rung) => rung.mode)).toEqual(['encode', 'encode', 'encode']);
    const receiver = await transcode(tags, plan);
    const times = media(tags, 'video').map((tag) => ticks90k(tag.presentationMs));
    const first = Math.round((Math.min(...times) - 900_000) / 3_000) * 3_000 + 900_000;
    const grid = times.map((_, i) => first + i * 3_000);
    for (const { name } of plan.video) {
      const track = receiver.track(name);
      expect(presented(track)).toEqual(grid);
      expect(keyframes(track)).toEqual([first, first + 180_000, first + 360_000]);
      expectUnbroken(track);
      expectPartsWithin(track, plan);
    }
    expectAudioOnTime(receiver.track('a1'), tags);
  });
});

test('a source between two points of the frame grid keeps every frame once', async () => {
  // 17, 50, 83, 117 ms …: rounding to the grid alone would drop one frame in three and double another.
  const frames = media(clips.plain, 'video');
  const moved = new Map(frames.map((tag, i) => [tag, retime(tag, Math.round((i * 1_000) / 30 + 16.667))]));
  const tags = clips.plain.filter((tag) => tag.kind === 'video').map((tag) => moved.get(tag) ?? tag);
  const receiver = await transcode(tags, planFor(tags, false));
  const sizes = samplesOf(receiver.track('v180')).map((sample) => sample.sizeBytes);
  expect(sizes.length).toBe(frames.length);
  // The picture always moves, so a frame that costs next to nothing is a copy of the one before.
  expect(Math.min(...sizes)).toBeGreaterThan(200);
});

test('a source whose times are off by a millisecond still gives parts of equally many frames', async () => {
  const frames = media(clips.plain, 'video');
  // Six frames from each early one to the next part take 199 ms, which a limit of 200 ms would stretch to seven.
  const late = (i: number) => Math.round((i * 1_000) / 30) + (i % 12 === 0 ? 1 : 0);
  const moved = new Map(frames.map((tag, i) => [tag, retime(tag, late(i))]));
  const tags = clips.plain.filter((tag) => tag.kind === 'video').map((tag) => moved.get(tag) ?? tag);
  const plan = planFor(tags, true);
  const receiver = await transcode(tags, plan);
  for (const { name } of plan.video) {
    const { chunks } = receiver.track(name);
    expect(chunks.map((chunk) => chunk.samples.length)).toEqual(Array(chunks.length).fill(6));
    expectPartsWithin(receiver.track(name), plan);
  }
});

test('29.97 fps: parts and keyframes stay whole frames', async () => {
  const tags = await makeClip({ video: { bFrames: 0, gopFrames: 60, rate: '30000/1001' }, audio: null });
  const plan = planFor(tags, false, 29.97);
  const receiver = await transcode(tags, plan);
  const track = receiver.track('v180');
  expect(plan.partTargetMs).toBe(201);
  expect(track.chunks.slice(0, 20).map((chunk) => chunk.samples.length)).toEqual(Array(20).fill(6));
  const [first = 0, ...rest] = keyframes(track);
  expect(rest.map((key) => key - first)).toEqual([180_180, 360_360]);
});

test('only audio', async () => {
  const tags = shift(await makeClip({ seconds: 2, video: null }), hourMs);
  const plan = planFor(tags, true);
  const receiver = await transcode(tags, plan);
  expect(receiver.names).toEqual(['a1']);
  expectAudioOnTime(receiver.track('a1'), tags);
  expectPartsWithin(receiver.track('a1'), plan);
});

test('44.1 kHz audio comes out unbroken at 48 kHz', async () => {
  const tags = await makeClip({ seconds: 2, video: null, audio: { sampleRate: 44_100 } });
  const receiver = await transcode(tags, planFor(tags, true));
  expectAudioOnTime(receiver.track('a1'), tags);
});

test('a hole in the audio is filled, so that what follows is on time', async () => {
  const clip = await makeClip({ seconds: 3, video: null });
  const late = clip.map((tag) => (tag.timestampMs > 1_000 ? retime(tag, tag.timestampMs + 600) : tag));
  const receiver = await transcode(late, planFor(late, true));
  const track = receiver.track('a1');
  expectAudioOnTime(track, late);
  const endMs = ((samplesOf(track).at(-1)?.presentationTicks ?? 0) * 1_000) / 48_000 - 10_000;
  const sourceEndMs = media(late, 'audio').at(-1)?.presentationMs ?? 0;
  expect(Math.abs(endMs - sourceEndMs)).toBeLessThan(60);
});

test('only video', async () => {
  const tags = await makeClip({ seconds: 2, audio: null });
  const receiver = await transcode(tags, planFor(tags, true));
  expect([...receiver.names].sort()).toEqual(['v120', 'v180', 'v90']);
});
