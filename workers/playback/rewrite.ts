import { noDirectives } from '#shared/hls/directives.ts';
import { edgeLimits } from '#shared/limits/edge.ts';
import { isRenditionName } from '#shared/model/id.ts';
import type { ProblemCode } from '#shared/model/problem.ts';
import { formatPlaybackPath, type PlaybackRoute } from '#shared/route/route.ts';
import { type Answer, type Call, refusal, type TierRequest } from '../cache/answer.ts';
import { ByteLru } from '../cache/byte-lru.ts';
import { isolateTier } from '../cache/isolate-tier.ts';
import { asStored } from '../cache/stored.ts';
import { rewriteHls } from '../manifest/hls/rewrite.ts';
import { rangeFault, reachesEnd } from '../manifest/hls/slice.ts';
import { type HlsTemplate, splitHls, writeCarried } from '../manifest/hls/template.ts';
import { writeCarriedMpd } from '../manifest/mpd/location.ts';
import { rewriteMpd } from '../manifest/mpd/rewrite.ts';
import { type MpdTemplate, splitMpd } from '../manifest/mpd/template.ts';
import type { Carry, RewriteFault, RewriteOptions, TimeRange } from '../manifest/options.ts';
import {
  carriedQuery,
  formatRewriteQuery,
  hasRewriteQuery,
  parseRewriteQuery,
  type QueryFault,
} from '../manifest/rewrite-query.ts';

/** What is to be done to a manifest before it goes to the viewer. */
export interface Rewriting {
  readonly options: RewriteOptions;
  /** Of the media playlists that a multivariant playlist leads to. */
  readonly range?: TimeRange;
  /** Canonical: equal for all requests that get the same text out of the same manifest. */
  readonly key: string;
}

type RouteKind = PlaybackRoute['kind'] | 'foreign';

/** `any`: what a foreign source's manifest is will only be known when it is there. */
type ManifestKind = 'multivariant' | 'mpd' | 'media-playlist' | 'any';

/**
 * Reads what a query asks of a manifest; null: nothing that concerns it.
 * @param prefix in front of relative URIs, where the manifest is served from another path than its own
 */
export function readRewriting(kind: RouteKind, query: string, prefix = ''): Rewriting | QueryFault | null {
  const manifest = manifestKind(kind);
  if (!manifest || (prefix === '' && !hasRewriteQuery(query))) return null;
  if (query.length > edgeLimits.queryCharsMax) return { fault: 'The query is too long.' };
  const asked = !hasRewriteQuery(query) ? {} : parseRewriteQuery(new URLSearchParams(query));
  if ('fault' in asked) return asked;
  const options = concerning(manifest, asked, prefix);
  if (Object.keys(options).length === 0) return null;
  const range = manifest === 'multivariant' && asked.range ? { range: asked.range } : {};
  return { options, key: `${prefix}?${formatRewriteQuery(asked)}`, ...range };
}

/** Whether a query asks for a time range: read as the range itself is, or an encoded name would be one and not count. */
export function hasTimeRange(query: string): boolean {
  if (query === '') return false;
  const parameters = new URLSearchParams(query);
  return parameters.has('start') || parameters.has('end');
}

function manifestKind(kind: RouteKind): ManifestKind | null {
  if (kind === 'live-multivariant' || kind === 'multivariant') return 'multivariant';
  if (kind === 'live-mpd' || kind === 'mpd') return 'mpd';
  if (kind === 'foreign') return 'any';
  return kind === 'media-playlist' ? kind : null;
}

/** A multivariant playlist only hands range and latency on to its media playlists; these have nothing to filter. */
function concerning(kind: ManifestKind, asked: RewriteOptions, prefix: string): RewriteOptions {
  const { filter, ...timing } = asked;
  const query = kind === 'mpd' ? '' : carriedQuery(asked);
  const carry = { ...(prefix === '' ? {} : { prefix }), ...(query === '' ? {} : { query }) };
  return {
    ...(filter && kind !== 'media-playlist' ? { filter } : {}),
    ...(kind === 'multivariant' ? {} : timing),
    ...(Object.keys(carry).length === 0 ? {} : { carry }),
  };
}

/**
 * The object from the tiers, which see it as the origin made it only, rewritten for this viewer and all that ask alike.
 * @param rewriting null: as it is
 */
export async function answerRewritten(request: TierRequest, rewriting: Rewriting | null, call: Call): Promise<Answer> {
  if (!rewriting) return isolateTier.answer(request, call);
  const { directives } = request;
  const { kind } = request.route;
  // What is cut is never a delta update: the half that is left out may be the one asked for.
  const isCut = rewriting.options.range !== undefined || rewriting.options.lowLatency === false;
  const plain = isCut ? { ...request, directives: { ...directives, skip: null } } : request;
  const answer = await isolateTier.answer(plain, call);
  if (answer.status === 200) {
    const outside = rewriting.range ? await refuseOutside(answer, request, rewriting.range, call) : null;
    if (outside) return outside;
    const sliced = rewrite(answer, kind, rewriting);
    // A range stays what it is when it leaves the window of a broadcast that goes on.
    const past = sliced.isPast && kind !== 'foreign' ? await rewriteRecord(plain, rewriting, call) : null;
    return past?.isReached ? past.answer : sliced.answer;
  }
  if (isAbsent(answer) && kind !== 'foreign' && rewriting.options.range?.endMs != null) {
    // Of an origin that does not answer, or does not have it yet: what ends within the record is over whatever follows.
    const past = await rewriteRecord(plain, rewriting, call);
    if (past?.isReached) return past.answer;
  }
  if (directives.msn === null || !rewriting.options.range) return answer;
  // Directives are ignored once a slice is closed (rfc8216bis 6.2.5), whatever they ask.
  const current = await isolateTier.answer({ ...plain, directives: { msn: null, part: null, skip: null } }, call);
  if (current.status !== 200) return answer;
  const sliced = rewrite(current, kind, rewriting);
  return sliced.closed ? sliced.answer : answer;
}

/** Of the bucket's record, which is up to a minute behind and says that all is over where it ends; null: there is none. */
export async function rewriteRecord(request: TierRequest, rewriting: Rewriting, call: Call): Promise<Rewrote | null> {
  const stored = await isolateTier.answer(asStored(request), call);
  return stored.status === 200 ? rewrite(stored, request.route.kind, rewriting) : null;
}

function isAbsent({ status }: Answer): boolean {
  return status === 404 || status === 410 || status >= 500;
}

/**
 * A multivariant playlist knows no times, so a media playlist of it, which its player asks for next anyway, tells whether
 * there is anything of a range; null: there is, or it cannot be told.
 */
async function refuseOutside(
  multivariant: Answer,
  { route }: TierRequest,
  range: TimeRange,
  call: Call,
): Promise<Answer | null> {
  const rendition = /^([^/#?\s]+)\/index\.m3u8/m.exec(new TextDecoder().decode(multivariant.body))?.[1];
  if (route.kind !== 'multivariant' || rendition === undefined || !isRenditionName(rendition)) return null;
  const media = { kind: 'media-playlist', broadcast: route.broadcast, rendition } as const;
  const wanted = { route: media, path: formatPlaybackPath(media), directives: noDirectives };
  const templateIn = ({ body }: Answer) => templateOf(hlsTemplates, body, splitHls);
  const answer = await isolateTier.answer(wanted, call);
  if (answer.status !== 200) return null;
  const fault = rangeFault(templateIn(answer), range);
  const stored = fault === 'gone' ? await isolateTier.answer(asStored(wanted), call) : null;
  if (stored?.status === 200 && reachesEnd(templateIn(stored), range)) return null;
  return fault && refused(fault, answer);
}

/** What rewriting has made of an answer. */
interface Rewrote {
  readonly answer: Answer;
  readonly closed: boolean;
  /** It is a finished slice whose beginning has left the window. */
  readonly isPast: boolean;
  /** There is media up to the end of the slice, whatever follows. */
  readonly isReached: boolean;
}

type Kept = Omit<Rewrote, 'answer'> & { readonly body: ArrayBuffer };

const kept = new ByteLru<Kept>(edgeLimits.rewrittenCacheBytesMax, edgeLimits.rewrittenCacheEntriesMax);
const hlsTemplates = new ByteLru<HlsTemplate>(
  edgeLimits.templateCacheBytesMax / 2,
  edgeLimits.rewrittenCacheEntriesMax,
);
const mpdTemplates = new ByteLru<MpdTemplate>(
  edgeLimits.templateCacheBytesMax / 2,
  edgeLimits.rewrittenCacheEntriesMax,
);
const bodyNumbers = new WeakMap<ArrayBuffer, number>();
let bodiesSeen = 0;

/** Tells bodies apart: the same bytes fetched again are another body. */
function numberOf(body: ArrayBuffer): number {
  const known = bodyNumbers.get(body);
  if (known !== undefined) return known;
  bodiesSeen++;
  bodyNumbers.set(body, bodiesSeen);
  return bodiesSeen;
}

/** The template of a manifest, made once for as long as there is room for it. */
function templateOf<Template>(
  known: ByteLru<Template>,
  body: ArrayBuffer,
  split: (text: string) => Template,
): Template {
  const key = String(numberOf(body));
  const template = known.get(key) ?? split(new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(body));
  known.set(key, template, body.byteLength * edgeLimits.templateBytesPerByte);
  return template;
}

function rewrite(answer: Answer, kind: RouteKind, { options, key }: Rewriting): Rewrote {
  const keptKey = `${numberOf(answer.body)} ${key}`;
  const known = kept.get(keptKey);
  if (known) return rewritten(answer, known);
  const made =
    kind === 'mpd' || answer.foreign?.kind === 'mpd'
      ? rewriteMpd(templateOf(mpdTemplates, answer.body, splitMpd), options, Date.now())
      : rewriteHls(templateOf(hlsTemplates, answer.body, splitHls), options);
  if (typeof made === 'string') {
    return { answer: refused(made, answer), closed: false, isPast: made === 'gone', isReached: false };
  }
  const body = new TextEncoder().encode(made.text).buffer as ArrayBuffer;
  const { closed, beheaded = false, reached: isReached = false } = made;
  const fresh = { body, closed, isPast: closed && beheaded, isReached };
  kept.set(keptKey, fresh, fresh.body.byteLength);
  return rewritten(answer, fresh);
}

/**
 * A manifest with its URIs carried for one viewer: made of a template that all share, and kept nowhere.
 * @param self where an MPD is to be asked for again; null: where it was
 */
export function writeCarriedManifest(answer: Answer, kind: RouteKind, carry: Carry, self: string | null): ArrayBuffer {
  const text =
    kind === 'mpd' || answer.foreign?.kind === 'mpd'
      ? writeCarriedMpd(templateOf(mpdTemplates, answer.body, splitMpd), carry, self)
      : writeCarried(templateOf(hlsTemplates, answer.body, splitHls), carry);
  return new TextEncoder().encode(text).buffer as ArrayBuffer;
}

/** A closed slice is to viewers what an ended playlist is. */
function rewritten(answer: Answer, { body, ...known }: Kept): Rewrote {
  const state = answer.state && known.closed ? { ...answer.state, ended: true } : answer.state;
  return { answer: { ...answer, body, state }, ...known };
}

const faults: Readonly<Record<RewriteFault, readonly [ProblemCode, string]>> = Object.freeze({
  delta_update: ['upstream_failed', 'The origin sent a delta update that nobody had asked for.'],
  no_clock: ['bad_request', 'This manifest tells no time of day; give start and end in seconds from the beginning.'],
  beginning_unknown: [
    'bad_request',
    'The beginning has left the window; give start and end as times like 2026-11-21T12:00:00Z.',
  ],
  not_yet: ['too_early', 'The range begins after the live edge; ask again.'],
  gone: ['gone', 'The range has left the window.'],
  past_end: ['not_found', 'The broadcast ended before the range begins.'],
  not_sliceable: ['bad_request', 'This manifest cannot be cut to a range.'],
});

function refused(fault: RewriteFault, { bornMs, from }: Answer): Answer {
  const [code, detail] = faults[fault];
  return refusal(code, detail, bornMs, from);
}
