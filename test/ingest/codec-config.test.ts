import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAacConfig } from '../../origin/ingest/aac.ts';
import { parseAvcConfig } from '../../origin/ingest/avc.ts';
import { parseAvcSps } from '../../origin/ingest/avc-sps.ts';
import { codecStringOf } from '../../origin/ingest/codec-string.ts';
import { BitWriter } from '../support/bit-writer.ts';

/** Written by x264 through ffmpeg. */
const avc = {
  baseline: '0142c00dffe100176742c00dda05067e7c0440000003004000000f03c50aa801000468ce0fc8',
  cropped: '01640028ffe1001967640028acd940780227e5c04400000fa40003a9803c60c65801000468ef8fcbfdf8f800',
  interlaced: '014d401effe10022674d401ef405a126c044000003000400000300c9808007a10001e84e4c200f8a155001000468de3c80',
  full444: '01f40015ffe1001967f40015919681519e3e2f0110000003001000000780f162ea01000768ce0f19100640fff8f800',
} as const;

function config(name: keyof typeof avc): Buffer {
  return Buffer.from(avc[name], 'hex');
}

test.each([
  ['baseline', { codecString: 'avc1.42c00d', width: 320, height: 180, frameRate: 30, hasBFrames: false, level: 13 }],
  ['cropped', { codecString: 'avc1.640028', width: 1920, height: 1080, reorderFramesMax: 2, hasBFrames: true }],
  [
    'interlaced',
    { codecString: 'avc1.4d401e', width: 720, height: 576, frameRate: 25, reorderFramesMax: 0, interlaced: true },
  ],
  ['full444', { codecString: 'avc1.f40015', width: 322, height: 182, frameRate: 60, profile: 244 }],
] as const)('H.264: %s', (name, wanted) => {
  expect(parseAvcConfig(config(name))).toMatchObject({ ok: true, value: wanted });
});

test('scaling lists and the second way of picture order are stepped over', () => {
  const bits = new BitWriter().bits(100, 8).bits(0, 8).bits(40, 8).unsigned(0);
  bits.unsigned(1).unsigned(0).unsigned(0).bits(0, 1).bits(1, 1);
  for (let list = 0; list < 8; list++) {
    if (list === 1 || list > 2) bits.bits(0, 1);
    else if (list === 0) {
      bits.bits(1, 1);
      for (let i = 0; i < 16; i++) bits.signed(i % 2 === 0 ? 3 : -3);
    } else bits.bits(1, 1).signed(1).signed(-9);
  }
  bits.unsigned(4).unsigned(1).bits(0, 1).signed(-1).signed(1).unsigned(2).signed(5).signed(-5);
  bits.unsigned(1).bits(0, 1).unsigned(39).unsigned(44).bits(1, 1).bits(1, 1).bits(0, 1).bits(0, 1).bits(1, 1);
  const sps = Buffer.concat([Buffer.from([0x67]), bits.bytes(), Buffer.from([0x80])]);
  expect(parseAvcSps(sps)).toMatchObject({ ok: true, value: { width: 640, height: 720, frameRate: null } });
});

test('a record cut at any byte of its parameter set gives a reason or the same size', () => {
  for (const name of Object.keys(avc) as Array<keyof typeof avc>) {
    const whole = config(name);
    const full = parseAvcConfig(whole);
    for (let length = 0; length < whole.length; length++) {
      const cut = parseAvcConfig(whole.subarray(0, length));
      if (cut.ok) expect(full.ok && cut.value.width).toBe(full.ok && full.value.width);
    }
  }
});

test('any bytes give a configuration within bounds or a reason', () => {
  const damaged = fc
    .tuple(fc.constantFrom(...(Object.keys(avc) as Array<keyof typeof avc>)), fc.nat(60), fc.nat(255))
    .map(([name, at, value]) => {
      const bytes = config(name);
      if (at < bytes.length) bytes[at] = value;
      return bytes;
    });
  const anything = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof(damaged, anything), (bytes) => {
      const read = parseAvcConfig(bytes);
      if (read.ok) {
        expect(read.value.width).toBeGreaterThan(0);
        expect(read.value.width).toBeLessThanOrEqual(16_384);
        expect(read.value.height).toBeLessThanOrEqual(16_384);
      } else {
        expect(['truncated', 'malformed', 'out_of_range', 'unsupported']).toContain(read.error);
      }
    }),
    { numRuns: 3_000 },
  );
});

test.each([
  ['LC stereo 48 kHz', '1190', { objectType: 2, sampleRate: 48_000, channels: 2, codecString: 'mp4a.40.2' }],
  ['LC mono 44.1 kHz', '1208', { objectType: 2, sampleRate: 44_100, channels: 1 }],
  ['LC 7.1', '11b8', { channels: 8 }],
  ['HE-AAC', '2b118800', { objectType: 5, sampleRate: 24_000, playedRate: 48_000, codecString: 'mp4a.40.5' }],
  ['HE-AAC that older decoders read too', '131056e598', { objectType: 2, sampleRate: 24_000, playedRate: 48_000 }],
  ['LC with an empty extension', '119056e500', { objectType: 2, sampleRate: 48_000, playedRate: 48_000 }],
  ['explicit rate', '17805dc010', { objectType: 2, sampleRate: 48_000, channels: 2 }],
] as const)('AAC: %s', (_, hex, wanted) => {
  expect(parseAacConfig(Buffer.from(hex, 'hex'))).toMatchObject({ ok: true, value: wanted });
});

test.each([
  ['', 'truncated'],
  ['11', 'truncated'],
  ['0000', 'malformed'],
  ['1680', 'malformed'],
  ['1180', 'unsupported'],
] as const)('AAC %j is %s', (hex, error) => {
  expect(parseAacConfig(Buffer.from(hex, 'hex'))).toEqual({ ok: false, error });
});

test.each([
  ['hevc', '0101600000009000000000005df000', 'hvc1.1.6.L93.90'],
  ['av1', '81050c00', 'av01.0.05M.08'],
  ['av1', '8148c000', 'av01.2.08H.10'],
  ['vp9', '000b8200000000000000', 'vp09.00.11.08'],
  ['vp9', '01000000020aa2000000000000', 'vp09.02.10.10'],
  ['hevc', '01', ''],
  ['av1', '', ''],
  ['vp9', '00', ''],
] as const)('%s %s is %j', (codec, hex, wanted) => {
  expect(codecStringOf(codec, Buffer.from(hex, 'hex'))).toBe(wanted);
});
