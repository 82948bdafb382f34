import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captionChannels } from '../../origin/ingest/captions.ts';
import { captionNal, rollUpPairs, withNal } from '../support/captions.ts';

const slice = Buffer.from('0000000541aabbccdd', 'hex');
const picture = Buffer.concat([Buffer.from('2701000000', 'hex'), slice]);
const rollUp = rollUpPairs('HI')[0] as [number, number];

describe('captions inside pictures', () => {
  it.each([
    ['CC1', 0, [0x14, 0x25]],
    ['CC2', 0, [0x1c, 0x20]],
    ['CC3', 1, [0x15, 0x29]],
    ['CC4', 1, [0x1d, 0x2f]],
  ] as const)('are found in %s', (channel, field, pair) => {
    expect(captionChannels(withNal(picture, captionNal(pair, field)))).toEqual([channel]);
  });

  it('are not found in padding, letters, text services, other messages or pictures without any', () => {
    for (const pair of [null, [0x48, 0x49], [0x14, 0x2a], [0x01, 0x03], [0x14, 0x2c]] as const) {
      expect(captionChannels(withNal(picture, captionNal(pair)))).toEqual([]);
    }
    const other = captionNal(rollUp);
    other.write('DTG1', 6, 'latin1');
    expect(captionChannels(withNal(picture, other))).toEqual([]);
    const invalid = captionNal(rollUp);
    invalid[13] = 0xf8;
    expect(captionChannels(withNal(picture, invalid))).toEqual([]);
    expect(captionChannels(picture)).toEqual([]);
  });

  it('are found behind another message and in the enhanced header with and without composition time', () => {
    const nal = captionNal(rollUp);
    const unregistered = Buffer.from([5, 4, 1, 2, 3, 4]);
    const both = Buffer.concat([nal.subarray(0, 1), unregistered, nal.subarray(1)]);
    expect(captionChannels(withNal(picture, both))).toEqual(['CC1']);
    const units = withNal(picture, nal).subarray(5);
    const coded = Buffer.concat([Buffer.from([0xa1]), Buffer.from('avc1'), Buffer.alloc(3), units]);
    const codedX = Buffer.concat([Buffer.from([0xa3]), Buffer.from('avc1'), units]);
    expect([captionChannels(coded), captionChannels(codedX)]).toEqual([['CC1'], ['CC1']]);
    const hevc = Buffer.concat([Buffer.from([0xa3]), Buffer.from('hvc1'), units]);
    expect(captionChannels(hevc)).toEqual([]);
  });

  it('of damaged pictures are read without an error', () => {
    const whole = withNal(picture, captionNal(rollUp));
    fc.assert(
      fc.property(
        fc.nat(whole.length),
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255))),
        (length, changes) => {
          const damaged = Buffer.from(whole);
          for (const [at, value] of changes) damaged[at] = value;
          captionChannels(damaged.subarray(0, length));
        },
      ),
    );
  });
});
