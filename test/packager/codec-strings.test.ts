import { describe, expect, it, test } from 'vitest';
import { MediaError } from '../../origin/packager/boxes.ts';
import { av1Codec, avcCodec, hevcCodec, opusChannels, vp9Codec } from '../../origin/packager/codec-strings.ts';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

test.each([
  ['avc1', '01 64001f ff', 'avc1.64001f'],
  ['avc3', '01 4d401e ff', 'avc3.4d401e'],
])('H.264: %s %s', (entry, hex, codec) => expect(avcCodec(entry, bytes(hex))).toBe(codec));

// The examples of ISO/IEC 14496-15 E.3, and what x265 writes.
test.each([
  ['hev1', '01 01 60000000 b00000000000 5d', 'hev1.1.6.L93.b0'],
  ['hvc1', '01 64 10000000 b02000000000 7b', 'hvc1.A4.8.H123.b0.20'],
  ['hvc1', '01 01 60000000 900000000000 3c', 'hvc1.1.6.L60.90'],
  ['hvc1', '01 02 20000000 000000000000 99', 'hvc1.2.4.L153'],
  ['hvc1', '01 01 60000000 900000000400 3c', 'hvc1.1.6.L60.90.0.0.0.4'],
])('HEVC: %s %s', (entry, hex, codec) => expect(hevcCodec(entry, bytes(hex))).toBe(codec));

test.each([
  ['01000000 00 15 80 02 02 02 0000', 'vp09.00.21.08.00.02.02.02.00'],
  ['01000000 02 0a a3 09 10 09 0000', 'vp09.02.10.10.01.09.16.09.01'],
])('VP9: %s', (hex, codec) => expect(vp9Codec(bytes(hex))).toBe(codec));

test.each([
  ['81 00 0d 00', 'av01.0.00M.08'],
  ['81 05 0c 00', 'av01.0.05M.08'],
  ['81 28 cc 00', 'av01.1.08H.10'],
  ['81 4f e0 00', 'av01.2.15H.12'],
  ['81 0d 6c 00', 'av01.0.13M.10'],
])('AV1: %s', (hex, codec) => expect(av1Codec(bytes(hex))).toBe(codec));

it('reads the channels of Opus', () => {
  expect(opusChannels(bytes('00 02 0138 0000bb80 0000 00'))).toBe(2);
  expect(opusChannels(bytes('00 01 0138 0000ac44 0000 00'))).toBe(1);
});

describe('what is no decoder configuration', () => {
  it.each<[string, () => unknown]>([
    ['a short avcC', () => avcCodec('avc1', bytes('01 64 00'))],
    ['a short hvcC', () => hevcCodec('hvc1', bytes('01 01 60000000 9000'))],
    ['a short vpcC', () => vp9Codec(bytes('01000000 00'))],
    ['a vpcC of version 0', () => vp9Codec(bytes('00000000 00 15 80 02 02 02'))],
    ['a short av1C', () => av1Codec(bytes('81 00'))],
    ['an av1C without its marker', () => av1Codec(bytes('01 00 0d 00'))],
    ['an empty dOps', () => opusChannels(bytes(''))],
    ['a dOps of version 1', () => opusChannels(bytes('01 02 0138 0000bb80 0000 00'))],
    ['a dOps without channels', () => opusChannels(bytes('00 00 0138 0000bb80 0000 00'))],
  ])('%s is refused', (_, read) => {
    expect(read).toThrow(MediaError);
    expect(read).toThrow(expect.objectContaining({ code: 'init_malformed' }));
  });
});
