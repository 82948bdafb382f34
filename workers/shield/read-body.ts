/** The whole body, or null when it exceeds `bytesMax`; throws when it ends early. */
export async function readBody(response: Response, bytesMax: number): Promise<ArrayBuffer | null> {
  const announced = response.headers.get('content-length');
  if (announced !== null && !response.headers.has('content-encoding')) {
    if (Number(announced) <= bytesMax) return response.arrayBuffer();
    await response.body?.cancel();
    return null;
  }
  return response.body ? readUnannounced(response.body, bytesMax) : new ArrayBuffer(0);
}

async function readUnannounced(stream: ReadableStream<Uint8Array>, bytesMax: number): Promise<ArrayBuffer | null> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > bytesMax) return null;
    chunks.push(chunk);
  }
  const body = new Uint8Array(sizeBytes);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return body.buffer;
}
