import { boxAt, viewOf, words, writeBox } from './boxes.ts';

/** Ticks of a second in the movie header: the bounds of a range are whole ms. */
const movieTimescale = 1_000;

/**
 * The beginning of a fragmented MP4 file (ISO/IEC 14496-12 8.8): `ftyp` and one `moov` for tracks that came as CMAF tracks of
 * their own. Track ids are 1, 2, … in the order of the init segments. Throws BoxError.
 */
export function writeMp4Header(inits: readonly Uint8Array[], durationMs: number): Uint8Array<ArrayBuffer> {
  const brands = 'isom\0\0\x02\0isomiso6mp41';
  const ftyp = writeBox(
    'ftyp',
    Uint8Array.from(brands, (char) => char.charCodeAt(0)),
  );
  const traks = inits.map((init, i) => writeTrack(init, i + 1, durationMs));
  const trexes = inits.map((_, i) => writeBox('trex', words(0, i + 1, 1, 0, 0, 0)));
  const mehd = writeBox('mehd', words(0, durationMs));
  const moov = writeBox('moov', movieHeader(inits.length, durationMs), ...traks, writeBox('mvex', mehd, ...trexes));
  return join([ftyp, moov]);
}

/** Whether two init segments configure a decoder alike. Throws BoxError. */
export function isSameInit(a: Uint8Array, b: Uint8Array): boolean {
  const [one, other] = [a, b].map((init) => payloadOf(init, sampleDescription));
  return one?.byteLength === other?.byteLength && one?.every((byte, i) => byte === other?.[i]) === true;
}

const sampleDescription = 'moov/trak/mdia/minf/stbl/stsd';

function movieHeader(tracks: number, durationMs: number): Uint8Array {
  const unity = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];
  const reserved = Array<number>(6).fill(0);
  const rate = [0x10000, 0x1000000, 0, 0];
  return writeBox('mvhd', words(0, 0, 0, movieTimescale, durationMs, ...rate, ...unity, ...reserved, tracks + 1));
}

function writeTrack(init: Uint8Array, id: number, durationMs: number): Uint8Array {
  const { from, to } = boxAt(init, 'moov/trak/tkhd');
  const tkhd = init.slice(from, to);
  const isLong = tkhd[8] === 1;
  viewOf(tkhd).setUint32(isLong ? 28 : 20, id);
  viewOf(tkhd).setUint32(isLong ? 40 : 28, durationMs);
  const mdia = boxAt(init, 'moov/trak/mdia');
  return writeBox('trak', tkhd, init.subarray(mdia.from, mdia.to));
}

function payloadOf(bytes: Uint8Array, path: string): Uint8Array {
  const { payload, to } = boxAt(bytes, path);
  return bytes.subarray(payload, to);
}

function join(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}
