import { WorkerEntrypoint } from 'cloudflare:workers';
import { noDirectives } from '#shared/hls/directives.ts';
import { type BroadcastRoute, formatPlaybackPath, parsePlaybackPath } from '#shared/route/route.ts';
import { isolateTier } from '../cache/isolate-tier.ts';
import { policies } from '../cache/policy.ts';
import type { Env } from '../env.ts';
import { popOf } from './place.ts';
import { splitUrl } from './raw-url.ts';
import { respondAnswer, respondProblem } from './respond.ts';
import { callFor } from './upstream.ts';

/** Nobody's real host: the key of Workers Cache is entrypoint, path and query, and the query is empty. */
const base = 'https://media.headwater.invalid';

/** The request headers that a media answer depends on; nothing else of a viewer goes inside. */
const passedHeaders = ['range', 'if-range', 'if-none-match'] as const;

/**
 * Immutable media behind Workers Cache, where the deployment switches it on for this entrypoint: the gateway has let the
 * viewer in and taken the token off. Every status has an explicit lifetime. docs/operate/workers-cache.md
 */
export class CachedMedia extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    const route = parsePlaybackPath(splitUrl(request.url).path)?.route;
    const pop = popOf(request, this.env);
    if (!route || !mayBeCached(route)) return respondProblem(request, pop, 'not_found', 'No media has this address.');
    const path = formatPlaybackPath(route);
    const wanted = { route, path, directives: noDirectives };
    const answer = await isolateTier.answer(wanted, callFor(request, this.env, this.ctx));
    return respondAnswer({ request, route, path, pop, isBlocking: false }, answer);
  }
}

type ImmutableRoute = Extract<BroadcastRoute, { readonly kind: 'init' | 'segment' }>;

/** Parts are gone before a cache pays for them, and manifests live less than its second. */
function mayBeCached(route: { readonly kind: string }): route is ImmutableRoute {
  return (route.kind === 'init' || route.kind === 'segment') && policies[route.kind].inPopCache;
}

/** The answer of the cached entrypoint, or null where this object or this deployment does without it. */
export async function fetchCached(
  request: Request,
  route: BroadcastRoute,
  env: Env,
  ctx: ExecutionContext,
): Promise<Response | null> {
  if (env.WORKERS_CACHE !== 'on' || !mayBeCached(route)) return null;
  const headers = new Headers();
  for (const name of passedHeaders) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  // What is named in place of a lost segment is not that segment.
  const init = { method: request.method, headers, redirect: 'manual', ...(request.cf && { cf: { ...request.cf } }) };
  const { CachedMedia: inner } = ctx.exports as unknown as { readonly CachedMedia: Fetcher };
  const stored = await inner.fetch(base + formatPlaybackPath(route), init as RequestInit);
  const response = new Response(stored.body, stored);
  response.headers.set('headwater-pop', popOf(request, env));
  return response;
}
