import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isInNetwork, isNetwork } from '../../workers/token/network.ts';

test.each([
  ['203.0.113.9', '203.0.113.0/24', true],
  ['203.0.114.9', '203.0.113.0/24', false],
  ['203.0.113.9', '203.0.113.9', true],
  ['203.0.113.9', '0.0.0.0/0', true],
  ['203.0.113.129', '203.0.113.128/25', true],
  ['203.0.113.127', '203.0.113.128/25', false],
  ['::ffff:203.0.113.9', '203.0.113.0/24', true],
  ['203.0.113.9', '::ffff:203.0.113.0/120', true],
  ['2001:db8:1:ff::1', '2001:db8:1::/56', true],
  ['2001:db8:1:100::1', '2001:db8:1::/56', false],
  ['2001:DB8::1', '2001:db8::/32', true],
  ['203.0.113.9', '::/0', false],
  ['not', '0.0.0.0/0', false],
])('%s in %s: %s', (address, network, isIn) => {
  expect(isInNetwork(address, network)).toBe(isIn);
});

test.each(['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.4/33', '1.2.3.4/-1', '1.2.3.4/', '1.2.3.4/024'])(
  '"%s" is no network',
  (text) => {
    expect(isNetwork(text)).toBe(false);
  },
);

test.each([
  '::',
  '::1',
  '1::',
  '2001:db8::/129',
  ':::',
  '1::2::3',
  '12345::',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  'fe80::1%eth0',
])('"%s" is a network only when it is written right', (text) => {
  expect(isNetwork(text)).toBe(['::', '::1', '1::'].includes(text));
});

test('every address is in each of its own prefixes, and the next network is not', () => {
  const v4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
  fc.assert(
    fc.property(v4, fc.integer({ min: 1, max: 32 }), (bytes, bits) => {
      const number = bytes.reduce((sum, byte) => 256 * sum + byte, 0);
      const flipped = (number ^ (1 << (32 - bits))) >>> 0;
      const other = [24, 16, 8, 0].map((shift) => (flipped >>> shift) & 255).join('.');
      const address = bytes.join('.');
      return isInNetwork(address, `${address}/${bits}`) && !isInNetwork(address, `${other}/${bits}`);
    }),
  );
});
