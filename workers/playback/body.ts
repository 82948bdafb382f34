import { edgeLimits } from '#shared/limits/edge.ts';

/**
 * The body of a response out of shared bytes. A large one is written in slices: in one piece it costs twice the CPU, and
 * every viewer a second copy of it.
 */
export function responseBody(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | ReadableStream {
  if (bytes.byteLength <= 2 * edgeLimits.responseSliceBytes) return bytes;
  const { readable, writable } = new FixedLengthStream(bytes.byteLength);
  void writeSlices(bytes, writable);
  return readable;
}

async function writeSlices(bytes: Uint8Array<ArrayBuffer>, writable: WritableStream<Uint8Array>): Promise<void> {
  const writer = writable.getWriter();
  try {
    for (let at = 0; at < bytes.byteLength; at += edgeLimits.responseSliceBytes) {
      await writer.write(bytes.subarray(at, at + edgeLimits.responseSliceBytes));
    }
    await writer.close();
  } catch {
    // the viewer left; there is nobody to tell
  }
}
