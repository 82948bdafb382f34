import { describe, expect, it } from 'vitest';
import type { FindingCode } from '#shared/model/finding.ts';
import type { SourceDescription } from '#shared/model/source.ts';
import { isResampled, plannedRenditions, planSource, type SourcePlan } from '../../origin/broadcast/source-plan.ts';
import { defaultLadderWish } from '../../origin/transcoder/ladder.ts';
import { ampleCapacity, sourceOf } from '../transcoder/sources.ts';

const plan = (source: SourceDescription, passthroughLost: FindingCode | null = null) =>
  planSource(source, ampleCapacity, defaultLadderWish, passthroughLost);
const holding = (findings: SourcePlan['findings']) =>
  [...findings].filter(([, holds]) => holds !== false).map(([code]) => code);

describe('a plan for a source', () => {
  it('passes a fit source through and finds nothing wrong with it', () => {
    const { plan: ladder, refusal, findings } = plan(sourceOf({}));
    expect([ladder?.keyframes, refusal, holding(findings)]).toEqual(['source', null, []]);
    const [top, , last] = ladder ? plannedRenditions(ladder) : [];
    expect([top?.passthrough, last?.passthrough]).toEqual([true, false]);
    expect(ladder && plannedRenditions(ladder).at(-1)).toMatchObject({ name: 'a1', kind: 'audio' });
  });

  it('says what is missing and why the picture is encoded again', () => {
    expect(holding(plan(sourceOf({ gopMs: null }, null)).findings)).toEqual(['audio.none', 'video.gop_long']);
    expect(holding(plan(sourceOf({ openGop: true })).findings)).toEqual(['video.open_gop']);
    expect(holding(plan(sourceOf({ frameRateConstant: false })).findings)).toEqual(['video.fps_mismatch']);
  });

  it.each([
    ['HEVC', { codec: 'hevc', codecString: 'hvc1.1.6.L93.90' }],
    ['AV1', { codec: 'av1', codecString: 'av01.0.04M.08' }],
    ['VP9', { codec: 'vp9', codecString: 'vp09.00.10.08' }],
    ['H.264 with 10 bits', { codecString: 'avc1.6e0028' }],
    ['H.264 4:2:2', { codecString: 'avc1.7a0028' }],
    ['H.264 4:4:4', { codecString: 'avc1.f40028' }],
  ] as const)('says that %s is encoded again, which is less than an error', (_, video) => {
    const { plan: ladder, findings } = plan(sourceOf(video));
    expect(ladder?.video.map((rung) => rung.mode)).not.toContain('copy');
    expect([holding(findings), findings.get('video.codec_unsupported')]).toEqual([
      ['video.codec_unsupported'],
      'warning',
    ]);
  });

  it.each([
    ['aac', 48_000, false],
    ['aac', 44_100, true],
    ['aac', 32_000, true],
    // Its configuration may keep the other half to itself.
    ['aac', 24_000, false],
    ['mp3', 0, false],
    ['opus', 48_000, false],
  ] as const)('of %s at %d Hz says whether it is resampled: %s', (codec, sampleRate, resampled) => {
    const audio = { codec, sampleRate, channels: 2, bitrate: 128_000 };
    expect([isResampled(audio), plan(sourceOf({}, audio)).findings.get('audio.sample_rate')]).toEqual([
      resampled,
      resampled,
    ]);
  });

  it('does not pass through what has shown too long a keyframe interval before', () => {
    const { plan: ladder, findings } = plan(sourceOf({}), 'video.gop_long');
    expect([ladder?.keyframes, holding(findings)]).toEqual([2_000, ['video.gop_long']]);
  });

  it('refuses in words what cannot be decoded', () => {
    const { plan: ladder, refusal, findings } = plan(sourceOf({ codec: 'unsupported' }));
    expect([ladder, refusal]).toEqual([null, 'The video codec is not supported. Set the encoder to H.264.']);
    expect(holding(findings)).toEqual(['video.codec_unsupported']);
    const unsized = plan(sourceOf({ codec: 'hevc', width: 0, height: 0 }));
    expect([unsized.plan, unsized.refusal, holding(unsized.findings)]).toEqual([
      null,
      'The encoder does not say how large its picture is. Set it to H.264.',
      ['video.codec_unsupported'],
    ]);
  });

  it('refuses what an older ffmpeg cannot read from an encoder, instead of starting it again and again', () => {
    const old = { ...ampleCapacity, enhancedFlv: false };
    const { plan: ladder, refusal, findings } = planSource(sourceOf({ codec: 'hevc' }), old, defaultLadderWish, null);
    expect([ladder, refusal, holding(findings)]).toEqual([
      null,
      'The video codec is not supported by the ffmpeg of this origin (from 6.1 on it is). Set the encoder to H.264.',
      ['video.codec_unsupported'],
    ]);
    const opus = { codec: 'opus', sampleRate: 48_000, channels: 2, bitrate: 96_000 } as const;
    const heard = planSource(sourceOf({}, opus), old, defaultLadderWish, null);
    expect([heard.plan?.audio, holding(heard.findings)]).toEqual([null, ['audio.codec_unsupported']]);
    expect(planSource(sourceOf({ codec: 'hevc' }, opus), ampleCapacity, defaultLadderWish, null).refusal).toBeNull();
  });
});
