import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { probeLimits } from '#shared/limits/ingest.ts';
import type { FlvTag } from '../../origin/ingest/flv.ts';
import { carryOver } from '../../origin/ingest/source-description.ts';
import {
  anchorMs,
  createProbe,
  describeSource,
  type ProbeState,
  probeTag,
  probeVerdict,
} from '../../origin/ingest/source-probe.ts';
import { amf0 } from '../support/amf0-writer.ts';
import { makeFlvFile, picture, readFlvFile, tone } from '../support/flv-file.ts';

const videoHeader = Buffer.from(
  '17000000000142c00dffe100176742c00dda05067e7c0440000003004000000f03c50aa801000468ce0fc8',
  'hex',
);
const audioHeader = Buffer.from('af001190', 'hex');
const keyframe = Buffer.concat([Buffer.from('1701000000', 'hex'), Buffer.alloc(1_000)]);
const picturePart = Buffer.concat([Buffer.from('2701000000', 'hex'), Buffer.alloc(245)]);
const sound = Buffer.concat([Buffer.from('af01', 'hex'), Buffer.alloc(198)]);

function tag(type: FlvTag['type'], timestampMs: number, body: Buffer, arrivalMs = 10_000 + timestampMs): FlvTag {
  return { type, timestampMs, arrivalMs, body };
}

function probe(tags: readonly FlvTag[]): ProbeState {
  return tags.reduce(probeTag, createProbe());
}

/** When the verdict turned, as media time; null when it never did. */
function readyAtMs(tags: readonly FlvTag[]): number | null {
  let state = createProbe();
  for (const next of tags) {
    state = probeTag(state, next);
    if (probeVerdict(state) === 'ready') return next.timestampMs;
  }
  return null;
}

function pictures(durationMs: number, gopMs: number): FlvTag[] {
  const frames = Array.from({ length: durationMs / 40 }, (_, i) => i * 40);
  return frames.map((ms) => tag('video', ms, ms % gopMs === 0 ? keyframe : picturePart));
}

function sounds(durationMs: number): FlvTag[] {
  return Array.from({ length: durationMs / 20 }, (_, i) => tag('audio', i * 20, sound));
}

function inOrder(...tracks: readonly FlvTag[][]): FlvTag[] {
  return tracks.flat().sort((a, b) => a.timestampMs - b.timestampMs);
}

describe('the verdict', () => {
  const headers = [tag('video', 0, videoHeader), tag('audio', 0, audioHeader)];

  test('is ready at the second keyframe when both tracks are there', () => {
    expect(readyAtMs([...headers, ...inOrder(pictures(5_000, 2_000), sounds(5_000))])).toBe(2_000);
  });

  test('does not wait for a second keyframe for ever', () => {
    expect(readyAtMs([...headers, ...pictures(10_000, 8_000)])).toBe(probeLimits.keyframeWaitMsMax + 20);
  });

  test('waits for sound for a second only', () => {
    expect(readyAtMs([tag('video', 0, videoHeader), ...pictures(5_000, 400)])).toBe(probeLimits.trackWaitMsMax);
  });

  test('waits for a picture for a second only', () => {
    expect(readyAtMs([tag('audio', 0, audioHeader), ...sounds(5_000)])).toBe(probeLimits.trackWaitMsMax);
  });

  test('comes by the clock on the wall when media time stands', () => {
    const slow = Array.from({ length: 60 }, (_, i) => tag('audio', i, sound, 10_000 + i * 100));
    expect(readyAtMs([tag('audio', 0, audioHeader), ...slow])).toBe(10);
  });

  test('comes for a source that can never be decoded, too', () => {
    const tags = pictures(10_000, 400);
    expect(readyAtMs(tags)).toBe(probeLimits.keyframeWaitMsMax + 20);
    expect(describeSource(probe(tags))).toEqual({ video: null, audio: null, encoder: '' });
  });

  test('comes when enough bytes wait', () => {
    const large = Buffer.concat([keyframe, Buffer.alloc(probeLimits.bufferedBytesMax)]);
    expect(readyAtMs([tag('video', 0, videoHeader), tag('video', 40, large)])).toBe(40);
  });

  test('ignores the time of a tag that has no arrival', () => {
    const replayed = tag('video', 0, videoHeader, Number.POSITIVE_INFINITY);
    const state = probe([
      replayed,
      ...pictures(200, 400).map((frame) => ({ ...frame, timestampMs: frame.timestampMs + 90_000 })),
    ]);
    expect(probeVerdict(state)).toBe('wait');
    expect(describeSource(state).video?.width).toBe(320);
  });
});

test('the anchor is the wall-clock time of media time 0, by the least delayed tag', () => {
  const delays = [300, 120, 500];
  const state = probe(delays.map((delay, i) => tag('audio', i * 20, sound, 50_000 + i * 20 + delay)));
  expect(anchorMs(state)).toBe(50_120);
});

test('measured: bitrate, keyframe distance, steadiness, and what the encoder calls itself', () => {
  const metadata = tag('script', 0, amf0('@setDataFrame', 'onMetaData', { encoder: 'Lavf59.27.100' }));
  const headers = [metadata, tag('video', 0, videoHeader), tag('audio', 0, audioHeader)];
  const state = probe([...headers, ...inOrder(pictures(4_000, 1_000), sounds(4_000))]);
  const perSecond = (keyframe.length + 24 * picturePart.length) * 8;
  expect(describeSource(state)).toEqual({
    video: {
      codec: 'h264',
      codecString: 'avc1.42c00d',
      width: 320,
      height: 180,
      frameRate: 25,
      frameRateConstant: true,
      gopMs: 1_000,
      hasBFrames: false,
      openGop: false,
      interlaced: false,
      captions: [],
      bitrate: perSecond,
    },
    audio: { codec: 'aac', sampleRate: 48_000, channels: 2, bitrate: sound.length * 8 * 50 },
    encoder: 'Lavf59.27.100',
  });
});

test('frames at changing distances are not steady', () => {
  const frames = [0, 20, 80, 100, 200].map((ms) => tag('video', ms, keyframe));
  expect(describeSource(probe([tag('video', 0, videoHeader), ...frames])).video?.frameRateConstant).toBe(false);
});

test('the rate that the encoder states wins over a usual one that is a little nearer', () => {
  const frames = [0, 334, 668].map((ms) =>
    Array.from({ length: 10 }, (_, i) => tag('video', ms + Math.round(i * 33.4), keyframe)),
  );
  expect(describeSource(probe([tag('video', 0, videoHeader), ...frames.flat()])).video?.frameRate).toBe(30);
});

const hevc = Buffer.from('90687663310101600000009000000000005df000', 'hex');

test.each([
  [5_120, 1_440],
  [7_680, 4_320],
])('a size of %d x %d is believed, though no broadcast may be as large', (width, height) => {
  const metadata = tag('script', 0, amf0('onMetaData', { width, height }));
  expect(describeSource(probe([metadata, tag('video', 0, hevc)])).video).toMatchObject({ width, height });
});

test('a size that is not said again stays as it was', () => {
  const sized = tag('script', 0, amf0('onMetaData', { width: 1_280, height: 720 }));
  const before = describeSource(probe([sized, tag('video', 0, hevc)]));
  const unsized = describeSource(probe([tag('video', 0, hevc)]));
  expect(carryOver(before, unsized).video).toMatchObject({ width: 1_280, height: 720 });
  const small = tag('script', 0, amf0('onMetaData', { width: 640, height: 360 }));
  const after = describeSource(probe([small, tag('video', 0, hevc)]));
  expect(carryOver(before, after).video).toMatchObject({ width: 640, height: 360 });
});

test('codecs of enhanced RTMP take their size from metadata, and broken configurations are unsupported', () => {
  const metadata = tag('script', 0, amf0('onMetaData', { width: 1_920, height: 1_080, framerate: 60 }));
  const opus = Buffer.concat([Buffer.from('904f707573', 'hex'), Buffer.from('OpusHead\u0001\u0006', 'latin1')]);
  const enhanced = describeSource(probe([metadata, tag('video', 0, hevc), tag('audio', 0, opus)]));
  expect(enhanced.video).toMatchObject({ codec: 'hevc', codecString: 'hvc1.1.6.L93.90', width: 1_920, frameRate: 60 });
  expect(enhanced.audio).toMatchObject({ codec: 'opus', sampleRate: 48_000, channels: 6 });
  const broken = describeSource(
    probe([tag('video', 0, Buffer.from('170000000099', 'hex')), tag('audio', 0, Buffer.from('af000000', 'hex'))]),
  );
  expect(broken.video).toMatchObject({ codec: 'unsupported', width: 0 });
  expect(broken.audio?.codec).toBe('unsupported');
});

test.each([
  ['30', 30, 15, 500, false],
  ['30000/1001', 29.97, 30, 1_001, true],
  ['60', 60, 120, 2_000, false],
  ['24000/1001', 23.976, 24, 1_001, true],
])('a real source of %s frames per second', async (rate, frameRate, gopFrames, gopMs, bFrames) => {
  const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', String(gopFrames)];
  const reorder = ['-bf', bFrames ? '2' : '0', '-sc_threshold', '0', '-c:a', 'aac'];
  const file = await makeFlvFile(...picture('160x90', rate, 4.5), ...tone(4.5), ...video, ...reorder);
  const source = describeSource(probe(readFlvFile(file)));
  expect(source.video).toMatchObject({ codec: 'h264', width: 160, height: 90, frameRate, frameRateConstant: true });
  expect(source.video?.hasBFrames).toBe(bFrames);
  expect(Math.abs((source.video?.gopMs ?? 0) - gopMs)).toBeLessThanOrEqual(1);
  expect(source.audio).toMatchObject({ codec: 'aac', sampleRate: 48_000, channels: 1 });
  expect(source.encoder).toMatch(/^Lavf/);
});

test.each([
  ['interlaced', ['-flags', '+ilme+ildct'], true],
  ['progressive', [], false],
])('a real %s picture is told by its configuration', async (_, options, interlaced) => {
  const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', ...options];
  const file = await makeFlvFile(...picture('160x128', '25', 1), ...x264);
  expect(describeSource(probe(readFlvFile(file))).video?.interlaced).toBe(interlaced);
});

test.each([
  ['90', false],
  ['50', true],
  ['00', false],
])('HEVC with source flags %s', (flags, interlaced) => {
  const hevc = Buffer.from(`906876633101016000000000000000000000`.replace(/^(.{22})../, `$1${flags}`), 'hex');
  expect(describeSource(probe([tag('video', 0, hevc)])).video?.interlaced).toBe(interlaced);
});

test('no bytes are too strange to be described', () => {
  const anyTag = fc.record({
    type: fc.constantFrom('audio' as const, 'video' as const, 'script' as const),
    timestampMs: fc.nat(10_000),
    arrivalMs: fc.nat(20_000),
    body: fc
      .tuple(
        fc.constantFrom('', '1700000000', '1701000000', '9061763031', 'af00', '904f707573'),
        fc.uint8Array({ maxLength: 20 }),
      )
      .map(([hex, rest]) => Buffer.concat([Buffer.from(hex, 'hex'), rest])),
  });
  fc.assert(
    fc.property(fc.array(anyTag, { maxLength: 20 }), (tags) => {
      const source = describeSource(probe(tags));
      expect(source.video === null || Number.isFinite(source.video.frameRate + source.video.bitrate)).toBe(true);
      expect(source.audio === null || Number.isFinite(source.audio.bitrate)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  ['closed', false],
  ['open', true],
])('a real %s GOP is told from its pictures', async (kind, open) => {
  const x264 = ['-c:v', 'libx264', '-preset', 'fast', '-bf', '3', '-g', '15'];
  const gop = ['-x264-params', `open-gop=${open ? 1 : 0}`];
  const file = await makeFlvFile(...picture('160x90', '30', 2), ...x264, ...gop);
  expect([kind, describeSource(probe(readFlvFile(file))).video?.openGop]).toEqual([kind, open]);
});
