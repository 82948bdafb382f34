import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { transcoderLimits } from '#shared/limits/transcoder.ts';
import { isRenditionName } from '#shared/model/id.ts';
import { fits } from '../../origin/transcoder/capacity.ts';
import { budget } from '../../origin/transcoder/cost.ts';
import { defaultLadderWish, LadderError, type LadderPlan, planLadder } from '../../origin/transcoder/ladder.ts';
import { bitrateAt } from '../../origin/transcoder/rungs.ts';
import { ampleCapacity, sourceOf } from './sources.ts';

const wish = defaultLadderWish;
const names = (plan: LadderPlan) => plan.video.map((rung) => (rung.mode === 'copy' ? `${rung.name}*` : rung.name));
const sizes = (plan: LadderPlan) => plan.video.map((rung) => `${rung.width}x${rung.height}`);
const encodeAll = { ...wish, passthrough: false };

test('a fit 1080p30 source, as a whole', () => {
  const encoded = { mode: 'encode', frameRate: 30, encoder: 'libx264' };
  expect(planLadder(sourceOf(), ampleCapacity, wish)).toEqual({
    video: [
      { name: 'v1080', mode: 'copy', width: 1920, height: 1080, frameRate: 30, bitrate: 6_000_000, encoder: 'copy' },
      { name: 'v720', width: 1280, height: 720, bitrate: 2_500_000, ...encoded },
      { name: 'v480', width: 854, height: 480, bitrate: 1_200_000, ...encoded },
      { name: 'v360', width: 640, height: 360, bitrate: 700_000, ...encoded },
    ],
    audio: { name: 'a1', mode: 'encode', channels: 2, sampleRate: 48_000, bitrate: 128_000, encoder: 'aac' },
    opus: null,
    keyframes: 'source',
    deinterlaced: false,
    partTargetMs: 201,
    passthroughRefusal: null,
    cost: 101_600_640,
  });
});

describe('passthrough', () => {
  test.each([
    ['keyframes 4 s apart', { gopMs: 4_000 }, null],
    ['keyframes further apart', { gopMs: 4_001 }, 'video.gop_long'],
    ['keyframes never seen twice', { gopMs: null }, 'video.gop_long'],
    ['keyframes all the time', { gopMs: 499 }, 'video.gop_irregular'],
    ['a varying frame rate', { frameRateConstant: false }, 'video.fps_mismatch'],
    ['HEVC', { codec: 'hevc' }, 'video.codec_unsupported'],
    ['H.264 that browsers cannot decode', { codecString: 'avc1.F4001f' }, 'video.codec_unsupported'],
    ['fields', { interlaced: true }, 'video.interlaced'],
    ['5K', { width: 5_120, height: 2_880 }, 'video.resolution_over_limit'],
  ] as const)('%s', (_, video, refusal) => {
    const plan = planLadder(sourceOf(video), ampleCapacity, wish);
    expect(plan.passthroughRefusal).toBe(refusal);
    expect(plan.video.some((rung) => rung.mode === 'copy')).toBe(refusal === null);
    expect(plan.keyframes).toBe(refusal === null ? 'source' : 2_000);
  });

  test('is left out when it is not wished, and that is no finding', () => {
    const plan = planLadder(sourceOf(), ampleCapacity, encodeAll);
    expect(names(plan)).toEqual(['v1080', 'v720', 'v360']);
    expect(plan.passthroughRefusal).toBeNull();
  });
});

describe('heights', () => {
  test.each([
    ['2160p', { width: 3840, height: 2160 }, ['v2160*', 'v1080', 'v720', 'v360']],
    ['720p', { width: 1280, height: 720 }, ['v720*', 'v480', 'v360']],
    ['480p', { width: 854, height: 480 }, ['v480*', 'v360']],
    ['360p', { width: 640, height: 360 }, ['v360*', 'v240']],
    ['240p', { width: 426, height: 240 }, ['v240*']],
    ['a little over 1080p', { width: 1920, height: 1088 }, ['v1088*', 'v720', 'v480', 'v360']],
  ])('below %s', (_, size, expected) => {
    expect(names(planLadder(sourceOf(size), ampleCapacity, wish))).toEqual(expected);
  });

  test('portrait goes by the short side', () => {
    const plan = planLadder(sourceOf({ width: 1080, height: 1920 }), ampleCapacity, wish);
    expect(names(plan)).toEqual(['v1080*', 'v720', 'v480', 'v360']);
    expect(sizes(plan)).toEqual(['1080x1920', '720x1280', '480x854', '360x640']);
  });

  test('odd sizes are made even, a passed-through one stays', () => {
    const odd = sourceOf({ width: 1279, height: 719 });
    expect(sizes(planLadder(odd, ampleCapacity, wish))[0]).toBe('1279x719');
    expect(sizes(planLadder(odd, ampleCapacity, encodeAll))[0]).toBe('1278x718');
  });

  test('the wished ones, none above the source and none twice', () => {
    const heights = [720, 333, 720, 2160, 1080];
    const plan = planLadder(sourceOf(), ampleCapacity, { ...encodeAll, heights, encodeRungsMax: 8 });
    expect(names(plan)).toEqual(['v1080', 'v720', 'v332']);
    const only720 = { ...encodeAll, heights: [720], encodeRungsMax: 8 };
    expect(names(planLadder(sourceOf(), ampleCapacity, only720))).toEqual(['v720']);
  });

  test('the own height of an odd source once, as the even one below it', () => {
    const odd = sourceOf({ width: 641, height: 361 });
    const plan = planLadder(odd, ampleCapacity, { ...encodeAll, heights: [361, 240] });
    expect(names(plan)).toEqual(['v360', 'v240']);
  });

  test('over our limits: encoded from the largest height that we make', () => {
    const plan = planLadder(sourceOf({ width: 5_120, height: 2_880 }), ampleCapacity, wish);
    expect(sizes(plan)).toEqual(['3840x2160', '1920x1080', '640x360']);
  });

  test('too wide, in a codec that is encoded again: smaller ones below it, each with its bitrate', () => {
    const plan = planLadder(sourceOf({ codec: 'hevc', width: 5_120, height: 1_440 }), ampleCapacity, wish);
    expect(names(plan)).toEqual(['v1440', 'v720', 'v360']);
    expect(Math.min(plan.cost, ...plan.video.map((rung) => rung.bitrate))).toBeGreaterThan(0);
  });
});

describe('frame rates, bitrates and parts', () => {
  test.each([
    [30, true, 30, 200, 2_000],
    [29.97, true, 29.97, 201, 2_002],
    [23.976, true, 23.976, 209, 2_002],
    [24, true, 24, 209, 2_000],
    [25, true, 25, 200, 2_000],
    [60, true, 60, 200, 2_000],
    [120, true, 60, 200, 2_000],
    [100, true, 50, 200, 2_000],
    [15, true, 15, 200, 2_000],
    [28.4, false, 29.97, 201, 2_002],
    [0, false, 30, 200, 2_000],
  ])('%d fps (constant: %s) is encoded at %d', (frameRate, frameRateConstant, rate, partTargetMs, keyframes) => {
    const plan = planLadder(sourceOf({ frameRate, frameRateConstant }), ampleCapacity, encodeAll);
    expect(plan.video[0]?.frameRate).toBe(rate);
    expect([plan.partTargetMs, plan.keyframes]).toEqual([partTargetMs, keyframes]);
  });

  test('half as much again for 60 fps; no more than the source has, but at least half of the usual', () => {
    const bitrates = (video: Parameters<typeof sourceOf>[0]) =>
      planLadder(sourceOf(video), ampleCapacity, encodeAll).video.map((rung) => rung.bitrate);
    expect(bitrates({ frameRate: 60, bitrate: 20_000_000 })).toEqual([6_750_000, 3_750_000, 1_050_000]);
    expect(bitrates({ bitrate: 1_000_000 })).toEqual([2_250_000, 1_250_000, 700_000]);
  });
});

describe('audio', () => {
  test('alone: no video, parts of whole AAC frames', () => {
    const plan = planLadder(sourceOf(null), ampleCapacity, wish);
    expect([plan.video, plan.audio?.name, plan.partTargetMs, plan.cost]).toEqual([[], 'a1', 214, 0]);
  });

  test('none: no audio rendition', () => {
    expect(planLadder(sourceOf({}, null), ampleCapacity, wish).audio).toBeNull();
  });

  test('of an unknown codec is left out beside video', () => {
    const audio = { codec: 'unsupported', sampleRate: 8_000, channels: 1, bitrate: 64_000 } as const;
    expect(planLadder(sourceOf({}, audio), ampleCapacity, wish).audio).toBeNull();
  });
});

describe('what cannot be produced', () => {
  const unknownAudio = { codec: 'unsupported', sampleRate: 8_000, channels: 1, bitrate: 64_000 } as const;
  test.each([
    ['video.codec_unsupported', sourceOf({ codec: 'unsupported' })],
    ['video.codec_unsupported', sourceOf({ codec: 'av1', width: 0, height: 0 })],
    ['video.codec_unsupported', sourceOf({ codec: 'hevc', width: 0 })],
    ['audio.codec_unsupported', sourceOf(null, unknownAudio)],
    ['video.none', sourceOf(null, null)],
  ])('%s', (code, source) => {
    expect(() => planLadder(source, ampleCapacity, wish)).toThrow(LadderError);
    expect(() => planLadder(source, ampleCapacity, wish)).toThrow(expect.objectContaining({ code }));
  });
});

describe('a small machine', () => {
  const megapixels = (count: number, inUse = 0) => ({ pixelsPerSecond: count * 1e6, inUse: inUse * 1e6 });
  test.each([
    [274, 0, ['v1080*', 'v720', 'v480', 'v360']],
    [274, 82, ['v1080*', 'v720', 'v360']],
    [100, 0, ['v1080*', 'v360']],
    [10, 0, ['v1080*']],
    [274, 200, ['v1080*']],
  ])('%d Mpx/s, %d in use, with passthrough', (count, inUse, expected) => {
    expect(names(planLadder(sourceOf(), megapixels(count, inUse), wish))).toEqual(expected);
  });

  test.each([
    [274, ['v1080', 'v720', 'v360']],
    [164, ['v720', 'v360']],
    [100, ['v360']],
    [0, ['v240']],
  ])('%d Mpx/s, all encoded', (count, expected) => {
    expect(names(planLadder(sourceOf(), megapixels(count), encodeAll))).toEqual(expected);
  });

  test('a plan fits as long as its cost is inside the share that encoders may use', () => {
    const plan = planLadder(sourceOf(), ampleCapacity, wish);
    const needed = plan.cost / transcoderLimits.capacityShareMax;
    expect(fits(plan, { pixelsPerSecond: needed * 1.001, inUse: 0 })).toBe(true);
    expect(fits(plan, { pixelsPerSecond: needed * 0.999, inUse: 0 })).toBe(false);
    expect(fits(plan, { pixelsPerSecond: needed * 1.001, inUse: plan.cost * 0.01 })).toBe(false);
  });
});

test('for any source, machine and wish the plan keeps the rules', () => {
  const video = fc.record({
    width: fc.integer({ min: 16, max: 8_192 }),
    height: fc.integer({ min: 16, max: 8_192 }),
    frameRate: fc.oneof(
      fc.constantFrom(23.976, 25, 29.97, 30, 59.94, 60, 144),
      fc.double({ min: 1, max: 240, noNaN: true }),
    ),
    frameRateConstant: fc.boolean(),
    gopMs: fc.option(fc.integer({ min: 16, max: 20_000 })),
    bitrate: fc.integer({ min: 0, max: 50_000_000 }),
    codec: fc.constantFrom('h264', 'hevc', 'av1', 'vp9'),
  });
  const wishes = fc.record({
    passthrough: fc.boolean(),
    heights: fc.option(fc.array(fc.integer({ min: -5, max: 5_000 }), { maxLength: 12 })),
    encodeRungsMax: fc.integer({ min: 0, max: 12 }),
  });
  const capacities = fc.record({
    pixelsPerSecond: fc.integer({ min: 0, max: 3e9 }),
    inUse: fc.integer({ min: 0, max: 1e9 }),
  });
  fc.assert(
    fc.property(video, fc.boolean(), capacities, wishes, (given, sound, capacity, asked) => {
      const source = sourceOf(given, sound ? 'usual' : null);
      const plan = planLadder(source, capacity, { ...wish, ...asked });
      const encoded = plan.video.filter((rung) => rung.mode === 'encode');
      expect(plan.video.length).toBeGreaterThan(0);
      expect(plan.video.length + (plan.audio ? 1 : 0)).toBeLessThanOrEqual(transcoderLimits.renditionsMax);
      expect(encoded.length).toBeLessThanOrEqual(Math.max(1, asked.encodeRungsMax));
      expect(new Set(names(plan)).size).toBe(plan.video.length);
      for (const rung of plan.video) expect(isRenditionName(rung.name)).toBe(true);
      for (const rung of encoded) {
        expect([rung.width % 2, rung.height % 2]).toEqual([0, 0]);
        expect(rung.width).toBeLessThanOrEqual(given.width);
        expect(rung.height).toBeLessThanOrEqual(given.height);
        const usual = bitrateAt(Math.min(rung.width, rung.height), rung.frameRate, 0);
        if (given.bitrate > 0) expect(rung.bitrate).toBeLessThanOrEqual(Math.max(given.bitrate, usual * 0.6));
      }
      const lastResort = encoded.length === 1 && Math.min(encoded[0]?.width ?? 0, encoded[0]?.height ?? 0) <= 360;
      expect(plan.cost <= Math.max(0, budget(capacity)) + 1 || (lastResort && plan.video.length === 1)).toBe(true);
    }),
    { numRuns: 500 },
  );
});
