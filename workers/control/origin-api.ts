import type { OpenAPIHono } from '@hono/zod-openapi';
import { edgeLimits } from '#shared/limits/edge.ts';
import { bucketOf } from '../bucket/bucket.ts';
import { readSignedBody } from './authorize.ts';
import { answerLease } from './backups.ts';
import { parseBody } from './body.ts';
import type { ControlBindings } from './calls.ts';
import { enterImport } from './imports.ts';
import { getObject, listObjects, objectKeyOf, putObject } from './objects.ts';
import {
  broadcastReport,
  heartbeat,
  importReport,
  leaseQuestion,
  publishQuestion,
  replayReport,
} from './origin-messages.ts';
import { answerHeartbeat } from './origins.ts';
import { answerPublish } from './publishing.ts';
import { storeReplay } from './replay-list.ts';
import { storeReport } from './reports.ts';
import { ProblemError } from './respond.ts';

/** The calls of origins, each signed; machines read shared/wire/control.ts and not the API's document. */
export function mountOrigin(api: OpenAPIHono<ControlBindings>): void {
  api.post('/origin/publish', async (c) => {
    const nowMs = Date.now();
    const question = parseBody(publishQuestion, await readSignedBody(c.req.raw, c.env, nowMs));
    return c.json(await answerPublish(c.env, question, nowMs));
  });
  api.post('/origin/broadcast', async (c) => {
    const nowMs = Date.now();
    const report = parseBody(broadcastReport, await readSignedBody(c.req.raw, c.env, nowMs));
    return c.json(await storeReport(c.env.DB, report, nowMs));
  });
  api.post('/origin/replay', async (c) => {
    const report = parseBody(replayReport, await readSignedBody(c.req.raw, c.env, Date.now()));
    await storeReplay(c.env.DB, report);
    return c.body(null, 204);
  });
  api.post('/origin/import', async (c) => {
    const nowMs = Date.now();
    await enterImport(c.env.DB, parseBody(importReport, await readSignedBody(c.req.raw, c.env, nowMs)), nowMs);
    return c.body(null, 204);
  });
  api.post('/origin/heartbeat', async (c) => {
    const nowMs = Date.now();
    const message = parseBody(heartbeat, await readSignedBody(c.req.raw, c.env, nowMs));
    return c.json(await answerHeartbeat(c.env.DB, message, nowMs));
  });
  api.post('/origin/lease', async (c) => {
    const nowMs = Date.now();
    const question = parseBody(leaseQuestion, await readSignedBody(c.req.raw, c.env, nowMs));
    return c.json(await answerLease(c.env, question, nowMs));
  });
  for (const path of ['publish', 'broadcast', 'replay', 'import', 'heartbeat', 'lease'].map(
    (one) => `/origin/${one}`,
  )) {
    api.all(path, refuseMethod('POST'));
  }
  mountObjects(api);
}

/** Media in the deployment's own bucket, for origins without keys for it. */
function mountObjects(api: OpenAPIHono<ControlBindings>): void {
  api.get('/origin/objects', async (c) => {
    await readSignedBody(c.req.raw, c.env, Date.now());
    return c.json(await listObjects(bucketOf(c.env), c.req.query('prefix') ?? '', c.req.query('cursor')));
  });
  api.all('/origin/objects', refuseMethod('GET, HEAD'));
  api.on(['GET', 'PUT', 'DELETE'], '/origin/objects/*', async (c) => {
    const body = await readSignedBody(c.req.raw, c.env, Date.now(), edgeLimits.objectBytesMax);
    const key = objectKeyOf(c.req.path.slice(c.req.path.indexOf('/origin/objects/') + '/origin/objects/'.length));
    if (c.req.method === 'GET') return getObject(bucketOf(c.env), key);
    if (c.req.method === 'PUT') await putObject(bucketOf(c.env), key, body);
    else await bucketOf(c.env).remove([key]);
    return c.body(null, 204);
  });
  api.all('/origin/objects/*', refuseMethod('GET, HEAD, PUT, DELETE'));
}

/** @param allow value of `Allow` (RFC 9110 10.2.1) */
function refuseMethod(allow: string) {
  return (): never => {
    throw new ProblemError('method_not_allowed', `Allowed here: ${allow}.`, { headers: { allow } });
  };
}
