import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captionChannels } from '../../origin/ingest/captions.ts';
import { captionNal, rollUpPairs, serviceNal, withNal } from '../support/captions.ts';

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

  it.each([
    ['one service', [[1, [0x41, 0x42]]], ['SERVICE1']],
    [
      'several, with numbers of two bytes',
      [
        [2, [0x41]],
        [9, [0x42]],
        [63, [0x43]],
      ],
      ['SERVICE2', 'SERVICE9', 'SERVICE63'],
    ],
    [
      'one that has nothing to say beside one that has',
      [
        [1, [0, 0]],
        [3, [0x8b]],
      ],
      ['SERVICE3'],
    ],
    ['none: the null service', [[0, []]], []],
  ] as const)('are found in CEA-708 packets: %s', (_, blocks, services) => {
    expect(captionChannels(withNal(picture, serviceNal(blocks)))).toEqual(services);
  });

  it('are found in CEA-708 packets that go on in the next picture, and in both standards side by side', () => {
    const nal = serviceNal([
      [1, [0x41, 0x42, 0x43]],
      [2, [0x44, 0x45]],
    ]);
    const cut = Buffer.from(nal);
    // Two entries of five: the second service is told by the next packet.
    cut[11] = 0xc2;
    expect(captionChannels(withNal(picture, cut))).toEqual(['SERVICE1']);
    const both = withNal(withNal(picture, captionNal(rollUp)), nal);
    expect(captionChannels(both).sort()).toEqual(['CC1', 'SERVICE1', 'SERVICE2']);
  });

  it('are found in HEVC, whose messages have a header of their own', () => {
    const [nal, packet] = [captionNal(rollUp), serviceNal([[1, [0x41]]])].map((one) =>
      Buffer.concat([Buffer.from([39 << 1, 1]), one.subarray(1)]),
    ) as [Buffer, Buffer];
    const units = withNal(withNal(picture, nal), packet).subarray(5);
    expect(captionChannels(Buffer.concat([Buffer.from([0xa3]), Buffer.from('hvc1'), units])).sort()).toEqual([
      'CC1',
      'SERVICE1',
    ]);
  });

  it('of damaged pictures are read without an error', () => {
    const whole = withNal(
      withNal(picture, captionNal(rollUp)),
      serviceNal([
        [1, [0x41]],
        [9, [0x42]],
      ]),
    );
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
