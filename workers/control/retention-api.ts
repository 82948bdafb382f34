import { bucketOf } from '../bucket/bucket.ts';
import type { Calls } from './calls.ts';
import {
  getLifecycleCall,
  listAllReplaysCall,
  listDeletionsCall,
  listDueCall,
  listMissingCall,
  listOrphansCall,
  listReplaysCall,
  listUnrecordedCall,
  runRetentionCall,
} from './contract/replays.ts';
import { listDeletions } from './deletions.ts';
import { lifecycleRules } from './lifecycle.ts';
import { listMissing } from './missing-segments.ts';
import { listOrphans, listUnrecorded } from './orphans.ts';
import { listReplays, replaysOfChannel } from './replay-list.ts';
import { listDue, runRetention } from './retention.ts';

/** What stays and what goes. */
export function mountRetention(calls: Calls): void {
  calls.mount(listReplaysCall, async ({ env, params, query, nowMs }) =>
    replaysOfChannel(env.DB, params.id, query, nowMs),
  );
  calls.mount(listAllReplaysCall, async ({ env, query, nowMs }) =>
    listReplays(env.DB, query.channel ?? null, query, nowMs),
  );
  calls.mount(listDueCall, async ({ env, query, nowMs }) => listDue(env.DB, query.channel ?? null, query, nowMs));
  calls.mount(runRetentionCall, async ({ env, nowMs }) => runRetention(env.DB, bucketOf(env), nowMs));
  calls.mount(getLifecycleCall, async ({ env }) => lifecycleRules(env.DB, Date.now()));
  calls.mount(listDeletionsCall, async ({ env, query }) => listDeletions(env.DB, query.channel ?? null, query));
  calls.mount(listOrphansCall, async ({ env, query }) => listOrphans(env.DB, bucketOf(env), query.cursor ?? null));
  calls.mount(listUnrecordedCall, async ({ env, query }) => listUnrecorded(env.DB, bucketOf(env), query));
  calls.mount(listMissingCall, async ({ env, query }) => listMissing(env.DB, bucketOf(env), query));
}
