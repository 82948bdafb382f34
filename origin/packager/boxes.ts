import { packagerLimits } from '#shared/limits/packager.ts';

/** One top-level ISO BMFF box (ISO/IEC 14496-12 4.2), header included. */
export interface Box {
  readonly type: string;
  readonly bytes: Buffer;
}

/** The byte stream is not what a CMAF track looks like. */
export class MediaError extends Error {
  readonly code: 'box_malformed' | 'box_too_large' | 'init_malformed' | 'chunk_malformed';

  constructor(code: MediaError['code'], message: string) {
    super(message);
    this.name = 'MediaError';
    this.code = code;
  }
}

/** Cuts a byte stream into top-level boxes; each box is copied once. */
export class BoxSplitter {
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  /** Takes the next bytes and returns the boxes that they complete. */
  push(data: Buffer): Box[] {
    this.#pending.push(data);
    this.#pendingBytes += data.length;
    const boxes: Box[] = [];
    for (;;) {
      const sizeBytes = this.#nextSize();
      if (sizeBytes === null || this.#pendingBytes < sizeBytes) return boxes;
      const bytes = this.#take(sizeBytes);
      boxes.push({ type: bytes.toString('latin1', 4, 8), bytes });
    }
  }

  #nextSize(): number | null {
    if (this.#pendingBytes < 8) return null;
    const head = this.#peek(8);
    const sizeBytes = head.readUInt32BE(0);
    if (sizeBytes < 8) throw new MediaError('box_malformed', `box of size ${sizeBytes}`);
    if (sizeBytes > packagerLimits.boxBytesMax) throw new MediaError('box_too_large', `box of ${sizeBytes} bytes`);
    return sizeBytes;
  }

  #peek(count: number): Buffer {
    const first = this.#pending[0] as Buffer;
    if (first.length >= count) return first;
    this.#pending = [Buffer.concat(this.#pending)];
    return this.#pending[0] as Buffer;
  }

  #take(sizeBytes: number): Buffer {
    const parts: Buffer[] = [];
    let left = sizeBytes;
    while (left > 0) {
      const next = this.#pending[0] as Buffer;
      if (next.length <= left) {
        parts.push(next);
        this.#pending.shift();
        left -= next.length;
      } else {
        parts.push(next.subarray(0, left));
        this.#pending[0] = next.subarray(left);
        left = 0;
      }
    }
    this.#pendingBytes -= sizeBytes;
    return Buffer.concat(parts, sizeBytes);
  }
}

/** Calls `visit` for each child box of a container: its type and the range of its payload. */
export function eachChild(
  bytes: Buffer,
  startByte: number,
  endByte: number,
  visit: (type: string, payload: number, end: number) => void,
): void {
  let at = startByte;
  while (at + 8 <= endByte) {
    const size = bytes.readUInt32BE(at);
    if (size < 8 || at + size > endByte) throw new MediaError('box_malformed', `child box of size ${size}`);
    visit(bytes.toString('latin1', at + 4, at + 8), at + 8, at + size);
    at += size;
  }
}

/** The payload range of the first box at a path such as `trak/mdia/mdhd`, or null. */
export function findBox(bytes: Buffer, startByte: number, endByte: number, path: string): [number, number] | null {
  const [head, ...rest] = path.split('/');
  let found: [number, number] | null = null;
  eachChild(bytes, startByte, endByte, (type, payload, end) => {
    if (found || type !== head) return;
    found = rest.length === 0 ? [payload, end] : findBox(bytes, payload, end, rest.join('/'));
  });
  return found;
}
