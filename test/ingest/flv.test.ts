import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flvHeader, flvTagBytes } from '../../origin/ingest/flv.ts';
import {
  audioCodec,
  compositionTimeMs,
  isFrame,
  isKeyframe,
  isSequenceHeader,
  sequenceHeaderConfig,
  videoCodec,
} from '../../origin/ingest/flv-body.ts';
import { makeFlvFile, picture, readFlvFile, tone } from '../support/flv-file.ts';

function body(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

test('a file of ffmpeg, taken apart and put together, is the same file', async () => {
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac'];
  const file = await makeFlvFile(...picture('160x90', '30', 0.5), ...tone(0.5), ...codecs);
  const tags = readFlvFile(file);
  const written = tags.flatMap((tag) => flvTagBytes(tag.type, tag.timestampMs, tag.body));
  expect(Buffer.concat([flvHeader({ hasAudio: true, hasVideo: true }), ...written]).equals(file)).toBe(true);
});

test('the header tells which tracks there are', () => {
  expect(flvHeader({ hasAudio: false, hasVideo: true }).toString('hex')).toBe('464c5601010000000900000000');
  expect(flvHeader({ hasAudio: true, hasVideo: false })[4]).toBe(4);
});

test('time is written modulo 2^32, and the body is not copied', () => {
  const payload = Buffer.from('abc');
  const pieces = flvTagBytes('audio', 2 ** 32 + 0x01020304, payload);
  expect(pieces[0]?.toString('hex')).toBe('0800000302030401000000');
  expect(pieces[1]).toBe(payload);
  expect(pieces[2]?.readUInt32BE()).toBe(14);
});

test.each([
  ['legacy H.264 header', '17 00 000000 0142c01e', 'h264', true, false, 0],
  ['legacy H.264 keyframe', '17 01 000042 00', 'h264', false, true, 0x42],
  ['legacy H.264 picture, composition before decode', '27 01 fffffe 00', 'h264', false, false, -2],
  ['legacy H.264 end of sequence', '17 02 000000', 'h264', false, false, 0],
  ['legacy H.263', '12 00 00 00 00 00', 'unsupported', false, true, 0],
  ['command frame', '57 01 000000 00', 'h264', false, false, 0],
  ['enhanced HEVC header', '90 68766331 01', 'hevc', true, false, 0],
  ['enhanced HEVC keyframe with composition', '91 68766331 000010 00', 'hevc', false, true, 16],
  ['enhanced HEVC picture without composition', 'a3 68766331 7fffff', 'hevc', false, false, 0],
  ['enhanced AV1 keyframe', '91 61763031 123456', 'av1', false, true, 0],
  ['enhanced VP9 picture', 'a1 76703039 123456', 'vp9', false, false, 0],
  ['enhanced H.264 keyframe', '91 61766331 ffffff 00', 'h264', false, true, -1],
  ['enhanced metadata', '94 68766331 02', 'hevc', false, false, 0],
  ['enhanced unknown codec', '91 78787878 00', 'unsupported', false, true, 0],
  ['empty', '', 'unsupported', false, false, 0],
] as const)('video: %s', (_, hex, codec, header, keyframe, compositionMs) => {
  const bytes = body(hex);
  expect(videoCodec(bytes)).toBe(codec);
  expect(isSequenceHeader('video', bytes)).toBe(header);
  expect(isKeyframe(bytes)).toBe(keyframe);
  expect(compositionTimeMs(bytes)).toBe(compositionMs);
});

test.each([
  ['AAC header', 'af 00 1190', 'aac', true, false, '1190'],
  ['AAC frame', 'af 01 21', 'aac', false, true, null],
  ['MP3 frame', '2f ff fb', 'mp3', false, true, null],
  ['Speex frame', 'b2 00 01', 'unsupported', false, true, null],
  ['enhanced Opus header', '90 4f707573 4f70', 'opus', true, false, '4f70'],
  ['enhanced Opus frame', '91 4f707573 fc', 'opus', false, true, null],
  ['enhanced AAC header', '90 6d703461 1190', 'aac', true, false, '1190'],
  ['enhanced AC-3 frame', '91 61632d33 0b77', 'unsupported', false, true, null],
  ['one byte', 'af', 'aac', false, false, null],
] as const)('audio: %s', (_, hex, codec, header, frame, config) => {
  const bytes = body(hex);
  expect(audioCodec(bytes)).toBe(codec);
  expect(isSequenceHeader('audio', bytes)).toBe(header);
  expect(isFrame('audio', bytes)).toBe(frame);
  if (config) expect(sequenceHeaderConfig('audio', bytes).toString('hex')).toBe(config);
});

test.each(['57 01 000000 00', '17 02 000000 00', '94 68766331 02', '92 68766331 02'])('%s is no picture', (hex) => {
  expect(isFrame('video', body(hex))).toBe(false);
});

test('no body is too strange to be read', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      const strange = Buffer.from(bytes);
      const both = isFrame('video', strange) && isSequenceHeader('video', strange);
      expect(both || (isFrame('audio', strange) && isSequenceHeader('audio', strange))).toBe(false);
      expect(Math.abs(compositionTimeMs(strange))).toBeLessThanOrEqual(2 ** 23);
      expect([videoCodec(strange), audioCodec(strange)]).not.toContain(undefined);
    }),
    { numRuns: 2_000 },
  );
});
