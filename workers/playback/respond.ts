import { edgeLimits } from '#shared/limits/edge.ts';
import { type ProblemCode, problem, problemContentType } from '#shared/model/problem.ts';
import { contentTypeOf, type PlaybackRoute } from '#shared/route/route.ts';
import { holeStatus } from '#shared/wire/hole.ts';
import type { Refused } from '../access/gate.ts';
import type { Answer, ForeignRoute } from '../cache/answer.ts';
import type { ChunkLog } from '../cache/chunk-log.ts';
import { isolateCounters } from '../cache/counters.ts';
import { errorCacheControl, playlistPolicy, policies } from '../cache/policy.ts';
import { readLog } from '../cache/relay.ts';
import { responseBody } from './body.ts';
import { matchesEtag, parseRange } from './range.ts';

/** On every answer, errors too: a player on any page may read it. */
export const corsHeaders = Object.freeze({
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'age, date, content-length, headwater-pop, headwater-cache',
  'cross-origin-resource-policy': 'cross-origin',
});

/** What an answer is about: who asked, for what, and where. */
export interface Asked {
  readonly request: Request;
  readonly route: PlaybackRoute | ForeignRoute;
  /** Canonical path without token; with a token in front it names the same object. */
  readonly path: string;
  readonly isBlocking: boolean;
  readonly pop: string;
}

/** Answers a CORS preflight. */
export function respondPreflight(): Response {
  const headers = {
    ...corsHeaders,
    'access-control-allow-methods': 'GET, HEAD, OPTIONS',
    // A star does not stand for Authorization (Fetch, CORS protocol).
    'access-control-allow-headers': '*, authorization',
    'access-control-max-age': '86400',
    'cache-control': 'public, max-age=86400',
  };
  return new Response(null, { status: 204, headers });
}

/** A refusal by the gate: this viewer's own, so that nothing keeps it. */
export function respondRefused(
  request: Request,
  pop: string,
  { code, detail }: Pick<Refused, 'code' | 'detail'>,
): Response {
  const response = respondProblem(request, pop, code, detail);
  response.headers.set('cache-control', 'private, no-store');
  // RFC 6750 3: what is missing or wrong. A scheme that browsers do not ask people about.
  if (response.status === 401) {
    const error = code === 'token_missing' ? '' : ', error="invalid_token"';
    response.headers.set('www-authenticate', `Bearer realm="headwater"${error}`);
  }
  if (response.status === 429) response.headers.set('retry-after', '10');
  return response;
}

/** What was signed for one viewer is kept by nobody between us and that viewer. */
export function makePrivate(response: Response): Response {
  const given = response.headers.get('cache-control') ?? '';
  const isMedia = given.includes('immutable');
  response.headers.set('cache-control', isMedia ? given.replace('public', 'private') : 'private, no-store');
  return response;
}

/** An error of the PoP's own. */
export function respondProblem(request: Request, pop: string, code: ProblemCode, detail: string): Response {
  const document = problem(code, detail);
  const body = request.method === 'HEAD' ? null : JSON.stringify(document);
  return new Response(body, { status: document.status, headers: errorHeaders(document.status, pop) });
}

function errorHeaders(status: number, pop: string): Record<string, string> {
  const headers: Record<string, string> = {
    ...corsHeaders,
    'content-type': problemContentType,
    'cache-control': errorCacheControl(status),
    date: new Date().toUTCString(),
    'headwater-pop': pop,
  };
  if (status === 405) headers.allow = 'GET, HEAD, OPTIONS';
  if (status === 503) headers['retry-after'] = '1';
  return headers;
}

/** Turns a tier's answer into this viewer's response. */
export function respondAnswer(asked: Asked, answer: Answer): Response {
  const { request, route, pop } = asked;
  const isHead = request.method === 'HEAD';
  if (answer.location !== undefined) return respondHole(answer.location, answer.from, pop);
  if (answer.status !== 200) {
    const headers = errorHeaders(answer.status, pop);
    headers['headwater-cache'] = answer.from;
    return new Response(isHead ? null : answer.body, { status: answer.status, headers });
  }
  const nowMs = Date.now();
  const headers: Record<string, string> = {
    ...corsHeaders,
    'content-type': typeOf(route, answer),
    'cache-control': cacheControl(asked, answer),
    age: String(Math.max(0, Math.floor((nowMs - answer.bornMs) / 1_000))),
    date: new Date(nowMs).toUTCString(),
    'headwater-pop': pop,
    'headwater-cache': answer.from,
  };
  if (answer.foreign) headers['x-content-type-options'] = 'nosniff';
  if (isMedia(route, answer)) {
    return answer.growing ? respondGrowing(asked, answer.growing, headers) : respondMedia(asked, answer.body, headers);
  }
  headers['accept-ranges'] = 'none';
  headers['content-length'] = String(answer.body.byteLength);
  return new Response(isHead ? null : answer.body, { headers });
}

/** Relative, so that a token in the path of the segment is in that of what is named in its place. */
function respondHole(location: string, from: Answer['from'], pop: string): Response {
  const headers = {
    ...corsHeaders,
    location,
    'cache-control': errorCacheControl(holeStatus),
    date: new Date().toUTCString(),
    'headwater-pop': pop,
    'headwater-cache': from,
  };
  return new Response(null, { status: holeStatus, headers });
}

function typeOf(route: Asked['route'], { foreign }: Answer): string {
  return route.kind === 'foreign' ? (foreign?.contentType ?? 'application/octet-stream') : contentTypeOf(route);
}

function isMedia({ kind }: Asked['route'], { foreign }: Answer): boolean {
  if (kind === 'foreign') return foreign?.kind === 'media' || foreign?.kind === 'other';
  return kind === 'init' || kind === 'segment' || kind === 'part' || kind === 'thumbnail-sheet';
}

function cacheControl({ route, isBlocking }: Asked, { state, foreign }: Answer): string {
  if (foreign) return state ? playlistPolicy.viewer(state, isBlocking) : foreign.policy.viewer;
  if (route.kind === 'foreign') return 'no-store';
  if (route.kind === 'media-playlist') return state ? playlistPolicy.viewer(state, isBlocking) : 'no-store';
  switch (route.kind) {
    case 'live-multivariant':
    case 'clip-multivariant':
      return policies.multivariant.viewer;
    case 'live-mpd':
    case 'clip-mpd':
      return policies.mpd.viewer;
    case 'download':
    case 'clip-download':
      return 'no-store';
    default:
      return policies[route.kind].viewer;
  }
}

/**
 * A segment in the making: the bytes that there are, then each chunk when it comes. It has the lifetime of a whole one: a
 * chunked body that breaks off is incomplete by RFC 9112 (8), and no cache may use it as complete (RFC 9111, 3.3).
 */
function respondGrowing({ request, path }: Asked, log: ChunkLog, headers: Record<string, string>): Response {
  headers.etag = `"${path}"`;
  headers['accept-ranges'] = 'bytes';
  if (matchesEtag(request.headers.get('if-none-match'), headers.etag)) {
    return new Response(null, { status: 304, headers });
  }
  if (request.method === 'HEAD') return new Response(null, { headers });
  log.whenSettled((whole) => isolateCounters.add('bytes_out', whole?.byteLength ?? 0));
  return new Response(readLog(log, edgeLimits.growingStallMsMax + 2 * edgeLimits.tierMarginMs), { headers });
}

/** Immutable bytes: conditional and range requests are answered from the whole body (RFC 9110, 13 and 14). */
function respondMedia(
  { request, route, path, pop }: Asked,
  body: ArrayBuffer,
  headers: Record<string, string>,
): Response {
  const isHead = request.method === 'HEAD';
  // A foreign name may stand for other bytes one day.
  const etag = route.kind === 'foreign' ? null : `"${path}"`;
  if (etag) headers.etag = etag;
  headers['accept-ranges'] = 'bytes';
  if (etag && matchesEtag(request.headers.get('if-none-match'), etag))
    return new Response(null, { status: 304, headers });
  const condition = request.headers.get('if-range');
  const wanted = condition === null || condition === etag ? request.headers.get('range') : null;
  const range = isHead ? null : parseRange(wanted, body.byteLength);
  if (range === 'unsatisfiable') {
    const refused = respondProblem(request, pop, 'range_not_satisfiable', `The object has ${body.byteLength} bytes.`);
    refused.headers.set('content-range', `bytes */${body.byteLength}`);
    return refused;
  }
  if (range) {
    headers['content-range'] = `bytes ${range.first}-${range.last}/${body.byteLength}`;
    headers['content-length'] = String(range.last - range.first + 1);
    const part = new Uint8Array(body, range.first, range.last - range.first + 1);
    return new Response(responseBody(part), { status: 206, headers });
  }
  headers['content-length'] = String(body.byteLength);
  return new Response(isHead ? null : responseBody(new Uint8Array(body)), { headers });
}
