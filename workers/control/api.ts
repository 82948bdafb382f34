import { OpenAPIHono } from '@hono/zod-openapi';
import { pokeCouriers, pokeNowAndThen, urgencyOf } from '../webhooks/poke.ts';
import { mountWebhooks } from '../webhooks/webhooks-api.ts';
import { mountAccess } from './access-api.ts';
import { authorizePerson, requireRate } from './authorize.ts';
import { Calls, type ControlBindings } from './calls.ts';
import { mountCatalogue } from './catalogue-api.ts';
import { openApiDocument } from './contract/document.ts';
import { mountImports } from './imports-api.ts';
import { mountOrigin } from './origin-api.ts';
import { mountPages } from './pages-api.ts';
import { ProblemError, respondError } from './respond.ts';
import { mountRetention } from './retention-api.ts';

/** The control plane's calls, to be mounted at `/api/v1`. docs/protocol/control-api.md describes each. */
export const controlApi = new OpenAPIHono<ControlBindings>();
const calls = new Calls(controlApi);

controlApi.onError((error) => respondError(error));
controlApi.use('*', async (c, next) => {
  await next();
  if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
});

// What was changed may have to be told.
controlApi.use('*', async (c, next) => {
  await next();
  const urgency = urgencyOf(c.req.method, c.req.path);
  if (urgency === null) return;
  const poke = urgency === 'at-once' ? pokeCouriers : pokeNowAndThen;
  c.executionCtx.waitUntil(poke(c.env, Date.now()));
});

// Public: what pages read. Open to other sites, for these calls take no credentials but a playback token that a page sends.
for (const path of ['/watch/*', '/watch-replay/*', '/watch-clip/*', '/live', '/session', '/openapi.json']) {
  controlApi.use(path, async (c, next) => {
    await next();
    c.res.headers.set('access-control-allow-origin', '*');
    const isShared = c.res.ok && !c.req.header('authorization') && path !== '/session';
    c.res.headers.set('cache-control', isShared ? 'max-age=1' : 'no-store');
    // Channels may be for some sites only.
    c.res.headers.set('vary', 'origin, referer, sec-fetch-site');
  });
  controlApi.options(path, (c) => c.body(null, 204, preflight));
}
mountPages(calls);
let document: ReturnType<typeof openApiDocument> | null = null;
controlApi.get('/openapi.json', (c) => {
  document ??= openApiDocument(controlApi);
  return c.json(document);
});
calls.refuseOthers();

// Origins: signed.
mountOrigin(controlApi);

// People: everything from here on, unknown paths too, needs a token of the API.
controlApi.use('*', async (c, next) => {
  const principal = await authorizePerson(c.req.raw, c.env, Date.now());
  await requireRate(c.env, principal);
  c.set('principal', principal);
  await next();
});
mountCatalogue(calls);
mountRetention(calls);
mountImports(calls);
mountAccess(calls);
mountWebhooks(calls);
calls.refuseOthers();
controlApi.all('*', () => {
  throw new ProblemError('not_found', 'The API has no such call. docs/protocol/control-api.md lists them.');
});

const preflight = Object.freeze({
  'access-control-allow-methods': 'GET, HEAD, POST, OPTIONS',
  'access-control-allow-headers': 'authorization, content-type',
  'access-control-max-age': '86400',
});
