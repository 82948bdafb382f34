import { type Context, Hono } from 'hono';
import { edgeLimits } from '#shared/limits.ts';
import { bucketOf } from '../bucket/bucket.ts';
import type { Env } from '../env.ts';
import { pokeCouriers, pokeNowAndThen } from '../webhooks/poke.ts';
import { webhooksApi } from '../webhooks/webhooks-api.ts';
import { accessApi } from './access-api.ts';
import { authorizePerson, readSignedBody } from './authorize.ts';
import { parseBody, readBody } from './body.ts';
import { changeBroadcast, getBroadcast, listBroadcasts } from './broadcasts.ts';
import { pageOf, refuseMethod } from './call.ts';
import { changeChannel, createChannel, deleteChannel, getChannel, listChannels } from './channels.ts';
import type { ClipTools } from './clip-tools.ts';
import { changeClip, createClip, deleteClip, getClip, listClips } from './clips.ts';
import { deleteBroadcast } from './deletions.ts';
import { enterImport } from './imports.ts';
import { answerIngests, nearestServer, placeOf } from './ingests.ts';
import { createStreamKey, deleteStreamKey, listStreamKeys } from './keys.ts';
import { getObject, listObjects, objectKeyOf, putObject } from './objects.ts';
import { createObsProfile } from './obs-profile.ts';
import { broadcastReport, heartbeat, importReport, publishQuestion, replayReport } from './origin-messages.ts';
import { answerHeartbeat, changeOrigin, listOrigins } from './origins.ts';
import { listPops } from './pops.ts';
import { answerPublish } from './publishing.ts';
import { replaysOfChannel, storeReplay } from './replay-list.ts';
import { listReplays, replayView } from './replays.ts';
import { storeReport } from './reports.ts';
import { ProblemError, respondError } from './respond.ts';
import { retentionApi } from './retention-api.ts';
import {
  broadcastChange,
  channelChange,
  clipChange,
  newChannel,
  newClip,
  newStreamKey,
  originChange,
  sessionRequest,
} from './schemas.ts';
import { beginSession, type RequireViewer, viewerOf } from './sessions.ts';
import { publicKeySet } from './signing-keys.ts';
import { requireForeignSource } from './source-url.ts';
import { liveView, watchClipView, watchView } from './views.ts';

type Call = Context<{ Bindings: Env; Variables: ClipTools }>;

/** The control plane's calls, to be mounted at `/api/v1`. docs/protocol/control-api.md describes each. */
export const controlApi = new Hono<{ Bindings: Env; Variables: ClipTools }>();

controlApi.onError((error) => respondError(error));
controlApi.use('*', async (c, next) => {
  await next();
  if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
});

// What was changed may have to be told. Reading changes nothing, and media of an origin or a viewer's session is no news.
controlApi.use('*', async (c, next) => {
  await next();
  if (c.req.method === 'GET' || /\/(?:origin\/objects|session$)/.test(c.req.path)) return;
  const poke = c.req.path.endsWith('/heartbeat') ? pokeNowAndThen : pokeCouriers;
  c.executionCtx.waitUntil(poke(c.env, Date.now()));
});

// Public: what pages read. Open to other sites, for these calls take no credentials but a playback token that a page sends.
for (const path of ['/watch/*', '/watch-replay/*', '/watch-clip/*', '/live', '/session']) {
  controlApi.use(path, async (c, next) => {
    await next();
    c.res.headers.set('access-control-allow-origin', '*');
    const isShared = c.res.ok && !c.req.header('authorization') && path !== '/session';
    c.res.headers.set('cache-control', isShared ? 'max-age=1' : 'no-store');
  });
  controlApi.options(path, (c) => c.body(null, 204, preflight));
}
controlApi.get('/watch/:channel', async (c) => {
  const nowMs = Date.now();
  return c.json(await watchView(c.env.DB, c.req.param('channel'), popOf(c), nowMs, requireViewer(c, nowMs)));
});
controlApi.post('/session', async (c) => {
  const wanted = parseBody(sessionRequest, await readBody(c.req.raw));
  return c.json(await beginSession(c.req.raw, c.env, c.executionCtx, wanted, Date.now()), 201);
});
controlApi.all('/session', refuseMethod('POST'));
controlApi.all('/watch/:channel', refuseMethod('GET, HEAD'));
controlApi.get('/watch/:channel/replays', async (c) => {
  const nowMs = Date.now();
  return c.json(await listReplays(shelfOf(c), c.req.param('channel'), pageOf(c), nowMs, requireViewer(c, nowMs)));
});
controlApi.all('/watch/:channel/replays', refuseMethod('GET, HEAD'));
controlApi.get('/watch-replay/:broadcast', async (c) => {
  const nowMs = Date.now();
  return c.json(await replayView(shelfOf(c), c.req.param('broadcast'), nowMs, requireViewer(c, nowMs)));
});
controlApi.all('/watch-replay/:broadcast', refuseMethod('GET, HEAD'));
controlApi.get('/watch-clip/:id', async (c) => {
  const nowMs = Date.now();
  return c.json(await watchClipView(c.env.DB, c.req.param('id'), popOf(c), nowMs, requireViewer(c, nowMs)));
});
controlApi.all('/watch-clip/:id', refuseMethod('GET, HEAD'));
controlApi.get('/live', async (c) => c.json(await liveView(c.env.DB, popOf(c), Date.now())));
controlApi.all('/live', refuseMethod('GET, HEAD'));
controlApi.get('/ingests', (c) => answerIngests(c.req.raw, c.env));
controlApi.all('/ingests', refuseMethod('GET, HEAD'));
controlApi.get('/jwks', async (c) =>
  c.json(await publicKeySet(c.env.DB, Date.now()), 200, { 'cache-control': 'max-age=60' }),
);
controlApi.all('/jwks', refuseMethod('GET, HEAD'));

// Origins: signed.
controlApi.post('/origin/publish', async (c) => {
  const nowMs = Date.now();
  const question = parseBody(publishQuestion, await readSignedBody(c.req.raw, c.env, nowMs));
  return c.json(await answerPublish(c.env.DB, question, nowMs));
});
controlApi.post('/origin/broadcast', async (c) => {
  const nowMs = Date.now();
  const report = parseBody(broadcastReport, await readSignedBody(c.req.raw, c.env, nowMs));
  return c.json(await storeReport(c.env.DB, report, nowMs));
});
controlApi.post('/origin/replay', async (c) => {
  const report = parseBody(replayReport, await readSignedBody(c.req.raw, c.env, Date.now()));
  await storeReplay(c.env.DB, report);
  return c.body(null, 204);
});
controlApi.post('/origin/import', async (c) => {
  const nowMs = Date.now();
  await enterImport(c.env.DB, parseBody(importReport, await readSignedBody(c.req.raw, c.env, nowMs)), nowMs);
  return c.body(null, 204);
});
controlApi.post('/origin/heartbeat', async (c) => {
  const nowMs = Date.now();
  const message = parseBody(heartbeat, await readSignedBody(c.req.raw, c.env, nowMs));
  return c.json(await answerHeartbeat(c.env.DB, message, nowMs));
});
controlApi.get('/origin/objects', async (c) => {
  await readSignedBody(c.req.raw, c.env, Date.now());
  return c.json(await listObjects(bucketOf(c.env), c.req.query('prefix') ?? '', c.req.query('cursor')));
});
controlApi.all('/origin/objects', refuseMethod('GET, HEAD'));
controlApi.on(['GET', 'PUT', 'DELETE'], '/origin/objects/*', async (c) => {
  const body = await readSignedBody(c.req.raw, c.env, Date.now(), edgeLimits.objectBytesMax);
  const key = objectKeyOf(c.req.path.slice(c.req.path.indexOf('/origin/objects/') + '/origin/objects/'.length));
  if (c.req.method === 'GET') return getObject(bucketOf(c.env), key);
  if (c.req.method === 'PUT') await putObject(bucketOf(c.env), key, body);
  else await bucketOf(c.env).remove([key]);
  return c.body(null, 204);
});
controlApi.all('/origin/objects/*', refuseMethod('GET, HEAD, PUT, DELETE'));
for (const path of ['publish', 'broadcast', 'replay', 'import', 'heartbeat'].map((one) => `/origin/${one}`)) {
  controlApi.all(path, refuseMethod('POST'));
}

// People: everything from here on, unknown paths too, needs the API token.
controlApi.use('*', async (c, next) => {
  await authorizePerson(c.req.raw, c.env);
  await next();
});
controlApi.post('/channels', async (c) => {
  const input = parseBody(newChannel, await readBody(c.req.raw));
  requireForeignSource(input.sourceUrl, c.env.FOREIGN_HOSTS);
  const channel = await createChannel(c.env.DB, input, Date.now());
  return c.json(channel, 201, { location: `/api/v1/channels/${channel.id}` });
});
controlApi.get('/channels', async (c) => c.json(await listChannels(c.env.DB, pageOf(c), Date.now())));
controlApi.all('/channels', refuseMethod('GET, HEAD, POST'));
controlApi.get('/channels/:id', async (c) => c.json(await getChannel(c.env.DB, c.req.param('id'), Date.now())));
controlApi.patch('/channels/:id', async (c) => {
  const change = parseBody(channelChange, await readBody(c.req.raw));
  requireForeignSource(change.sourceUrl, c.env.FOREIGN_HOSTS);
  return c.json(await changeChannel(c.env.DB, c.req.param('id'), change, Date.now()));
});
controlApi.delete('/channels/:id', async (c) => {
  await deleteChannel(c.env.DB, c.req.param('id'), Date.now());
  return c.body(null, 204);
});
controlApi.all('/channels/:id', refuseMethod('GET, HEAD, PATCH, DELETE'));
controlApi.post('/channels/:id/keys', async (c) => {
  const bytes = await readBody(c.req.raw);
  const input = bytes.byteLength === 0 ? { label: '' } : parseBody(newStreamKey, bytes);
  return c.json(await createStreamKey(c.env.DB, c.req.param('id'), input, Date.now()), 201);
});
controlApi.get('/channels/:id/keys', async (c) =>
  c.json(await listStreamKeys(c.env.DB, c.req.param('id'), Date.now())),
);
controlApi.all('/channels/:id/keys', refuseMethod('GET, HEAD, POST'));
controlApi.post('/channels/:id/obs-profile', async (c) =>
  createObsProfile(c.env.DB, c.req.param('id'), await nearestServer(c.req.raw, c.env), Date.now()),
);
controlApi.all('/channels/:id/obs-profile', refuseMethod('POST'));
controlApi.delete('/channels/:id/keys/:key', async (c) => {
  await deleteStreamKey(c.env.DB, c.req.param('id'), c.req.param('key'), Date.now());
  return c.body(null, 204);
});
controlApi.all('/channels/:id/keys/:key', refuseMethod('DELETE'));
controlApi.get('/broadcasts', async (c) => {
  const channel = c.req.query('channel') ?? null;
  return c.json(await listBroadcasts(c.env.DB, channel, pageOf(c), Date.now()));
});
controlApi.all('/broadcasts', refuseMethod('GET, HEAD'));
controlApi.get('/broadcasts/:id', async (c) => c.json(await getBroadcast(c.env.DB, c.req.param('id'), Date.now())));
controlApi.patch('/broadcasts/:id', async (c) => {
  const change = parseBody(broadcastChange, await readBody(c.req.raw));
  return c.json(await changeBroadcast(c.env.DB, c.req.param('id'), change, Date.now()));
});
controlApi.delete('/broadcasts/:id', async (c) =>
  c.json(await deleteBroadcast(c.env.DB, bucketOf(c.env), c.req.param('id'), Date.now()), 202),
);
controlApi.all('/broadcasts/:id', refuseMethod('GET, HEAD, PATCH, DELETE'));
controlApi.get('/channels/:id/replays', async (c) =>
  c.json(await replaysOfChannel(c.env.DB, c.req.param('id'), pageOf(c), Date.now())),
);
controlApi.all('/channels/:id/replays', refuseMethod('GET, HEAD'));
controlApi.route('/', retentionApi);
controlApi.post('/clips', async (c) => {
  const input = parseBody(newClip, await readBody(c.req.raw));
  const clip = await createClip(c.env.DB, input, c.get('measureClip'), Date.now());
  return c.json(clip, 201, { location: `/api/v1/clips/${clip.id}` });
});
controlApi.get('/clips', async (c) => {
  const of = { channel: c.req.query('channel') ?? null, broadcast: c.req.query('broadcast') ?? null };
  return c.json(await listClips(c.env.DB, of, pageOf(c)));
});
controlApi.all('/clips', refuseMethod('GET, HEAD, POST'));
controlApi.get('/clips/:id', async (c) => c.json(await getClip(c.env.DB, c.req.param('id'))));
controlApi.patch('/clips/:id', async (c) => {
  const change = parseBody(clipChange, await readBody(c.req.raw));
  return c.json(await changeClip(c.env.DB, c.req.param('id'), change));
});
controlApi.delete('/clips/:id', async (c) => {
  await deleteClip(c.env.DB, c.req.param('id'));
  return c.body(null, 204);
});
controlApi.all('/clips/:id', refuseMethod('GET, HEAD, PATCH, DELETE'));
controlApi.get('/origins', async (c) => c.json(await listOrigins(c.env.DB, Date.now())));
controlApi.all('/origins', refuseMethod('GET, HEAD'));
controlApi.patch('/origins/:id', async (c) => {
  await changeOrigin(c.env.DB, c.req.param('id'), parseBody(originChange, await readBody(c.req.raw)));
  return c.body(null, 204);
});
controlApi.all('/origins/:id', refuseMethod('PATCH'));
controlApi.get('/pops', async (c) => c.json(await listPops(c.env.DB, popOf(c), Date.now())));
controlApi.all('/pops', refuseMethod('GET, HEAD'));
controlApi.route('/', accessApi);
controlApi.route('/', webhooksApi);
controlApi.all('*', () => {
  throw new ProblemError('not_found', 'The API has no such call. docs/protocol/control-api.md lists them.');
});

const preflight = Object.freeze({
  'access-control-allow-methods': 'GET, HEAD, POST, OPTIONS',
  'access-control-allow-headers': 'authorization, content-type',
  'access-control-max-age': '86400',
});

function requireViewer(c: Call, nowMs: number): RequireViewer {
  return viewerOf(c.req.raw, c.env, c.executionCtx, nowMs);
}

/** Where replays are found. */
function shelfOf(c: Call) {
  return { db: c.env.DB, bucket: bucketOf(c.env), pop: popOf(c) };
}

function popOf(c: Call): string {
  return c.env.POP ?? placeOf(c.req.raw, c.env).colo?.toLowerCase() ?? 'unknown';
}
