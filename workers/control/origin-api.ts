import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { edgeLimits } from '#shared/limits/edge.ts';
import { bucketOf } from '../bucket/bucket.ts';
import { readSignedBody } from './authorize.ts';
import { answerLease } from './backups.ts';
import { parseBody, readBody } from './body.ts';
import type { ControlBindings } from './calls.ts';
import { claimJob, storeProgress } from './import-jobs.ts';
import { enterImport } from './imports.ts';
import { requireOwnBroadcast } from './object-owners.ts';
import { getObject, listObjects, objectKeyOf, putObject, requireOwnObject } from './objects.ts';
import { joinOrigin } from './origin-keys.ts';
import {
  broadcastReport,
  heartbeat,
  importClaim,
  importProgress,
  importReport,
  joinQuestion,
  leaseQuestion,
  publishQuestion,
  replayReport,
} from './origin-messages.ts';
import { answerHeartbeat } from './origins.ts';
import { answerPublish } from './publishing.ts';
import { storeReplay } from './replay-list.ts';
import { storeReport } from './reports.ts';
import { ProblemError } from './respond.ts';
import type { Schema } from './schemas.ts';

const posted = [
  ...['join', 'publish', 'broadcast', 'replay', 'heartbeat', 'lease'],
  ...['import', 'imports/claim', 'imports/report'],
];

/** The calls of origins, each signed; machines read shared/wire/control.ts and not the API's document. */
export function mountOrigin(api: OpenAPIHono<ControlBindings>): void {
  api.post('/origin/join', async (c) => {
    const question = parseBody(joinQuestion, await readBody(c.req.raw));
    return c.json(await joinOrigin(c.req.raw, c.env, question, Date.now()));
  });
  mountMessages(api);
  for (const path of posted) api.all(`/origin/${path}`, refuseMethod('POST'));
  mountObjects(api);
}

function mountMessages(api: OpenAPIHono<ControlBindings>): void {
  api.post('/origin/publish', async (c) => {
    const { message, nowMs } = await readMessage(c, publishQuestion);
    return c.json(await answerPublish(c.env, message, nowMs));
  });
  api.post('/origin/broadcast', async (c) => {
    const { message, nowMs } = await readMessage(c, broadcastReport);
    return c.json(await storeReport(c.env.DB, message, nowMs));
  });
  api.post('/origin/replay', async (c) => {
    const { message } = await readMessage(c, replayReport);
    await storeReplay(c.env.DB, message);
    return c.body(null, 204);
  });
  api.post('/origin/import', async (c) => {
    const { message, signer, nowMs } = await readMessage(c, importReport);
    await enterImport(c.env.DB, message, signer ? 'own_key' : 'deployment_key', nowMs);
    return c.body(null, 204);
  });
  api.post('/origin/imports/claim', async (c) => {
    const { message, nowMs } = await readMessage(c, importClaim);
    return c.json(await claimJob(c.env.DB, message.origin, nowMs));
  });
  api.post('/origin/imports/report', async (c) => {
    const { message, nowMs } = await readMessage(c, importProgress);
    return c.json(await storeProgress(c.env.DB, message, nowMs));
  });
  api.post('/origin/heartbeat', async (c) => {
    const { message, signer, nowMs } = await readMessage(c, heartbeat);
    return c.json(await answerHeartbeat(c.env.DB, message, signer?.kid ?? null, nowMs));
  });
  api.post('/origin/lease', async (c) => {
    const { message, signer, nowMs } = await readMessage(c, leaseQuestion);
    return c.json(await answerLease(c.env, message, signer ? 'own_key' : 'deployment_key', nowMs));
  });
}

/** What an origin says, once it is known to be that origin; throws `unauthorized`, `bad_request`, `forbidden`. */
async function readMessage<T extends { readonly origin: string }>(c: Context<ControlBindings>, schema: Schema<T>) {
  const nowMs = Date.now();
  const { body, signer } = await readSignedBody(c.req.raw, c.env, nowMs);
  const message = parseBody(schema, body);
  if (signer && signer.origin !== message.origin) {
    throw new ProblemError('forbidden', `This key is of the origin ${signer.origin}; it speaks for no other.`, {
      reason: 'other_origin',
    });
  }
  return { message, signer, nowMs };
}

/** Media in the deployment's own bucket, for origins without keys for it. */
function mountObjects(api: OpenAPIHono<ControlBindings>): void {
  api.get('/origin/objects', async (c) => {
    await readSignedBody(c.req.raw, c.env, Date.now());
    return c.json(await listObjects(bucketOf(c.env), c.req.query('prefix') ?? '', c.req.query('cursor')));
  });
  api.all('/origin/objects', refuseMethod('GET, HEAD'));
  api.on(['GET', 'PUT', 'DELETE'], '/origin/objects/*', async (c) => {
    const nowMs = Date.now();
    const { body, signer } = await readSignedBody(c.req.raw, c.env, nowMs, edgeLimits.objectBytesMax);
    const key = objectKeyOf(c.req.path.slice(c.req.path.indexOf('/origin/objects/') + '/origin/objects/'.length));
    if (c.req.method === 'GET') return getObject(bucketOf(c.env), key);
    requireOwnObject(key);
    const kind = c.req.method === 'PUT' ? 'put' : 'remove';
    await requireOwnBroadcast(c.env.DB, { kind, key, origin: signer?.origin ?? null }, nowMs);
    if (kind === 'put') await putObject(bucketOf(c.env), key, body);
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
