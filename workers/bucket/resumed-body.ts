import { BucketError } from './bucket-error.ts';

export interface BodyRest {
  /** Of the whole body. */
  readonly lengthBytes: number;
  /** So often a body is asked for again. */
  readonly resumesMax: number;
  /** The same bytes from a place in the body on; rejects with {@link BucketError}. */
  readonly read: (fromBytes: number) => Promise<ReadableStream<Uint8Array>>;
  /** A body broke off. */
  readonly onBreak: (atBytes: number, error: unknown) => void;
}

/**
 * A body that is whole, or an error: where one breaks off or stalls, the rest is asked for. Errors with what broke it off last
 * when that is of no use, and with `bucket_failed` for one that has more bytes than it said.
 */
export function resumedBody(first: ReadableStream<Uint8Array>, rest: BodyRest): ReadableStream<Uint8Array> {
  const { lengthBytes, resumesMax, read, onBreak } = rest;
  let reader = first.getReader();
  let gotBytes = 0;
  let resumes = 0;
  const next = async (): Promise<Uint8Array | null> => {
    try {
      const { value } = await reader.read();
      if (value) gotBytes += value.byteLength;
      if (gotBytes > lengthBytes) throw new BucketError('bucket_failed', 'The bucket sent more than it said.');
      if (value || gotBytes === lengthBytes) return value ?? null;
      throw new BucketError('bucket_failed', 'The bucket sent less than it said.');
    } catch (error) {
      if (resumes++ >= resumesMax || gotBytes >= lengthBytes) throw error;
      onBreak(gotBytes, error);
      reader = (await read(gotBytes)).getReader();
      return next();
    }
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const value = await next();
      if (value) controller.enqueue(value);
      else controller.close();
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
