import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MediaError } from '../../origin/packager/boxes.ts';
import type { Chunk } from '../../origin/packager/chunk.ts';
import type { InitSegment } from '../../origin/packager/init-segment.ts';
import { TrackReader } from '../../origin/packager/track-reader.ts';
import { chunk, initSegment } from '../support/fmp4.ts';

interface Seen {
  inits: InitSegment[];
  chunks: Chunk[];
  bytes: Buffer[];
}

function read(pieces: readonly Buffer[]): Seen {
  const seen: Seen = { inits: [], chunks: [], bytes: [] };
  const reader = new TrackReader({
    onInit: (init, bytes) => {
      seen.inits.push(init);
      seen.bytes.push(bytes);
    },
    onChunk: (one, bytes) => {
      seen.chunks.push(one);
      seen.bytes.push(bytes);
    },
  });
  for (const piece of pieces) reader.push(piece);
  return seen;
}

const first = chunk({ startTicks: 900_000, durationsTicks: [3_000, 3_000], independent: true });
const second = chunk({ startTicks: 2 ** 33, durationsTicks: [3_003], independent: false });

describe('track reader', () => {
  it('reads init segments and chunks', () => {
    const { inits, chunks } = read([Buffer.concat([initSegment('video'), first, second])]);
    expect(inits[0]).toMatchObject({ timescale: 90_000, codec: 'avc1.64001f', media: { width: 640, height: 360 } });
    expect(chunks).toEqual([
      { startTicks: 900_000, durationTicks: 6_000, sampleCount: 2, independent: true, restBytes: 10 },
      { startTicks: 2 ** 33, durationTicks: 3_003, sampleCount: 1, independent: false, restBytes: 0 },
    ]);
  });

  it('reads sound', () => {
    const { inits } = read([initSegment('audio')]);
    expect(inits[0]).toMatchObject({ codec: 'mp4a.40.2', media: { kind: 'audio', channels: 2, sampleRate: 48_000 } });
  });

  it('reads Opus, which always decodes to 48 kHz', () => {
    const { inits } = read([initSegment('opus')]);
    expect(inits[0]).toMatchObject({ codec: 'opus', media: { kind: 'audio', channels: 2, sampleRate: 48_000 } });
  });

  it('does not care how the bytes are cut', () => {
    const whole = Buffer.concat([initSegment('video'), first, second]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: whole.length - 1 }), { maxLength: 20 }), (cuts) => {
        const places = [...new Set([0, ...cuts, whole.length])].sort((a, b) => a - b);
        const pieces = places.slice(1).map((end, i) => whole.subarray(places[i], end));
        const seen = read(pieces);
        expect(Buffer.concat(seen.bytes)).toEqual(whole);
        expect(seen.chunks).toHaveLength(2);
      }),
    );
  });

  it('drops boxes that are no media and keeps those that belong to a chunk', () => {
    const free = Buffer.from([0, 0, 0, 8, 0x66, 0x72, 0x65, 0x65]);
    const styp = Buffer.from([0, 0, 0, 8, 0x73, 0x74, 0x79, 0x70]);
    const { bytes } = read([Buffer.concat([initSegment('video'), free, styp, first])]);
    expect(bytes[1]).toEqual(Buffer.concat([styp, first]));
  });

  it.each<[string, Buffer]>([
    ['mdat without moof', Buffer.concat([initSegment('video'), first.subarray(first.length - 28)])],
    ['an mdat of the wrong size', Buffer.concat([initSegment('video'), tamper(first)])],
    ['a box without size', Buffer.alloc(16)],
    ['a box of 4 GB', Buffer.from([0xff, 0xff, 0xff, 0xff, 0x6d, 0x64, 0x61, 0x74])],
    ['media before the init segment', first],
    ['a sample entry that nobody knows', replaced(initSegment('video'), 'avc1', 'mp4v')],
    ['a picture without its decoder configuration', replaced(initSegment('video'), 'avcC', 'free')],
    ['Opus without its decoder configuration', replaced(initSegment('opus'), 'dOps', 'free')],
  ])('refuses %s', (_, bytes) => {
    expect(() => read([bytes])).toThrow(MediaError);
  });
});

/** Takes one byte off the mdat and its size. */
function tamper(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes.subarray(0, bytes.length - 1));
  const mdat = copy.indexOf('mdat') - 4;
  copy.writeUInt32BE(copy.readUInt32BE(mdat) - 1, mdat);
  return copy;
}

/** Writes another box type over the first of one. */
function replaced(bytes: Buffer, type: string, other: string): Buffer {
  const copy = Buffer.from(bytes);
  copy.write(other, copy.indexOf(type), 'latin1');
  return copy;
}
