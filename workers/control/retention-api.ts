import { Hono } from 'hono';
import { bucketOf } from '../bucket/bucket.ts';
import type { Env } from '../env.ts';
import { pageOf, refuseMethod } from './call.ts';
import { listDeletions } from './deletions.ts';
import { lifecycleRules } from './lifecycle.ts';
import { listMissing } from './missing-segments.ts';
import { listOrphans, listUnrecorded } from './orphans.ts';
import { listDue, runRetention } from './retention.ts';

/** What stays and what goes, for people; mounted behind their authorization. */
export const retentionApi = new Hono<{ Bindings: Env }>();

retentionApi.get('/retention', async (c) => c.json(await listDue(c.env.DB, pageOf(c), Date.now())));
retentionApi.post('/retention', async (c) => c.json(await runRetention(c.env.DB, bucketOf(c.env), Date.now())));
retentionApi.all('/retention', refuseMethod('GET, HEAD, POST'));
retentionApi.get('/retention/lifecycle', async (c) => c.json(await lifecycleRules(c.env.DB)));
retentionApi.all('/retention/lifecycle', refuseMethod('GET, HEAD'));
retentionApi.get('/deletions', async (c) => c.json(await listDeletions(c.env.DB, pageOf(c))));
retentionApi.all('/deletions', refuseMethod('GET, HEAD'));
retentionApi.get('/orphans', async (c) =>
  c.json(await listOrphans(c.env.DB, bucketOf(c.env), c.req.query('cursor') ?? null)),
);
retentionApi.all('/orphans', refuseMethod('GET, HEAD'));
retentionApi.get('/orphans/unrecorded', async (c) =>
  c.json(await listUnrecorded(c.env.DB, bucketOf(c.env), pageOf(c))),
);
retentionApi.all('/orphans/unrecorded', refuseMethod('GET, HEAD'));
retentionApi.get('/orphans/missing', async (c) => c.json(await listMissing(c.env.DB, bucketOf(c.env), pageOf(c))));
retentionApi.all('/orphans/missing', refuseMethod('GET, HEAD'));
