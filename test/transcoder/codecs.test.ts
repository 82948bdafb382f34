import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { readInitSegment } from '../../origin/packager/init-segment.ts';
import { TrackReader } from '../../origin/packager/track-reader.ts';
import type { ExtraRungWish } from '../../origin/transcoder/extra-rungs.ts';
import { defaultLadderWish, type LadderPlan, planLadder } from '../../origin/transcoder/ladder.ts';
import { readMedia } from '../support/oracles.ts';
import { type FlvTag, makeClip, media, shift } from './flv-clip.ts';
import { ampleCapacity, sourceOf } from './sources.ts';
import type { ReceivedTrack, TrackReceiver } from './track-receiver.ts';
import { transcode } from './transcode.ts';

const hevc = { encoder: 'libx265', height: 180 };
const vp9 = { encoder: 'libvpx-vp9', height: 120 };
const av1 = { encoder: 'libsvtav1', height: 180 };

function planFor(extraRungs: readonly ExtraRungWish[], passthrough: boolean, frameRate = 30): LadderPlan {
  const source = sourceOf({ width: 320, height: 180, bitrate: 600_000, frameRate });
  const wish = { ...defaultLadderWish, passthrough, heights: [180, 120], extraRungs, opus: true };
  return planLadder(source, ampleCapacity, wish);
}

const samplesOf = (track: ReceivedTrack) => track.chunks.flatMap((chunk) => chunk.samples);
const keyframes = (track: ReceivedTrack) =>
  samplesOf(track).flatMap((sample) => (sample.sync ? [sample.presentationTicks] : []));
const starts = (track: ReceivedTrack) => track.chunks.map((chunk) => chunk.startTicks);
const presented = (track: ReceivedTrack) => samplesOf(track).map((sample) => sample.presentationTicks);

/** Every rung has the frames, the chunks and the keyframes of the first one. */
function expectAligned(receiver: TrackReceiver, plan: LadderPlan): ReceivedTrack {
  const [first, ...rest] = plan.video.map((rung) => receiver.track(rung.name));
  for (const track of rest) {
    expect(track.timescale).toBe(90_000);
    expect(presented(track)).toEqual(presented(first as ReceivedTrack));
    expect(keyframes(track)).toEqual(keyframes(first as ReceivedTrack));
    expect(starts(track)).toEqual(starts(first as ReceivedTrack));
  }
  return first as ReceivedTrack;
}

/** ffmpeg decodes what was pushed, and stops at the first error. */
async function expectDecodable(receiver: TrackReceiver, name: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-codecs-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'track.mp4');
  await writeFile(path, receiver.bytes(name));
  const options = ['-nostdin', '-loglevel', 'error', '-xerror', '-err_detect', 'explode', '-i', path];
  const { stderr } = await promisify(execFile)('ffmpeg', [...options, '-f', 'null', '-']);
  expect(stderr, name).toBe('');
}

/** The codec string that we read and the one that mp4box reads. */
function codecsOf(receiver: TrackReceiver, name: string): [string, string] {
  const bytes = receiver.bytes(name);
  let ours = '';
  const onInit = (init: ReturnType<typeof readInitSegment>) => {
    ours = init.codec;
  };
  new TrackReader({ onInit, onChunk: () => {} }).push(bytes);
  return [ours, readMedia([Uint8Array.from(bytes).buffer]).codec];
}

const seconds = 6.2;
const clips: Record<'even' | 'uneven', readonly FlvTag[]> = { even: [], uneven: [] };

beforeAll(async () => {
  clips.even = await makeClip({ seconds, video: { bFrames: 0, gopFrames: 60 } });
  clips.uneven = await makeClip({ seconds, video: { bFrames: 0, gopFrames: 47 } });
});

describe('rungs in other codecs', () => {
  test.each(['even', 'uneven'] as const)('HEVC and VP9 follow a passed-through source (%s)', async (clip) => {
    const tags = shift(clips[clip], 3_600_000);
    const plan = planFor([hevc, vp9], true);
    expect(plan.video.map((rung) => [rung.name, rung.mode])).toEqual([
      ['v180', 'copy'],
      ['v120', 'encode'],
      ['v180-hevc', 'encode'],
      ['v120-vp9', 'encode'],
    ]);
    const receiver = await transcode(tags, plan);
    const keys = media(tags, 'video').filter((tag) => tag.keyframe);
    const first = expectAligned(receiver, plan);
    expect(keyframes(first)).toEqual(keys.map((tag) => (tag.presentationMs + 10_000) * 90));
    for (const { name } of plan.video) await expectDecodable(receiver, name);
  });

  test.each([
    ['30', 30, 180_000],
    ['30000/1001', 29.97, 180_180],
  ] as const)('with AV1, which counts frames, all are encoded with fixed keyframes: %s fps', async (rate, fps, key) => {
    const tags = await makeClip({ seconds, video: { bFrames: 0, gopFrames: 47, rate } });
    const plan = planFor([hevc, vp9, av1], true, fps);
    expect(plan.video.map((rung) => rung.name)).toEqual(['v180', 'v120', 'v180-hevc', 'v120-vp9', 'v180-av1']);
    expect(plan.video.map((rung) => rung.mode)).not.toContain('copy');
    expect(plan.passthroughRefusal).toBeNull();
    const receiver = await transcode(tags, plan);
    const [start = 0, ...later] = keyframes(expectAligned(receiver, plan));
    expect(later.map((tick) => tick - start)).toEqual([key, 2 * key, 3 * key]);
    for (const { name } of plan.video) await expectDecodable(receiver, name);
  });

  test('the bitrate is about what was asked for, beside a passed-through source and on a frame grid', async () => {
    for (const plan of [planFor([hevc, vp9], true), planFor([hevc, vp9, av1], true)]) {
      const receiver = await transcode(clips.uneven, plan);
      for (const { name, bitrate } of plan.video.filter((rung) => rung.mode === 'encode')) {
        const bits = samplesOf(receiver.track(name)).reduce((sum, sample) => sum + 8 * sample.sizeBytes, 0);
        expect.soft(bits / seconds / bitrate, name).toBeGreaterThan(0.3);
        expect.soft(bits / seconds / bitrate, name).toBeLessThan(1.6);
      }
    }
  });

  test('their codec strings are those that mp4box reads', async () => {
    const plan = planFor([hevc, vp9, av1], true);
    const receiver = await transcode(clips.even, plan);
    const read = [...plan.video, plan.audio, plan.opus].map((one) => codecsOf(receiver, one?.name ?? ''));
    expect(read.map(([ours]) => ours)).toEqual([
      'avc1.64000d',
      'avc1.64000c',
      'hvc1.1.6.L60.90',
      'vp09.00.10.08.00.02.02.02.00',
      'av01.0.00M.08',
      'mp4a.40.2',
      'opus',
    ]);
    // mp4box leaves the optional end off the VP9 string, and names Opus by its sample entry.
    for (const [ours, theirs] of read) expect(ours.toLowerCase().startsWith(theirs.toLowerCase())).toBe(true);
  });
});

test('Opus begins with AAC, within its priming, in parts of exactly 200 ms', async () => {
  const tags = shift(clips.even, 3_600_000);
  const plan = planFor([], true);
  const receiver = await transcode(tags, plan);
  const firstMs = media(tags, 'audio')[0]?.presentationMs ?? Number.NaN;
  const [aac, opus] = [receiver.track('a1'), receiver.track('a1-opus')];
  // What a decoder throws away at the start: 1,024 samples of AAC, the 312 of Opus that dOps says.
  expect(aac.chunks[0]?.startTicks).toBe((firstMs + 10_000) * 48 - 1_024);
  expect(opus.chunks[0]?.startTicks).toBe((firstMs + 10_000) * 48 - 312);
  for (const [i, chunk] of opus.chunks.slice(0, -1).entries()) {
    expect(chunk.durationTicks).toBe(9_600);
    expect(opus.chunks[i + 1]?.startTicks).toBe(chunk.startTicks + 9_600);
  }
  await expectDecodable(receiver, 'a1-opus');
});
