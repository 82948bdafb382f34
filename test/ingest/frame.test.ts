import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  controlFrame,
  type Frame,
  FrameReader,
  frameContent,
  frameTag,
  frameTypes,
  tagFrame,
} from '../../origin/ingest/frame.ts';

const tags = fc.record({
  type: fc.constantFrom('audio' as const, 'video' as const, 'script' as const),
  timestampMs: fc.nat(0xffffffff),
  arrivalMs: fc.double({ min: 0, max: 4e12, noNaN: true }),
  body: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
});

test('tags come out as they went in, however the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(0xffffffff), tags), { maxLength: 12 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 50 })),
      (sent, sizes) => {
        const stream = Buffer.concat(sent.map(([session, tag]) => tagFrame(session, tag)));
        const reader = new FrameReader(1_000);
        const frames: Frame[] = [];
        for (let at = 0; at < stream.length; ) {
          const end = at + (sizes.next().value as number);
          frames.push(...reader.push(stream.subarray(at, end)));
          at = end;
        }
        expect(frames.map((frame) => [frame.session, frameTag(frame)])).toEqual(sent);
      },
    ),
    { numRuns: 200 },
  );
});

test('control frames carry JSON, an empty object too', () => {
  const reader = new FrameReader(1_000);
  const bytes = Buffer.concat([
    controlFrame(frameTypes.accept, 7, {}),
    controlFrame(frameTypes.close, 8, { sentence: 'é' }),
  ]);
  const frames = reader.push(bytes);
  expect(frames.map((frame) => [frame.type, frame.session, frameContent(frame)])).toEqual([
    [frameTypes.accept, 7, {}],
    [frameTypes.close, 8, { sentence: 'é' }],
  ]);
});

test('a frame over the limit loses the stream', () => {
  const reader = new FrameReader(10);
  expect(() => reader.push(controlFrame(frameTypes.close, 1, { sentence: 'too long' }))).toThrow(/over the limit/);
});
