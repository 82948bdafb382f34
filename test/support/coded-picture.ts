/**
 * A picture that says which frame it is and when it was made: 8 × 8 black and white blocks over the whole frame, so
 * that any rung of a ladder still carries it.
 */

export interface PictureCode {
  /** Frame number, modulo 2^14. */
  readonly frame: number;
  /** Wall clock when the frame was drawn, ms since the Unix epoch, modulo 2^42. */
  readonly atMs: number;
}

const columns = 8;
const rows = 8;
const frameBits = 14;
const timeBits = 42;
const checkBits = 8;

/** Frame numbers go round here. */
export const frameModulo = 2 ** frameBits;

/** One yuv420p frame. */
export function drawCode(code: PictureCode, width: number, height: number): Buffer {
  const bits = toBits(code);
  const luma = width * height;
  const frame = Buffer.alloc((luma * 3) / 2, 128);
  const blockWidth = width / columns;
  const blockHeight = height / rows;
  for (let row = 0; row < rows; row++) {
    const line = Buffer.alloc(width);
    for (let column = 0; column < columns; column++) {
      const value = bits[row * columns + column] === 1 ? 235 : 16;
      line.fill(value, Math.round(column * blockWidth), Math.round((column + 1) * blockWidth));
    }
    for (let y = Math.round(row * blockHeight); y < Math.round((row + 1) * blockHeight); y++) {
      line.copy(frame, y * width);
    }
  }
  return frame;
}

/** Reads a code from 64 block brightnesses (0 to 255), or null when the check bits do not agree. */
export function readCode(brightness: ArrayLike<number>): PictureCode | null {
  const bits = Array.from({ length: columns * rows }, (_, i) => ((brightness[i] ?? 0) > 127 ? 1 : 0));
  const frame = fromBits(bits, 0, frameBits);
  const atMs = fromBits(bits, frameBits, timeBits);
  const check = fromBits(bits, frameBits + timeBits, checkBits);
  return check === checkOf(frame, atMs) ? { frame, atMs } : null;
}

function toBits({ frame, atMs }: PictureCode): number[] {
  const number = frame % frameModulo;
  const time = atMs % 2 ** timeBits;
  const check = checkOf(number, time);
  return [...split(number, frameBits), ...split(time, timeBits), ...split(check, checkBits)];
}

function checkOf(frame: number, atMs: number): number {
  return (frame * 31 + (atMs % 65_521) * 17 + 90) % 2 ** checkBits;
}

function split(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor(value / 2 ** (count - 1 - i)) % 2);
}

function fromBits(bits: readonly number[], start: number, count: number): number {
  let value = 0;
  for (let i = start; i < start + count; i++) value = value * 2 + (bits[i] ?? 0);
  return value;
}
