import { noDirectives } from '#shared/hls/directives.ts';
import type { ProblemCode } from '#shared/model/problem.ts';
import { type BroadcastRoute, formatPlaybackPath } from '#shared/route/route.ts';
import { readSegmentList, type SegmentList } from '#shared/wire/segment-list.ts';
import type { Answer, Call, TierRequest } from '../cache/answer.ts';
import { isolateTier } from '../cache/isolate-tier.ts';
import { asStored } from '../cache/stored.ts';
import { type Offered, readOffer } from './offer.ts';

/** What cannot be had of a broadcast, as the answer to whoever asked. */
export class LibraryError extends Error {
  readonly code: ProblemCode;

  constructor(code: ProblemCode, detail: string) {
    super(detail);
    this.name = 'LibraryError';
    this.code = code;
  }
}

/** What a broadcast offers, best first; throws LibraryError. */
export async function offerOf(broadcast: string, call: Call): Promise<readonly Offered[]> {
  const offer = readOffer(textOf(await isolateTier.answer(requestOf({ kind: 'multivariant', broadcast }), call)));
  if (offer.length === 0) throw new LibraryError('not_found', 'This broadcast has no media.');
  return offer;
}

/**
 * A rendition's segments; throws LibraryError.
 * @param sinceMs what has left the window of a broadcast that goes on is wanted too from this time on; null: all of it
 */
export async function segmentListOf(
  broadcast: string,
  rendition: string,
  sinceMs: number | null,
  call: Call,
): Promise<SegmentList> {
  const request = requestOf({ kind: 'segment-list', broadcast, rendition });
  const list = readSegmentList(textOf(await isolateTier.answer(request, call)));
  const [first] = list.segments;
  if (list.whole || !first || (sinceMs !== null && sinceMs >= first.programDateTimeMs)) return list;
  const stored = await isolateTier.answer(asStored(request), call);
  return stored.status === 200 ? joined(readSegmentList(textOf(stored)), list) : list;
}

/** The record's segments and those of the window, where no hole lies between them. */
function joined(stored: SegmentList, list: SegmentList): SegmentList {
  const firstMsn = list.segments[0]?.msn ?? 0;
  const past = stored.segments.filter(({ msn }) => msn < firstMsn);
  if (past.at(-1)?.msn !== firstMsn - 1) return list;
  return { ...list, whole: stored.whole, segments: [...past, ...list.segments] };
}

function requestOf(route: BroadcastRoute): TierRequest {
  return { route, path: formatPlaybackPath(route), directives: noDirectives };
}

function textOf(answer: Answer): string {
  return new TextDecoder().decode(bodyOf(answer));
}

/** The body of an answer; throws LibraryError with the reason when it has none. */
export function bodyOf({ status, body }: Answer): ArrayBuffer {
  if (status === 200) return body;
  const { code, detail } = JSON.parse(new TextDecoder().decode(body)) as { code: ProblemCode; detail: string };
  throw new LibraryError(code, detail);
}
