import { recordLimits } from '#shared/limits/store.ts';
import { BucketError } from './bucket-error.ts';

/** The text of a record from the bucket. Rejects with `bucket_failed` past what any record has: an isolate has little memory. */
export function readRecordText(zipped: ReadableStream<Uint8Array>): Promise<string> {
  let leftBytes: number = recordLimits.textBytesMax;
  const bound = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      leftBytes -= chunk.byteLength;
      if (leftBytes < 0)
        controller.error(new BucketError('bucket_failed', 'What is there is no record: it does not end.'));
      else controller.enqueue(chunk);
    },
  });
  return new Response(zipped.pipeThrough(new DecompressionStream('gzip')).pipeThrough(bound)).text();
}
