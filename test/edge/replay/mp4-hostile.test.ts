import { expect, test } from 'vitest';
import { BoxError, boxesIn } from '../../../workers/replay/boxes.ts';
import { readSamples } from '../../../workers/replay/mp4-fragment.ts';
import { isSameInit, writeMp4Header } from '../../../workers/replay/mp4-header.ts';
import { placeSegment } from '../../../workers/replay/mp4-segment.ts';
import { chunk, initSegment } from '../../support/fmp4.ts';

const placement = { trackId: 2, shiftTicks: 90_000, sequence: 7, untilTicks: null };
const segment = () => {
  const chunks = [0, 1].map((i) => {
    return chunk({ startTicks: 180_000 + 6_000 * i, durationsTicks: [3_000, 3_000], independent: i === 0 });
  });
  return new Uint8Array(Buffer.concat(chunks));
};

test('a segment keeps its size, its media and its order', () => {
  const bytes = segment();
  const before = readSamples(bytes);
  placeSegment(bytes, placement);
  const after = readSamples(bytes);
  expect(after).toEqual(before.map((one) => ({ ...one, decodeTicks: one.decodeTicks - 90_000 })));
  const text = Buffer.from(bytes).toString('latin1');
  const sequences = [...text.matchAll(/mfhd\0\0\0\0(....)/gs)].map(([, word = '']) =>
    Buffer.from(word, 'latin1').readUInt32BE(),
  );
  expect(sequences).toEqual([7, 8]);
});

test.each([
  [9_000, ['moof', 'mdat', 'moof', 'mdat'], 3],
  [6_000, ['moof', 'mdat', 'free', 'free'], 2],
  [1, ['moof', 'mdat', 'free', 'free'], 1],
  [0, ['free', 'free', 'free', 'free'], 0],
])('what lies %d ticks past the beginning is left out without a byte less', (ticks, boxes, samples) => {
  const bytes = segment();
  placeSegment(bytes, { ...placement, untilTicks: 180_000 + ticks });
  expect(boxesIn(bytes).map(({ type }) => type)).toEqual(boxes);
  expect(readSamples(bytes).length).toBe(samples);
  expect(bytes.byteLength).toBe(segment().byteLength);
});

test('what is none of our media is refused, wherever it is cut or changed', () => {
  const good = segment();
  for (let length = 1; length < good.byteLength; length += 7) {
    const short = good.slice(0, length);
    try {
      placeSegment(short, placement);
      expect(boxesIn(short).length).toBeLessThan(4);
    } catch (error) {
      expect(error).toBeInstanceOf(BoxError);
    }
  }
  expect(() => placeSegment(segment(), { ...placement, shiftTicks: 200_000 })).toThrow(BoxError);
  expect(() => writeMp4Header([new Uint8Array(20)], 1_000)).toThrow(BoxError);
  expect(() => writeMp4Header([good], 1_000)).toThrow(BoxError);
});

test('init segments are the same when their decoder is', () => {
  const [video, audio] = [initSegment('video'), initSegment('audio')].map((one) => new Uint8Array(one));
  if (!video || !audio) throw new Error('no init segments');
  expect([isSameInit(video, video.slice()), isSameInit(video, audio)]).toEqual([true, false]);
});
