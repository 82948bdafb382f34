/** Boxes of ISO/IEC 14496-12 in plain bytes: read in place, written whole. */

/** The bytes are not the CMAF that our packager makes. */
export class BoxError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BoxError';
  }
}

/** A box inside of some bytes: `from` is its header, `payload` what it holds, `to` the byte after it. */
export interface BoxPlace {
  readonly type: string;
  readonly from: number;
  readonly payload: number;
  readonly to: number;
}

/** A view on exactly these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The boxes between two places, one after the other; throws BoxError where they do not fit. */
export function boxesIn(bytes: Uint8Array, from = 0, to = bytes.byteLength): readonly BoxPlace[] {
  const view = viewOf(bytes);
  const found: BoxPlace[] = [];
  for (let at = from; at < to; ) {
    const sizeBytes = at + 8 <= to ? view.getUint32(at) : 0;
    if (sizeBytes < 8 || at + sizeBytes > to) throw new BoxError(`a box of ${sizeBytes} bytes at ${at}`);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    found.push({ type, from: at, payload: at + 8, to: at + sizeBytes });
    at += sizeBytes;
  }
  return found;
}

/** The first box at a path such as `moov/trak/tkhd`; throws BoxError when there is none. */
export function boxAt(bytes: Uint8Array, path: string): BoxPlace {
  let place: BoxPlace = { type: '', from: 0, payload: 0, to: bytes.byteLength };
  for (const type of path.split('/')) {
    const child = boxesIn(bytes, place.payload, place.to).find((one) => one.type === type);
    if (!child) throw new BoxError(`no ${path}`);
    place = child;
  }
  return place;
}

/** A box of these pieces. */
export function writeBox(type: string, ...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const sizeBytes = pieces.reduce((sum, piece) => sum + piece.byteLength, 8);
  const box = new Uint8Array(sizeBytes);
  new DataView(box.buffer).setUint32(0, sizeBytes);
  writeType(box, 0, type);
  let at = 8;
  for (const piece of pieces) {
    box.set(piece, at);
    at += piece.byteLength;
  }
  return box;
}

/** Big-endian words of 32 bits. */
export function words(...values: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setInt32(4 * i, value | 0);
  return bytes;
}

/** Gives the box at `from` another type. */
export function writeType(bytes: Uint8Array, from: number, type: string): void {
  for (let i = 0; i < 4; i++) bytes[from + 4 + i] = type.charCodeAt(i);
}
