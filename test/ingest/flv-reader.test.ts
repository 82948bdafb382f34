import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flvHeader, flvTagBytes } from '../../origin/ingest/flv.ts';
import { FlvReader } from '../../origin/ingest/flv-reader.ts';

const header = flvHeader({ hasAudio: true, hasVideo: true });
const anyTag = fc.record({
  type: fc.constantFrom('audio' as const, 'video' as const, 'script' as const),
  timestampMs: fc.nat({ max: 2 ** 32 - 1 }),
  body: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
});

test('what was written is read, wherever it is cut', () => {
  fc.assert(
    fc.property(fc.array(anyTag), fc.array(fc.nat({ max: 40 })), (tags, cuts) => {
      const file = Buffer.concat([header, ...tags.flatMap((tag) => flvTagBytes(tag.type, tag.timestampMs, tag.body))]);
      const reader = new FlvReader();
      const read = [];
      let from = 0;
      for (const size of [...cuts, file.length]) {
        const outcome = reader.push(file.subarray(from, from + size), 7);
        if (!outcome.ok) throw new Error(outcome.error);
        read.push(...outcome.value);
        from += size;
      }
      expect(read).toEqual(tags.map((tag) => ({ ...tag, arrivalMs: 7 })));
    }),
  );
});

test.each([
  ['another file', Buffer.from('RIFF....WAVEfmt '), 'malformed'],
  ['a tag of no kind', Buffer.concat([header, Buffer.alloc(15, 3)]), 'malformed'],
  ['a tag that is too large', Buffer.concat([header, Buffer.from('09ffffff00000000000000', 'hex')]), 'out_of_range'],
])('%s is refused', (_, bytes, error) => {
  expect(new FlvReader().push(bytes, 0)).toEqual({ ok: false, error });
});
