import { expect, it, test } from 'vitest';
import { readEsds } from '../../origin/packager/esds.ts';

/** An esds payload as ffmpeg writes it, with lengths of four bytes, around an AudioSpecificConfig. */
function esds(specific: string): Buffer {
  const config = Buffer.from(specific.replaceAll(' ', ''), 'hex');
  const descriptor = (tag: number, ...payload: readonly Buffer[]) => {
    const body = Buffer.concat(payload);
    return Buffer.concat([Buffer.from([tag, 0x80, 0x80, 0x80, body.length]), body]);
  };
  const decoder = Buffer.concat([Buffer.from([0x40, 0x15]), Buffer.alloc(11)]);
  const inner = descriptor(0x04, decoder, descriptor(0x05, config));
  return Buffer.concat([Buffer.alloc(4), descriptor(0x03, Buffer.from([0, 1, 0]), inner)]);
}

test.each([
  ['stereo at 48 kHz', '11 90', 'mp4a.40.2', 2],
  ['mono at 48 kHz', '11 88', 'mp4a.40.2', 1],
  ['mono at 44.1 kHz, with what stands behind', '12 08 56 e5 00', 'mp4a.40.2', 1],
  ['5.1', '11 b0', 'mp4a.40.2', 6],
  ['7.1', '11 b8', 'mp4a.40.2', 8],
  ['a layout of its own', '11 80', 'mp4a.40.2', null],
  ['a rate in figures', '17 80 5d c0 08', 'mp4a.40.2', 1],
  ['an escaped type', 'f9 46 40', 'mp4a.40.42', 2],
])('%s', (_, specific, codec, channels) => {
  expect(readEsds(esds(specific))).toEqual({ codec, channels });
});

it('refuses a configuration that ends early, and a box without one', () => {
  const malformed = expect.objectContaining({ code: 'init_malformed' });
  expect(() => readEsds(esds('11'))).toThrow(malformed);
  expect(() => readEsds(esds('11 90').subarray(0, 10))).toThrow(malformed);
});
