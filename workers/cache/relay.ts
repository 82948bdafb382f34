import { edgeLimits } from '#shared/limits/edge.ts';
import { type ByteBudget, ChunkLog } from './chunk-log.ts';

/** One for the isolate, whatever it holds: a PoP's viewers or many shields. */
const budget: ByteBudget = { usedBytes: 0, bytesMax: edgeLimits.growingBytesMax };

/** A new log for one object. */
export function newLog(): ChunkLog {
  return new ChunkLog(budget, edgeLimits.objectBytesMax);
}

/**
 * Reads a body into a log, chunk by chunk, until its end. Belongs into waitUntil: the viewer who began it may leave.
 * A stream that errors, falls silent or grows too large leaves the log broken; never throws.
 * @param stallMsMax ms without a chunk after which the rest is given up
 */
export async function fillLog(log: ChunkLog, stream: ReadableStream<Uint8Array>, stallMsMax: number): Promise<void> {
  const reader = stream.getReader() as ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  try {
    for (;;) {
      const chunk = await within(reader.read(), stallMsMax);
      if (chunk.done) break;
      if (!log.append(chunk.value)) throw new Error('there is no room for it');
    }
    log.complete();
  } catch (error) {
    log.fail();
    console.warn(JSON.stringify({ event: 'relay_broken', sizeBytes: log.sizeBytes, error: String(error) }));
    await reader.cancel().catch(() => {});
  }
}

/** A reader of its own for one viewer, or one PoP: everything from the beginning, then what comes, then the end. */
export function readLog(log: ChunkLog, stallMsMax: number): ReadableStream<Uint8Array> {
  let offsetBytes = 0;
  return new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      for (;;) {
        const bytes = log.read(offsetBytes);
        if (bytes) {
          offsetBytes += bytes.byteLength;
          controller.enqueue(bytes.slice()); // enqueue takes the buffer away from everybody else
          return;
        }
        if (log.state === 'complete') {
          controller.close();
          return;
        }
        if (log.state === 'broken' || !(await log.moved(stallMsMax))) throw new Error('the rest of the body is lost');
      }
    },
  });
}

/** The whole body once it is there; null when it never will be. */
export async function wholeOf(log: ChunkLog, stallMsMax: number): Promise<ArrayBuffer | null> {
  while (log.state === 'open') {
    if (!(await log.moved(stallMsMax))) return null;
  }
  if (log.state === 'broken') return null;
  return log.read(0)?.slice().buffer ?? new ArrayBuffer(0);
}

async function within<Value>(work: Promise<Value>, limitMs: number): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`nothing came for ${limitMs} ms`)), limitMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
