import { describe, expect, it } from 'vitest';
import type { FindingCode } from '#shared/model/finding.ts';
import type { SourceDescription } from '#shared/model/source.ts';
import { plannedRenditions, planSource } from '../../origin/broadcast/source-plan.ts';
import { defaultLadderWish } from '../../origin/transcoder/ladder.ts';
import { ampleCapacity, sourceOf } from '../transcoder/sources.ts';

const plan = (source: SourceDescription, passthroughLost: FindingCode | null = null) =>
  planSource(source, ampleCapacity, defaultLadderWish, passthroughLost);
const holding = (findings: ReadonlyMap<FindingCode, boolean>) =>
  [...findings].filter(([, holds]) => holds).map(([code]) => code);

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
  });

  it('does not pass through what has shown too long a keyframe interval before', () => {
    const { plan: ladder, findings } = plan(sourceOf({}), 'video.gop_long');
    expect([ladder?.keyframes, holding(findings)]).toEqual([2_000, ['video.gop_long']]);
  });

  it('refuses in words what cannot be decoded', () => {
    const { plan: ladder, refusal, findings } = plan(sourceOf({ codec: 'unsupported' }));
    expect([ladder, refusal]).toEqual([null, 'The video codec is not supported. Set the encoder to H.264.']);
    expect(holding(findings)).toEqual(['video.codec_unsupported']);
  });
});
