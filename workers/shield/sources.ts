import { edgeLimits } from '#shared/limits/edge.ts';
import { holeStatus } from '#shared/wire/hole.ts';
import { type Answer, refusal, type TierRequest } from '../cache/answer.ts';
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
 * what the origin no longer has or cannot say. While a broadcast may go on, nobody is told that it is over: manifests that the
 * bucket's record makes say so, and players believe them for good.
 */
export async function askSources(sources: Sources, request: OriginRequest): Promise<Answer> {
  const { origin, bucket, bucketFirst } = sources;
  const { kind, broadcast } = request.route;
  const endMs = Date.now() + edgeLimits.upstreamMsMax;
  const isStored = (await origin.isOver(broadcast)) && (await bucket.isWhole(broadcast));
  if (isStored) {
    const stored = await bucket.answer(request, true);
    if (stored && stored !== 'failed') return stored;
    if (await bucket.isMissing(request)) return missing();
    const lost = await bucket.hole(request);
    if (lost) return lost;
  }
  const early = isStored ? null : await bucketFirst.answer(request);
  if (early) return early;
  const answer = await origin.answer(request);
  if (answer.status === 200) return answer;
  const late = await askLate(sources, request, answer, isStored);
  if (late) return late;
  // Players that fail to get a segment some times in a row may never go on; what became of it the next origin knows.
  const isHeld = kind === 'segment' && answer.status !== 410;
  return isHeld ? origin.heirAnswer(request, answer, endMs) : answer;
}

/** What the bucket says where the origin has no answer; null: nothing. */
async function askLate(
  { origin, bucket }: Sources,
  request: OriginRequest,
  answer: Answer,
  isStored: boolean,
): Promise<Answer | null> {
  const { kind, broadcast } = request.route;
  if (!fallsBack.has(answer.status)) return null;
  const tellsEnd = endsPlayback.has(kind) || kind === 'segment-list';
  const isToldOver = tellsEnd && (await origin.isToldOver(broadcast));
  if (endsPlayback.has(kind) && !isToldOver) return null;
  const late = await bucket.answer(request, isToldOver);
  if (late === 'failed') return (await origin.isOrphaned(broadcast)) ? unread() : null;
  if (late) return late;
  return isStored && (await bucket.noteMissing(request)) ? missing() : null;
}

/** There is nobody else to ask: whether it is there is known once the bucket answers again. */
function unread(): Answer {
  return refusal('upstream_failed', 'The bucket of this replay is not answering.', Date.now(), 'origin');
}

/** Said to whoever has an old manifest: in the next one it is a gap. */
function missing(): Answer {
  return refusal('not_found', 'This segment of the replay was lost. Its manifests leave it out.', Date.now(), 'origin');
}

/** What the bucket alone has, while the broadcast may go on. */
export async function askBucket(bucket: BucketSource, request: OriginRequest): Promise<Answer> {
  const stored = await bucket.answer(request, false);
  if (stored && stored !== 'failed') return stored;
  return refusal('gone', 'This has left the window, and the bucket does not have it.', Date.now(), 'origin');
}

const endsPlayback: ReadonlySet<TierRequest['route']['kind']> = new Set([
  'media-playlist',
  'mpd',
  'iframe-playlist',
] as const);

/** Lost, not there, gone, failed, or not in time; 503 means that it will be there. */
const fallsBack: ReadonlySet<number> = new Set([holeStatus, 404, 410, 500, 502, 504]);
