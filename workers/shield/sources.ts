import { type Answer, refusal } from '../cache/answer.ts';
import type { BucketFirst } from './bucket-first.ts';
import type { BucketSource } from './bucket-source.ts';
import type { OriginRequest, OriginSource } from './source.ts';

/** Where a shield's answers come from. */
interface Sources {
  readonly origin: OriginSource;
  readonly bucket: BucketSource;
  readonly bucketFirst: BucketFirst;
}

/**
 * The bucket when the whole broadcast lies there, or when it is to be asked first; else the origin, and the bucket for
 * what the origin no longer has or cannot say.
 */
export async function askSources({ origin, bucket, bucketFirst }: Sources, request: OriginRequest): Promise<Answer> {
  const { broadcast } = request.route;
  const isStored = (await origin.isOver(broadcast)) && (await bucket.isWhole(broadcast));
  if (isStored) {
    const stored = await bucket.answer(request);
    if (stored) return stored;
  }
  const early = isStored ? null : await bucketFirst.answer(request);
  if (early) return early;
  const answer = await origin.answer(request);
  if (answer.status === 200 || !fallsBack.has(answer.status)) return answer;
  return (await bucket.answer(request)) ?? answer;
}

/** What the bucket alone has, while the broadcast may go on. */
export async function askBucket(bucket: BucketSource, request: OriginRequest): Promise<Answer> {
  const stored = await bucket.answer(request);
  return stored ?? refusal('gone', 'This has left the window, and the bucket does not have it.', Date.now(), 'origin');
}

/** Not there, gone, failed, or not in time; 503 means that it will be there. */
const fallsBack: ReadonlySet<number> = new Set([404, 410, 500, 502, 504]);
