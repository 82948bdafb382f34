import { type Context, Hono } from 'hono';
import { isBroadcastId, isChannelName, isClipId } from '#shared/model/id.ts';
import type { PlayedPage } from '#shared/route/page-path.ts';
import { type PlaybackRequest, parsePlaybackPath } from '#shared/route/route.ts';
import { gateFor } from './access/composition.ts';
import { bucketOf } from './bucket/bucket.ts';
import { controlApi } from './control/api.ts';
import { publishFromBrowser } from './control/browser-publish.ts';
import type { ClipTools } from './control/clip-tools.ts';
import { resolveBroadcast, resolveChannel, resolveClip } from './control/directory.ts';
import { answerIngests } from './control/ingests.ts';
import { flushCountsSoon, popMetrics } from './control/pops.ts';
import { runRetention } from './control/retention.ts';
import type { Env } from './env.ts';
import { parseForeignPath } from './manifest/foreign-path.ts';
import { serveClock } from './playback/clock.ts';
import { countResponse } from './playback/count-response.ts';
import { serveEmbed } from './playback/embed.ts';
import { serveForeign } from './playback/foreign.ts';
import { servePlayback } from './playback/gateway.ts';
import { servePage } from './playback/pages.ts';
import { popOf } from './playback/place.ts';
import { splitUrl } from './playback/raw-url.ts';
import { respondProblem } from './playback/respond.ts';
import { parseSteeringPath, serveSteering } from './playback/steering.ts';
import { callFor } from './playback/upstream.ts';
import type { Visit } from './playback/visit.ts';
import { measureClip } from './replay/measure.ts';
import { pokeCouriers } from './webhooks/poke.ts';

export { LeaseDesk } from './access/desk/lease-desk.ts';
export { RevocationDesk } from './access/desk/revocation-desk.ts';
export { ChannelArbiter } from './arbiter/channel-arbiter.ts';
export { CachedMedia } from './playback/cached-media.ts';
export { Shield } from './shield/shield.ts';
export { WebhookCourier } from './webhooks/courier.ts';

type Bound = { Bindings: Env; Variables: ClipTools };

const app = new Hono<Bound>();

app.use('/api/v1/clips', async (c, next) => {
  c.set('measureClip', (broadcast, wish) =>
    measureClip(broadcast, wish, callFor(c.req.raw, c.env, c.executionCtx as ExecutionContext), Date.now()),
  );
  await next();
});

app.route('/api/v1', controlApi);
// The address that encoders' settings know; docs/protocol/control-api.md.
app.get('/ingests', (c) => answerIngests(c.req.raw, c.env));
app.get('/publish', (c) => publishFromBrowser(c.req.raw, c.env));
app.get('/time', (c) => serveClock(c.req.method === 'HEAD'));
app.get('/healthz', (c) =>
  c.json({ status: 'ok', pop: popOf(c.req.raw, c.env) }, 200, { 'cache-control': 'no-store' }),
);
app.get('/metrics', async (c) => {
  const text = await popMetrics(c.env.DB, popOf(c.req.raw, c.env), Date.now());
  return c.body(text, 200, { 'content-type': 'text/plain; version=0.0.4', 'cache-control': 'no-store' });
});
app.all('/steering/*', (c) => notFound(c.req.raw, c.env));
app.get('/watch/:channel', (c) =>
  isChannelName(c.req.param('channel')) ? servePage(c.req.raw, c.env, '/watch') : notFound(c.req.raw, c.env),
);
app.get('/embed/:channel', (c) => embed(c, { kind: 'channel', id: c.req.param('channel') }, isChannelName));
app.get('/embed/replay/:broadcast', (c) => embed(c, { kind: 'replay', id: c.req.param('broadcast') }, isBroadcastId));
app.get('/embed/clip/:clip', (c) => embed(c, { kind: 'clip', id: c.req.param('clip') }, isClipId));
app.get('/replay/:broadcast', (c) =>
  isBroadcastId(c.req.param('broadcast')) ? servePage(c.req.raw, c.env, '/replay') : notFound(c.req.raw, c.env),
);
app.get('/clip/:clip', (c) =>
  isClipId(c.req.param('clip')) ? servePage(c.req.raw, c.env, '/replay') : notFound(c.req.raw, c.env),
);
app.get('/studio', (c) => servePage(c.req.raw, c.env, '/studio'));
app.all('/api/*', (c) => notFound(c.req.raw, c.env));
app.all('/b/*', (c) => notFound(c.req.raw, c.env));
app.all('/live/*', (c) => notFound(c.req.raw, c.env));
app.all('/clip/*', (c) => notFound(c.req.raw, c.env));
app.all('/x/*', (c) => notFound(c.req.raw, c.env));
app.all('/t/*', (c) => notFound(c.req.raw, c.env));
app.get('*', (c) => servePage(c.req.raw, c.env, c.req.path));
app.notFound((c) => notFound(c.req.raw, c.env));

function embed(c: Context<Bound>, shown: PlayedPage, isId: (id: string) => boolean) {
  const visit = visitOf(c.req.raw, c.env, c.executionCtx as ExecutionContext);
  return isId(shown.id) ? serveEmbed(visit, shown) : notFound(c.req.raw, c.env);
}

function visitOf(request: Request, env: Env, ctx: ExecutionContext): Visit {
  return { request, env, ctx, resolve: resolveChannel, resolveBroadcast, resolveClip, access: gateFor(env, ctx) };
}

function notFound(request: Request, env: Env): Response {
  return respondProblem(request, popOf(request, env), 'not_found', 'No page and no media has this address.');
}

export default {
  /** Media goes straight to the gateway: it is nearly every request, and a router costs each a fifth of its time. */
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const { path, query } = splitUrl(request.url);
    const visit = visitOf(request, env, ctx);
    const playback = parsePlaybackPath(path);
    const foreign = !playback && path.includes('/x/') ? parseForeignPath(path) : null;
    if (!playback && !foreign) {
      const steering = ['GET', 'HEAD', 'OPTIONS'].includes(request.method) ? parseSteeringPath(path) : null;
      return steering ? serveSteering(visit, steering, query) : app.fetch(request, env, ctx);
    }
    const response = await (foreign
      ? serveForeign(visit, foreign, query)
      : servePlayback(visit, playback as PlaybackRequest, query));
    countResponse(request, response);
    ctx.waitUntil(flushCountsSoon(env.DB, popOf(request, env), Date.now()));
    return response;
  },
  /** Tells of origins that died without a word, and carries out what channels keep, as often as wrangler.toml says. */
  async scheduled(_: ScheduledController, env: Env): Promise<void> {
    await pokeCouriers(env, Date.now());
    const { marked, deletions, more } = await runRetention(env.DB, bucketOf(env), Date.now());
    if (marked + deletions.length > 0) {
      console.log(JSON.stringify({ event: 'retention_run', marked, deletions: deletions.length, more }));
    }
  },
} satisfies ExportedHandler<Env>;
