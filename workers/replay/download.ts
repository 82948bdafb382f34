import { edgeLimits } from '#shared/limits/edge.ts';
import type { ProblemCode } from '#shared/model/problem.ts';
import { bucketOf } from '../bucket/bucket.ts';
import type { TimeRange } from '../manifest/options.ts';
import { parseRewriteQuery } from '../manifest/rewrite-query.ts';
import type { ResolvedClip } from '../playback/clip-lookup.ts';
import { matchesEtag, parseRange } from '../playback/range.ts';
import { corsHeaders, respondProblem } from '../playback/respond.ts';
import { callFor } from '../playback/upstream.ts';
import type { Visit } from '../playback/visit.ts';
import { BoxError } from './boxes.ts';
import { type Download, planDownload } from './download-plan.ts';
import { dispositionOf } from './file-name.ts';
import { streamFile } from './file-stream.ts';
import { LibraryError } from './library.ts';

/** Serves a clip as one MP4 file. */
export function serveClipDownload(visit: Visit, clip: ResolvedClip, query: string, pop: string): Promise<Response> {
  const { broadcast, startMs, endMs, title } = clip;
  const range: TimeRange = { base: 'clock', startMs, endMs };
  return serve(visit, { broadcast, range, rendition: renditionOf(query), title }, pop);
}

/** Serves a broadcast, or a range of it, as one MP4 file. */
export async function serveDownload(visit: Visit, broadcast: string, query: string, pop: string): Promise<Response> {
  if (query.length > edgeLimits.queryCharsMax) {
    return respondProblem(visit.request, pop, 'bad_request', 'The query is too long.');
  }
  const asked = parseRewriteQuery(new URLSearchParams(query));
  if ('fault' in asked) return respondProblem(visit.request, pop, 'bad_request', asked.fault);
  const range = asked.range ?? { base: 'clock', startMs: null, endMs: null };
  return serve(visit, { broadcast, range, rendition: renditionOf(query), title: broadcast }, pop);
}

interface Asked {
  readonly broadcast: string;
  readonly range: TimeRange;
  /** Null: the best there is. */
  readonly rendition: string | null;
  readonly title: string;
}

function renditionOf(query: string): string | null {
  return new URLSearchParams(query).get('rendition');
}

async function serve(visit: Visit, { title, ...wish }: Asked, pop: string): Promise<Response> {
  const { request, env, ctx } = visit;
  const call = callFor(request, env, ctx);
  try {
    const download = await planDownload(wish, call);
    const headers = { ...corsHeaders, 'headwater-pop': pop, 'content-disposition': dispositionOf(title) };
    return respond(visit, download, headers, pop);
  } catch (error) {
    const [code, detail] = reasonOf(error);
    return respondProblem(request, pop, code, detail);
  }
}

/** Rethrows what is none of ours. */
function reasonOf(error: unknown): readonly [ProblemCode, string] {
  if (error instanceof LibraryError) return [error.code, error.message];
  if (error instanceof BoxError) {
    return ['upstream_failed', `The media of this range does not make a file: ${error.message}.`];
  }
  throw error;
}

/** Conditional and range requests as for any file (RFC 9110, 13 and 14): a download that broke off is taken up again. */
function respond(visit: Visit, download: Download, common: Record<string, string>, pop: string): Response {
  const { request, env, ctx } = visit;
  const { file, etag, broadcast } = download;
  const headers: Record<string, string> = {
    ...common,
    'content-type': 'video/mp4',
    // A file is put together anew for each request; nothing is gained by keeping gigabytes.
    'cache-control': 'private, no-cache, no-transform',
    'accept-ranges': 'bytes',
    etag,
  };
  if (matchesEtag(request.headers.get('if-none-match'), etag)) return new Response(null, { status: 304, headers });
  const condition = request.headers.get('if-range');
  const wanted = condition === null || condition === etag ? request.headers.get('range') : null;
  const isHead = request.method === 'HEAD';
  const range = isHead ? null : parseRange(wanted, file.sizeBytes);
  if (range === 'unsatisfiable') {
    const refused = respondProblem(request, pop, 'range_not_satisfiable', `The file has ${file.sizeBytes} bytes.`);
    refused.headers.set('content-range', `bytes */${file.sizeBytes}`);
    return refused;
  }
  const { first, last } = range ?? { first: 0, last: file.sizeBytes - 1 };
  headers['content-length'] = String(last - first + 1);
  if (range) headers['content-range'] = `bytes ${first}-${last}/${file.sizeBytes}`;
  const source = { broadcast, bucket: bucketOf(env), call: callFor(request, env, ctx) };
  const body = isHead ? null : streamFile(file, first, last, source);
  return new Response(body, { status: range ? 206 : 200, headers });
}
