/** Builds the smallest CMAF tracks that the packager reads, for tests that need exact timestamps. */

function box(type: string, ...payload: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(payload);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length, 0);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, 4 * i);
  return bytes;
}

/** An init segment: H.264 640 × 360 at 90 kHz, or AAC or Opus in stereo at 48 kHz. */
export function initSegment(kind: 'video' | 'audio' | 'opus'): Buffer {
  const timescale = kind === 'video' ? 90_000 : 48_000;
  const entry = { video: avc1, audio: mp4a, opus }[kind]();
  const mdhd = box('mdhd', words(0, 0, 0, timescale, 0, 0));
  const stsd = box('stsd', words(0, 1), entry);
  const mdia = box('mdia', mdhd, box('minf', box('stbl', stsd)));
  const mvex = box('mvex', box('trex', words(0, 1, 1, 0, 0, 0)));
  return Buffer.concat([box('ftyp', Buffer.from('cmfc')), box('moov', box('trak', mdia), mvex)]);
}

function avc1(): Buffer {
  const entry = Buffer.alloc(78);
  entry.writeUInt16BE(640, 24);
  entry.writeUInt16BE(360, 26);
  return box('avc1', entry, box('avcC', Buffer.from([1, 0x64, 0x00, 0x1f, 0xff])));
}

function mp4a(): Buffer {
  const entry = Buffer.alloc(28);
  entry.writeUInt16BE(2, 16);
  entry.writeUInt32BE(48_000 * 65_536, 24);
  const specific = Buffer.from([0x05, 2, 0x11, 0x90]);
  const config = Buffer.concat([Buffer.from([0x04, 13 + specific.length, 0x40]), Buffer.alloc(12), specific]);
  const descriptor = Buffer.concat([Buffer.from([0x03, 3 + config.length, 0, 1, 0]), config]);
  return box('mp4a', entry, box('esds', words(0), descriptor));
}

function opus(): Buffer {
  const entry = Buffer.alloc(28);
  entry.writeUInt16BE(2, 16);
  return box('Opus', entry, box('dOps', Buffer.from([0, 2, 0x01, 0x38, 0, 0, 0xbb, 0x80, 0, 0, 0])));
}

export interface ChunkSpec {
  /** As written in tfdt. */
  readonly startTicks: number;
  readonly durationsTicks: readonly number[];
  readonly independent: boolean;
  readonly sampleBytes?: number;
}

const nonSync = 0x10000;

/** A moof and its mdat. */
export function chunk(spec: ChunkSpec): Buffer {
  const sampleBytes = spec.sampleBytes ?? 10;
  const samples = spec.durationsTicks.flatMap((ticks, index) => [
    ticks,
    sampleBytes,
    index === 0 && spec.independent ? 0 : nonSync,
  ]);
  const trun = box('trun', words(0x701, spec.durationsTicks.length, 0, ...samples));
  const tfdt = box('tfdt', words(0x01000000, Math.floor(spec.startTicks / 2 ** 32), spec.startTicks));
  const traf = box('traf', box('tfhd', words(0x020000, 1)), tfdt, trun);
  const moof = box('moof', box('mfhd', words(0, 1)), traf);
  return Buffer.concat([moof, box('mdat', Buffer.alloc(sampleBytes * spec.durationsTicks.length, 7))]);
}
