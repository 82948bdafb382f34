import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { transcoderLimits } from '#shared/limits/transcoder.ts';
import { isRenditionName } from '#shared/model/id.ts';
import { plannedRenditions } from '../../origin/broadcast/source-plan.ts';
import { codecOf, extraEncoderNames, h264EncoderNames } from '../../origin/config/encoder-names.ts';
import { transcodeOutputs } from '../../origin/transcoder/arguments.ts';
import { argumentsOf, buildCommand } from '../../origin/transcoder/command.ts';
import { budget } from '../../origin/transcoder/cost.ts';
import { videoEncoders } from '../../origin/transcoder/encoders.ts';
import { defaultLadderWish, type LadderPlan, type LadderWish, planLadder } from '../../origin/transcoder/ladder.ts';
import { ampleCapacity, sourceOf } from './sources.ts';

const hd = sourceOf({ width: 1_280, height: 720, bitrate: 4_000_000 });
const vp9 = { encoder: 'libvpx-vp9', height: 480 };
const hevc = { encoder: 'libx265', height: 720 };
const av1 = { encoder: 'libsvtav1', height: 360 };

const wishing = (wish: Partial<LadderWish>) => ({ ...defaultLadderWish, ...wish });
const planOf = (wish: Partial<LadderWish>, capacity = ampleCapacity) => planLadder(hd, capacity, wishing(wish));
const names = (plan: LadderPlan) => plan.video.map((rung) => (rung.mode === 'copy' ? `${rung.name}*` : rung.name));
const line = (plan: LadderPlan) =>
  argumentsOf(
    buildCommand(
      'ffmpeg',
      transcodeOutputs(plan, (name) => `http://127.0.0.1:9/s/${name}`),
    ),
  ).join(' ');
const megapixels = (count: number) => ({ pixelsPerSecond: count * 1e6, inUse: 0 });

test('the configuration knows the encoders that there are settings for, and each its codec', () => {
  expect([...h264EncoderNames, ...extraEncoderNames].sort()).toEqual(Object.keys(videoEncoders).sort());
  for (const name of h264EncoderNames) expect(videoEncoders[name].family).toBe('h264');
  for (const name of extraEncoderNames) expect(videoEncoders[name].family).toBe(codecOf(name));
});

describe('rungs in other codecs', () => {
  test('stand beside the ordinary ladder, which stays as it is', () => {
    expect(names(planOf({}))).toEqual(['v720*', 'v480', 'v360']);
    const plan = planOf({ extraRungs: [hevc, vp9] });
    expect(names(plan)).toEqual(['v720*', 'v480', 'v360', 'v720-hevc', 'v480-vp9']);
    expect(plan.keyframes).toBe('source');
    expect(line(plan)).toMatch(/-force_key_frames source -g 9999 -x265-params \S*:repeat-headers=0:\S*:fps=30 /);
    expect(plan.video.at(-1)).toEqual({
      ...{ name: 'v480-vp9', mode: 'encode', width: 854, height: 480, frameRate: 30, bitrate: 1_080_000 },
      encoder: 'libvpx-vp9',
    });
    expect(plan.video.every((rung) => isRenditionName(rung.name))).toBe(true);
  });

  test('SVT-AV1 cannot follow a source: nothing is passed through', () => {
    const plan = planOf({ extraRungs: [vp9, av1] });
    expect(names(plan)).toEqual(['v720', 'v480', 'v360', 'v480-vp9', 'v360-av1']);
    expect([plan.keyframes, plan.passthroughRefusal]).toEqual([2_000, null]);
    const given = line(plan);
    expect(given).toMatch(/-map \[v360-av1\] -c:v libsvtav1 \S.* -g 60 -video_track/);
    expect(given.match(/-force_key_frames/g)).toHaveLength(plan.video.length - 1);
  });

  test('only those that the source has the pixels for, and each once', () => {
    const tall = { encoder: 'libx265', height: 1_080 };
    const twin = { encoder: 'hevc_nvenc', height: 720 };
    expect(names(planOf({ extraRungs: [tall, hevc, twin] }))).toEqual(['v720*', 'v480', 'v360', 'v720-hevc']);
  });

  test('never more renditions than a broadcast may have', () => {
    const extraRungs = [hevc, vp9, av1, { encoder: 'libsvtav1', height: 480 }];
    const plan = planOf({ extraRungs, opus: true, encodeRungsMax: 8, heights: [720, 640, 480, 360, 240, 160, 120] });
    expect(plan.video.length + 2).toBe(transcoderLimits.renditionsMax);
    expect(names(plan).slice(-4)).toEqual(['v720-hevc', 'v480-vp9', 'v360-av1', 'v480-av1']);
  });

  test.each([
    [1_000, ['v720*', 'v480', 'v360', 'v720-hevc', 'v480-vp9']],
    [260, ['v720*', 'v360', 'v720-hevc', 'v480-vp9']],
    [220, ['v720*', 'v360', 'v720-hevc']],
    [100, ['v720*', 'v480', 'v360']],
    [10, ['v720*']],
  ])('on a machine of %d Mpx/s', (count, expected) => {
    expect(names(planOf({ extraRungs: [hevc, vp9] }, megapixels(count)))).toEqual(expected);
  });

  test('a rung that would lower the top of the ordinary ladder, or leave nothing below the source, is left out', () => {
    const encoded = planLadder(
      sourceOf({ ...hd.video, gopMs: null }),
      megapixels(220),
      wishing({ extraRungs: [hevc] }),
    );
    expect(names(encoded)).toEqual(['v720', 'v480', 'v360']);
    expect(names(planOf({ extraRungs: [vp9] }, megapixels(60)))).toEqual(['v720*', 'v360']);
  });

  test('a rung that would cost viewers the passed-through picture is left out', () => {
    const small = megapixels(60);
    expect(names(planOf({ extraRungs: [av1] }, small))).toEqual(names(planOf({}, small)));
  });
});

test('for any machine and wish: the plan fits, the ordinary ladder keeps its top, names are unique', () => {
  const extra = fc.record({
    encoder: fc.constantFrom(...extraEncoderNames),
    height: fc.integer({ min: 32, max: 1_080 }).map((half) => half * 2),
  });
  const wishes = fc.record({
    passthrough: fc.boolean(),
    encodeRungsMax: fc.integer({ min: 0, max: 8 }),
    extraRungs: fc.array(extra, { maxLength: 6 }),
    opus: fc.boolean(),
  });
  const machines = fc.record({
    pixelsPerSecond: fc.integer({ min: 0, max: 3e9 }),
    inUse: fc.integer({ min: 0, max: 1e9 }),
  });
  const sources = fc.record({
    width: fc.integer({ min: 64, max: 8_192 }),
    height: fc.integer({ min: 64, max: 8_192 }),
    gopMs: fc.constantFrom(null, 2_000, 9_000),
  });
  fc.assert(
    fc.property(sources, machines, wishes, (video, machine, asked) => {
      const source = sourceOf(video);
      const plan = planLadder(source, machine, wishing(asked));
      const ordinary = planLadder(source, machine, wishing({ ...asked, extraRungs: [] }));
      const extras = plan.video.filter((rung) => rung.name.includes('-'));
      expect(plan.video.length + 1 + (asked.opus ? 1 : 0)).toBeLessThanOrEqual(transcoderLimits.renditionsMax);
      expect(extras.length).toBeLessThanOrEqual(transcoderLimits.extraRungsMax);
      expect(new Set(names(plan)).size).toBe(plan.video.length);
      expect(plan.video.every((rung) => isRenditionName(rung.name))).toBe(true);
      expect(plan.video[0]?.height).toBe(ordinary.video[0]?.height);
      expect(plan.video.slice(plan.video.length - extras.length)).toEqual(extras);
      if (extras.length === 0) expect(plan).toEqual(ordinary);
      else expect(plan.cost).toBeLessThanOrEqual(budget(machine) + 1);
    }),
    { numRuns: 400 },
  );
});

test('Opus stands beside AAC, also when there is only sound', () => {
  const plan = planOf({ opus: true });
  expect(plan.opus).toMatchObject({ name: 'a1-opus', encoder: 'libopus', channels: 2, bitrate: 96_000 });
  expect(plannedRenditions(plan).slice(-2)).toMatchObject([
    { name: 'a1', kind: 'audio' },
    { name: 'a1-opus', kind: 'audio' },
  ]);
  const alone = planLadder(sourceOf(null), ampleCapacity, wishing({ opus: true }));
  expect([alone.video, alone.audio?.name, alone.opus?.name]).toEqual([[], 'a1', 'a1-opus']);
  expect(planLadder(sourceOf({}, null), ampleCapacity, wishing({ opus: true })).opus).toBeNull();
});

describe('hardware encoders', () => {
  test.each(['h264_nvenc', 'h264_qsv', 'h264_videotoolbox'])('%s makes the ordinary rungs', (encoder) => {
    const given = line(planOf({ encoder }));
    expect(given).not.toContain('libx264');
    expect(given).not.toContain('-x264-params');
    expect(given.match(new RegExp(`-c:v ${encoder} `, 'g'))).toHaveLength(2);
  });

  test('VAAPI gets pictures that lie on its device, which is opened once', () => {
    const given = line(planOf({ encoder: 'h264_vaapi', extraRungs: [{ encoder: 'hevc_vaapi', height: 480 }] }));
    expect(given).toMatch(/^-init_hw_device vaapi=hw -filter_hw_device hw -hide_banner/);
    expect(given.match(/-init_hw_device/g)).toHaveLength(1);
    expect(given).toContain('[v480-hevc-in]scale=854:480,format=nv12,hwupload[v480-hevc]');
    expect(given).toMatch(/-c:v hevc_vaapi .*-tag:v hvc1/);
  });
});
