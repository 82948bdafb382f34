import { beforeAll, describe, expect, it } from 'vitest';
import { PublisherFeed } from '../../origin/broadcast/publisher-feed.ts';
import type { FlvTag } from '../../origin/ingest/flv.ts';
import { amf0 } from '../support/amf0-writer.ts';
import { makeFlvFile, picture, readFlvFile, tone } from '../support/flv-file.ts';

const arrivalMs = 1_790_000_000_000;
let tags: FlvTag[];

beforeAll(async () => {
  const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '30', '-c:a', 'aac'];
  tags = readFlvFile(await makeFlvFile(...picture('160x90', '30', 3), ...tone(3), ...x264), arrivalMs);
});

interface Seen {
  readonly knownAfterMs: number[];
  readonly changes: string[];
  readonly missing: string[];
  readonly keyframes: number[];
  readonly intervals: number[];
  readonly findings: string[];
  readonly captions: string[];
}

function create(baseMs: number, known: ConstructorParameters<typeof PublisherFeed>[1] = null) {
  const seen: Seen = {
    knownAfterMs: [],
    changes: [],
    missing: [],
    captions: [],
    keyframes: [],
    intervals: [],
    findings: [],
  };
  const feed: PublisherFeed = new PublisherFeed(baseMs, known, {
    onKnown: () => seen.knownAfterMs.push(feed.lastMs - baseMs),
    onChanged: (change) => seen.changes.push(change) > 0,
    onMissing: (track, missing) => seen.missing.push(`${track} ${missing ? 'gone' : 'back'}`),
    onKeyframe: (atMs) => seen.keyframes.push(atMs),
    onKeyframeInterval: (intervalMs) => seen.intervals.push(intervalMs),
    onCaptions: (channels) => seen.captions.push(channels.join(' ')),
    onSound: () => {},
    onTag: () => {},
    onBreak: () => {},
    onUnsteady: () => seen.findings.push('unsteady'),
    onFed: () => {},
    onFinding: (code) => seen.findings.push(code),
  });
  feed.startProbe();
  return { feed, seen };
}

/** Times of the video frames in the FLV bytes that the encoder got. */
function videoTimes(bytes: Buffer): number[] {
  return readFlvFile(bytes)
    .filter((tag) => tag.type === 'video')
    .map((tag) => tag.timestampMs);
}

describe('a publisher’s feed', () => {
  it('looks until two keyframes were seen and then feeds everything from the first on', () => {
    const { feed, seen } = create(0);
    for (const tag of tags) feed.tag(tag);
    expect(seen.knownAfterMs).toHaveLength(1);
    expect(seen.knownAfterMs[0]).toBeGreaterThanOrEqual(1_000);
    const pieces: Buffer[] = [];
    feed.startFeeding({ write: (some) => pieces.push(...some) });
    const times = videoTimes(Buffer.concat(pieces));
    // The configuration comes first, not after the first frame in time; then all frames that were held.
    expect(times[0]).toBeLessThanOrEqual(times[1] as number);
    expect(times.length).toBeGreaterThan(30);
    expect(seen.keyframes[0]).toBe(times[1]);
    expect(feed.anchorMs).toBeGreaterThanOrEqual(arrivalMs - 100);
  });

  it('places a later publisher after what was there, and knows a source that comes back at once', () => {
    const first = create(0);
    for (const tag of tags) first.feed.tag(tag);
    const { feed, seen } = create(60_000, first.feed.source);
    for (const tag of tags) feed.tag(tag);
    expect(seen.knownAfterMs[0]).toBeLessThan(400);
    expect(feed.description).toEqual(first.feed.description);
    const pieces: Buffer[] = [];
    feed.startFeeding({ write: (some) => pieces.push(...some) });
    expect(Math.min(...videoTimes(Buffer.concat(pieces)))).toBeGreaterThanOrEqual(60_000);
  });

  it('looks again for long when the source comes back as another one', () => {
    const first = create(0);
    for (const tag of tags) first.feed.tag(tag);
    const { feed, seen } = create(60_000, first.feed.source);
    for (const tag of tags) if (tag.type === 'video') feed.tag(tag);
    expect(seen.knownAfterMs[0]).toBeGreaterThanOrEqual(1_000);
    expect(feed.description.audio).toBeNull();
  });

  it.each([
    ['a longer keyframe interval', 300, { intervals: [1_300], findings: [] }],
    ['a jump of the clock', 5_000, { intervals: [], findings: ['ts.jump'] }],
  ])('tells %s for what it is', (_, stepMs, told) => {
    const { feed, seen } = create(0);
    const start = tags.findIndex((tag) => tag.type === 'video' && tag.timestampMs > 1_600);
    for (const tag of tags.slice(0, start)) feed.tag(tag);
    feed.startFeeding({ write: () => {} });
    const late = tags.slice(start).filter((tag) => tag.type === 'video' && tag.timestampMs < 2_500);
    for (const tag of late) feed.tag({ ...tag, timestampMs: tag.timestampMs + stepMs });
    expect({ intervals: seen.intervals.map((ms) => Math.round(ms / 100) * 100), findings: seen.findings }).toEqual(
      told,
    );
  });

  it('feeds times that FLV has room for, however old the broadcast is', () => {
    const dayMs = 86_400_000;
    for (const days of [1, 24.855, 24.9, 49.71, 49.72, 400]) {
      const { feed, seen } = create(Math.round(days * dayMs));
      for (const tag of tags) feed.tag(tag);
      const { runBaseMs } = feed;
      const pieces: Buffer[] = [];
      feed.startFeeding({ write: (some) => pieces.push(...some) });
      const [, ...times] = videoTimes(Buffer.concat(pieces));
      expect(Math.max(...times)).toBeLessThan(2 ** 31 + 120_000);
      expect(times[0]).toBe((seen.keyframes[0] ?? 0) - runBaseMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
  });

  it('begins at the next keyframe for an encoder that was started again', () => {
    const { feed, seen } = create(0);
    const half = Math.floor(tags.length / 2);
    for (const tag of tags.slice(0, half)) feed.tag(tag);
    feed.startFeeding({ write: () => {} });
    feed.stopFeeding();
    const pieces: Buffer[] = [];
    feed.startFeeding({ write: (some) => pieces.push(...some) });
    for (const tag of tags.slice(half)) feed.tag(tag);
    const [, firstFrame] = videoTimes(Buffer.concat(pieces));
    expect(firstFrame).toBe(seen.keyframes.at(-1));
  });

  /** Feeds a second and a half of the source to an encoder, then what `more` makes of the rest. */
  function change(more: (rest: readonly FlvTag[]) => readonly FlvTag[], carryOn = false) {
    const seen: string[] = [];
    const pieces: Buffer[] = [];
    const feed: PublisherFeed = new PublisherFeed(0, null, {
      onKnown: () => {
        seen.push('known');
        feed.startFeeding({ write: (some) => pieces.push(...some) });
      },
      onChanged: (what, track) => {
        seen.push(`${what} ${track}`);
        if (!carryOn) feed.startProbe();
        return !carryOn;
      },
      onKeyframe: () => {},
      onKeyframeInterval: () => {},
      onUnsteady: () => {},
      onCaptions: () => {},
      onTag: () => {},
      onBreak: () => {},
      onSound: ({ sampleRate, channels }) => seen.push(`sound ${sampleRate} ${channels}`),
      onMissing: (track, missing) => seen.push(`${track} ${missing ? 'gone' : 'back'}`),
      onFinding: (code) => seen.push(code),
      onFed: () => {},
    });
    feed.startProbe();
    const early = tags.filter((tag) => tag.timestampMs < 1_500);
    for (const tag of [...early, ...more(tags.filter((tag) => tag.timestampMs >= 1_500))]) feed.tag(tag);
    return { feed, seen, bytes: Buffer.concat(pieces) };
  }

  const config = (type: 'audio' | 'video', hex: string, timestampMs = 1_500): FlvTag => {
    return { type, timestampMs, arrivalMs: arrivalMs + timestampMs, body: Buffer.from(hex, 'hex') };
  };

  it('tells another shape of the picture at once, and needs no second look', () => {
    const other = config('video', '1700000000014d001effe1000b674d001e95a0280bfe540100046');
    const { feed, seen } = change((rest) => [other, ...rest]);
    expect(seen).toEqual(['known', 'shape video', 'known']);
    expect(feed.description.video?.gopMs).toBe(1_000);
    expect(feed.description.audio).not.toBeNull();
  });

  it('knows what was said of the source when it looks at it again', () => {
    const { feed } = create(0);
    const said = amf0('onMetaData', { width: 1_280, height: 720, encoder: 'test' });
    feed.tag({ type: 'script', timestampMs: 0, arrivalMs, body: said });
    // HEVC, whose configuration is not read for a size.
    feed.tag(config('video', '90687663310101600000009000000000005df000', 0));
    feed.startProbe();
    expect(feed.description).toMatchObject({ video: { width: 1_280, height: 720 }, encoder: 'test' });
  });

  it('hands another shape of the sound to the decoder', () => {
    const { feed, seen, bytes } = change((rest) => [config('audio', 'af001210'), ...rest]);
    expect(seen).toEqual(['known', 'sound 44100 2']);
    expect(feed.description.audio?.bitrate).toBeGreaterThan(0);
    expect(bytes.includes(Buffer.from('af001210', 'hex'))).toBe(true);
  });

  it('leaves sound out that cannot be decoded, and fills it', () => {
    const speex = (tag: FlvTag) =>
      tag.type === 'audio' ? { ...tag, body: Buffer.from('b2fedcba9876543210', 'hex') } : tag;
    const { seen, bytes } = change((rest) => rest.map(speex));
    expect([...new Set(seen)]).toEqual(['known', 'audio.codec_unsupported', 'audio gone']);
    expect(bytes.includes(Buffer.from('b2fedcba9876543210', 'hex'))).toBe(false);
  });

  it('makes way for sound that comes late, with a keyframe', () => {
    const mute = tags.filter((tag) => tag.type !== 'audio');
    const sounds = tags.filter((tag) => tag.type === 'audio');
    const seen: string[] = [];
    const feed: PublisherFeed = new PublisherFeed(0, null, {
      onKnown: () => feed.startFeeding({ write: () => {} }),
      onChanged: (what) => {
        seen.push(`${what} at ${Math.round(feed.lastMs / 500) * 500}`);
        feed.startProbe();
        return true;
      },
      onKeyframe: () => {},
      onKeyframeInterval: () => {},
      onUnsteady: () => {},
      onCaptions: () => {},
      onSound: () => {},
      onTag: () => {},
      onBreak: () => {},
      onMissing: () => {},
      onFinding: () => {},
      onFed: () => {},
    });
    feed.startProbe();
    const late = [...sounds.slice(0, 1), ...sounds.slice(1).filter((tag) => tag.timestampMs > 1_300)];
    const all = [...mute, ...late.map((tag) => ({ ...tag, timestampMs: Math.max(1_300, tag.timestampMs) }))];
    for (const tag of all.toSorted((a, b) => a.timestampMs - b.timestampMs)) feed.tag(tag);
    expect(seen).toEqual(['track at 2000']);
    expect(feed.description.audio?.sampleRate).toBe(48_000);
  });
});
