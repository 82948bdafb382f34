import { edgeLimits } from '#shared/limits/edge.ts';
import type { Bucket, BucketObject, BucketPage, ByteRange } from './bucket.ts';
import { BucketError } from './bucket-error.ts';
import { resumedBody } from './resumed-body.ts';
import { parseListing } from './s3-listing.ts';
import { readS3Refusal, type S3Request, sendS3 } from './s3-request.ts';
import type { S3Settings } from './s3-settings.ts';

type Read = Pick<S3Request, 'target' | 'headers'>;

/** An object of which a part was asked for. */
interface Wanted {
  readonly key: string;
  readonly wanted: ByteRange;
  readonly sizeBytes: number;
  /** Null where the server names none that tells two objects apart: what breaks off is not read on then. */
  readonly etag: string | null;
}

/**
 * A bucket with the S3 API, by signed requests. Reads are repeated once, and bodies that break off are read on; what is put or removed is not, for whoever asks
 * for that repeats it. All methods reject with {@link BucketError}.
 */
export class S3Bucket implements Bucket {
  readonly #settings: S3Settings;

  constructor(settings: S3Settings) {
    this.#settings = settings;
  }

  async get(key: string, range?: ByteRange): Promise<BucketObject | null> {
    const response = await this.#read({ target: key, ...(range && { headers: { range: rangeHeader(range) } }) });
    if (response.status === 404) {
      const { name, error } = await readS3Refusal(response);
      if (name === 'NoSuchKey') return null;
      throw error;
    }
    const { body } = response;
    const sizeBytes = wholeSize(response, range !== undefined);
    if (body && sizeBytes !== null) {
      const wanted = range ?? { offsetBytes: 0, lengthBytes: sizeBytes };
      return { sizeBytes, body: this.#resumed(body, { key, wanted, sizeBytes, etag: strongTag(response) }) };
    }
    await body?.cancel();
    throw new BucketError('bucket_failed', 'The bucket sent an object without its length, or not the range.');
  }

  async put(key: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
    // Checked by every server, old ones too; they do not agree on the newer headers.
    const md5 = btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('MD5', body))));
    const { bucketPutMsMax: limitMs } = edgeLimits;
    const headers = { 'content-md5': md5, 'content-type': 'application/octet-stream' };
    await this.#change({ method: 'PUT', target: key, headers, body, limitMs, wholeMs: limitMs });
  }

  async list(prefix: string, afterKey: string | null): Promise<BucketPage> {
    const query = new URLSearchParams({ 'list-type': '2', 'max-keys': String(edgeLimits.objectsListedMax), prefix });
    if (afterKey !== null) query.set('start-after', afterKey);
    const response = await this.#read({ target: `?${query.toString().replaceAll('+', '%20')}` });
    if (response.status === 404) throw (await readS3Refusal(response)).error;
    const page = parseListing(await response.text());
    if (!page) throw new BucketError('bucket_failed', 'The bucket answered something else than a listing.');
    // What is listed may be removed.
    const isAsked =
      page.objects.every(({ key }) => key.startsWith(prefix)) && (page.next === null || page.next !== afterKey);
    if (isAsked) return page;
    throw new BucketError('bucket_failed', 'The bucket lists what it was not asked for.');
  }

  /** One request each: the batch request needs a checksum on whose kind servers do not agree. */
  async remove(keys: readonly string[]): Promise<void> {
    for (let at = 0; at < keys.length; at += edgeLimits.bucketRemovesAtOnceMax) {
      const some = keys.slice(at, at + edgeLimits.bucketRemovesAtOnceMax);
      await Promise.all(some.map((key) => this.#change({ method: 'DELETE', target: key, ...readLimits })));
    }
  }

  /** The body of an object as it was when it was asked for, however often it breaks off. */
  #resumed(body: ReadableStream<Uint8Array>, { key, wanted, sizeBytes, etag }: Wanted): ReadableStream<Uint8Array> {
    // A server sends what there is of a range that goes past the end.
    const lengthBytes = Math.min(wanted.lengthBytes, sizeBytes - wanted.offsetBytes);
    return resumedBody(body, {
      lengthBytes,
      resumesMax: etag === null ? 0 : edgeLimits.bucketResumesMax,
      read: async (fromBytes) => {
        const left = { offsetBytes: wanted.offsetBytes + fromBytes, lengthBytes: lengthBytes - fromBytes };
        const headers = { range: rangeHeader(left), 'if-match': etag ?? '' };
        const response = await this.#read({ target: key, headers });
        if (response.body && wholeSize(response, true) === sizeBytes) return response.body;
        await response.body?.cancel();
        throw new BucketError('bucket_failed', 'The bucket sent an object that broke off, and not the rest of it.');
      },
      onBreak: (atBytes, error) => {
        console.error(JSON.stringify({ event: 'bucket_broke_off', key, atBytes, sizeBytes, error: String(error) }));
      },
    });
  }

  async #change(request: S3Request): Promise<void> {
    const response = await sendS3(this.#settings, request);
    if (!response.ok && !(request.method === 'DELETE' && response.status === 404)) {
      throw (await readS3Refusal(response)).error;
    }
    await response.body?.cancel();
  }

  /** A 2xx or 404. */
  async #read(read: Read): Promise<Response> {
    try {
      return await this.#readOnce(read);
    } catch (error) {
      if (!isPassing(error)) throw error;
      const { retryDelayMsMin, retryDelayMsMax } = edgeLimits;
      const delayMs = retryDelayMsMin + Math.random() * (retryDelayMsMax - retryDelayMsMin);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      return this.#readOnce(read);
    }
  }

  async #readOnce(read: Read): Promise<Response> {
    const response = await sendS3(this.#settings, { method: 'GET', ...read, ...readLimits });
    if (response.ok || response.status === 404) return response;
    throw (await readS3Refusal(response)).error;
  }
}

const readLimits = { limitMs: edgeLimits.bucketHeadersMsMax, wholeMs: edgeLimits.bucketReadMsMax };

/** What is refused stays refused. */
function isPassing(error: unknown): boolean {
  return error instanceof BucketError && (error.code === 'bucket_failed' || error.code === 'bucket_timeout');
}

function rangeHeader({ offsetBytes, lengthBytes }: ByteRange): string {
  return `bytes=${offsetBytes}-${offsetBytes + lengthBytes - 1}`;
}

/** A weak validator matches nothing by If-Match (RFC 9110 13.1.1). */
function strongTag({ headers }: Response): string | null {
  const tag = headers.get('etag');
  return tag?.startsWith('"') ? tag : null;
}

/** Size of the whole object, or null when the server does not tell or ignored the range. */
function wholeSize({ status, headers }: Response, isRange: boolean): number | null {
  if (isRange !== (status === 206)) return null;
  const text = isRange ? /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1] : headers.get('content-length');
  return text === null || text === undefined ? null : Number(text);
}
