import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillLimits } from '#shared/limits/ingest.ts';
import { packagerLimits } from '#shared/limits/packager.ts';
import { createFill, type FillTag, fillSoundWith, fillTag } from '../../origin/ingest/fill.ts';

const blank = { body: Buffer.from('af01aa', 'hex'), durationMs: 21.3 };
const keyframe = Buffer.from('170100000000000001650000', 'hex');
const picture = Buffer.from('270100000000000001410000', 'hex');
const sound = Buffer.from('af01bb', 'hex');

const video = (timestampMs: number, body = picture): FillTag => ({ type: 'video', timestampMs, body });
const audio = (timestampMs: number): FillTag => ({ type: 'audio', timestampMs, body: sound });

/** What goes into the encoder, and which track was told missing or back. */
function play(tags: readonly FillTag[]) {
  let state = fillSoundWith(createFill(), blank);
  const out: FillTag[] = [];
  const changes: string[] = [];
  for (const tag of tags) {
    const filled = fillTag(state, tag);
    state = filled.state;
    out.push(...filled.before, ...(filled.tag ? [filled.tag] : []));
    if (filled.change) changes.push(`${filled.change.track} ${filled.change.missing ? 'gone' : 'back'}`);
  }
  return { out, changes };
}

/** 25 pictures and 50 sounds a second, a keyframe every second. */
function steady(durationMs: number): FillTag[] {
  const tags: FillTag[] = [];
  for (let ms = 0; ms < durationMs; ms += 20) {
    if (ms % 40 === 0) tags.push(video(ms, ms % 1_000 === 0 ? keyframe : picture));
    tags.push(audio(ms));
  }
  return tags;
}

const times = (tags: readonly FillTag[], type: FillTag['type']) =>
  tags.filter((tag) => tag.type === type).map((tag) => tag.timestampMs);
const stepMax = (values: readonly number[]) => Math.max(0, ...values.slice(1).map((ms, i) => ms - (values[i] ?? 0)));

describe('filling', () => {
  it('leaves a steady source as it is', () => {
    const tags = steady(5_000);
    expect(play(tags)).toEqual({ out: tags, changes: [] });
  });

  it('puts silence where sound is missing, without a hole, and takes the sound back', () => {
    const tags = steady(9_000).filter(
      (tag) => tag.type === 'video' || tag.timestampMs < 2_000 || tag.timestampMs >= 6_000,
    );
    const { out, changes } = play(tags);
    expect(changes).toEqual(['audio gone', 'audio back']);
    expect(stepMax(times(out, 'audio'))).toBeLessThanOrEqual(fillLimits.soundBehindMs + 50);
    expect(out.filter((tag) => tag.body === sound)).toEqual(tags.filter((tag) => tag.type === 'audio'));
  });

  it('puts silence in front of sound that begins late, from the first picture on', () => {
    const tags = steady(9_000).filter((tag) => tag.type === 'video' || tag.timestampMs >= 4_000);
    const { out, changes } = play(tags);
    expect(changes).toEqual(['audio gone', 'audio back']);
    const sounds = times(out, 'audio');
    expect(sounds[0]).toBe(0);
    expect(stepMax(sounds)).toBeLessThanOrEqual(fillLimits.soundBehindMs + 50);
    expect(out.filter((tag) => tag.body === sound)).toEqual(tags.filter((tag) => tag.type === 'audio'));
  });

  it('repeats the last keyframe where the picture is missing, until the next keyframe', () => {
    const tags = steady(9_000).filter(
      (tag) => tag.type === 'audio' || tag.timestampMs < 2_520 || tag.timestampMs >= 6_520,
    );
    const { out, changes } = play(tags);
    expect(changes).toEqual(['video gone', 'video back']);
    const still = out.filter((tag) => tag.type === 'video' && tag.timestampMs > 2_520 && tag.timestampMs < 7_000);
    expect(still.every((tag) => tag.body === keyframe)).toBe(true);
    expect(stepMax(times(out, 'video').filter((ms) => ms > 2_480))).toBe(packagerLimits.partTargetMs);
    expect(out.find((tag) => tag.type === 'video' && tag.timestampMs >= 7_000)?.timestampMs).toBe(7_000);
  });

  it('fills a hole in both tracks, and says of neither that it is missing', () => {
    const tags = steady(9_000).filter((tag) => tag.timestampMs < 2_000 || tag.timestampMs >= 6_000);
    const { out, changes } = play(tags);
    expect(changes).toEqual([]);
    expect(stepMax(times(out, 'audio'))).toBeLessThanOrEqual(fillLimits.soundBehindMs + 50);
  });

  it('does not mind a track that is a little late', () => {
    const late = steady(5_000).map((tag) =>
      tag.type === 'audio' ? { ...tag, timestampMs: tag.timestampMs - 800 } : tag,
    );
    const tags = late.filter((tag) => tag.timestampMs >= 0);
    expect(play(tags).out).toEqual(tags);
  });

  it('never goes back on a track, and writes no more than a hole is long, whatever comes', () => {
    const any = fc.record({
      type: fc.constantFrom('audio' as const, 'video' as const),
      stepMs: fc.oneof(fc.nat(60), fc.nat(60_000)),
      key: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 60 }), (steps) => {
        const at = { audio: 0, video: 0 };
        const tags = steps.map(({ type, stepMs, key }) => {
          at[type] += Math.max(1, stepMs);
          return type === 'audio' ? audio(at.audio) : video(at.video, key ? keyframe : picture);
        });
        const { out } = play(tags);
        for (const type of ['audio', 'video'] as const) {
          const all = times(out, type);
          expect(all).toEqual(all.toSorted((a, b) => a - b));
          // No frame of ours lies beyond what the source itself has reached.
          expect(Math.max(0, ...all)).toBeLessThanOrEqual(Math.max(at.audio, at.video));
        }
        const spanMs = Math.max(at.audio, at.video);
        expect(out.length).toBeLessThanOrEqual(tags.length + spanMs / 20 + spanMs / packagerLimits.partTargetMs + 2);
      }),
      { numRuns: 500 },
    );
  });
});
