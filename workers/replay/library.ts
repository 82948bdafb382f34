import { noDirectives } from '#shared/hls/directives.ts';
import type { ProblemCode } from '#shared/model/problem.ts';
import { type BroadcastRoute, formatPlaybackPath } from '#shared/route/route.ts';
import { readSegmentList, type SegmentList } from '#shared/wire/segment-list.ts';
import type { Answer, Call } from '../cache/answer.ts';
import { isolateTier } from '../cache/isolate-tier.ts';
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
  const offer = readOffer(await textOf({ kind: 'multivariant', broadcast }, call));
  if (offer.length === 0) throw new LibraryError('not_found', 'This broadcast has no media.');
  return offer;
}

/** A rendition's segments; throws LibraryError. */
export async function segmentListOf(broadcast: string, rendition: string, call: Call): Promise<SegmentList> {
  return readSegmentList(await textOf({ kind: 'segment-list', broadcast, rendition }, call));
}

async function textOf(route: BroadcastRoute, call: Call): Promise<string> {
  const request = { route, path: formatPlaybackPath(route), directives: noDirectives };
  return new TextDecoder().decode(bodyOf(await isolateTier.answer(request, call)));
}

/** The body of an answer; throws LibraryError with the reason when it has none. */
export function bodyOf({ status, body }: Answer): ArrayBuffer {
  if (status === 200) return body;
  const { code, detail } = JSON.parse(new TextDecoder().decode(body)) as { code: ProblemCode; detail: string };
  throw new LibraryError(code, detail);
}
