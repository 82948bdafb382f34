import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeAmf0 } from '../../origin/ingest/amf0.ts';
import { parseMetadata } from '../../origin/ingest/source-metadata.ts';
import { type Amf0Input, amf0 } from '../support/amf0-writer.ts';

const limits = { amfDepthMax: 4, amfKeysMax: 10 };

test('any bytes give values or a reason', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(typeof decodeAmf0(Buffer.from(bytes), limits).ok).toBe('boolean');
    }),
    { numRuns: 2_000 },
  );
});

test('what was written is read', () => {
  const leaf = fc.oneof(fc.double({ noNaN: true }), fc.boolean(), fc.string(), fc.constant(null));
  const members = fc.dictionary(
    fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
    leaf,
    { maxKeys: 4 },
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(leaf, members), { maxLength: 2 }), (values) => {
      const read = decodeAmf0(amf0(...(values as Amf0Input[])), limits);
      expect(read.ok && JSON.stringify(read.value)).toBe(JSON.stringify(values));
    }),
  );
});

test.each([
  ['an array inside an object', { a: [1, [2]] }, true],
  ['the depth allowed', { a: { a: { a: { a: 1 } } } }, true],
  ['one level more', { a: { a: { a: { a: { a: 1 } } } } }, false],
  ['the keys allowed', Array.from({ length: 10 }, () => 1), true],
  ['one key more', Array.from({ length: 11 }, () => 1), false],
] as const)('limits: %s', (_, value, ok) => {
  expect(decodeAmf0(amf0(value as unknown as Amf0Input), limits).ok).toBe(ok);
});

test('a key has no meaning of its own', () => {
  const read = decodeAmf0(amf0(JSON.parse('{"__proto__":{"polluted":1}}')), limits);
  expect(read.ok && (read.value[0] as { polluted?: number }).polluted).toBeUndefined();
});

test('ECMA arrays, dates, long strings, references and typed objects are read', () => {
  const bytes = Buffer.concat([
    Buffer.from('0800000001000161', 'hex'),
    amf0(5),
    Buffer.from('000009', 'hex'),
    Buffer.from('0b00000000000000000000', 'hex'),
    Buffer.from('0c0000000178', 'hex'),
    Buffer.from('070001', 'hex'),
    Buffer.from('10000154', 'hex'),
    Buffer.from('000009', 'hex'),
  ]);
  const read = decodeAmf0(bytes, limits);
  expect(JSON.stringify(read)).toBe('{"ok":true,"value":[{"a":5},0,"x",null,{}]}');
});

test('metadata: hints are read, nonsense is left out', () => {
  const fields = { encoder: 'OBS\u0007 30.1', width: 1_280, height: -1, framerate: Number.NaN };
  const wanted = { encoder: 'OBS 30.1', width: 1_280, height: 0, frameRate: 0 };
  expect(parseMetadata(amf0('@setDataFrame', 'onMetaData', fields))).toEqual(wanted);
  expect(parseMetadata(amf0('onMetaData', fields))).toEqual(wanted);
  expect(parseMetadata(amf0('onCuePoint', fields))).toBeNull();
  expect(parseMetadata(Buffer.from([9, 9]))).toBeNull();
});
