import { siteEntriesOf } from '../access/viewer-place.ts';
import { bucketOf } from '../bucket/bucket.ts';
import type { Calls, Visit } from './calls.ts';
import {
  beginSessionCall,
  getJwksCall,
  listIngestsCall,
  listLiveCall,
  watchChannelCall,
  watchClipCall,
  watchReplayCall,
  watchReplaysCall,
} from './contract/pages.ts';
import { answerIngests, placeOf } from './ingests.ts';
import { listReplays, replayView } from './replays.ts';
import { beginSession, type RequireViewer, viewerOf } from './sessions.ts';
import { publicKeySet } from './signing-keys.ts';
import { liveView, watchClipView, watchView } from './views.ts';

/** What pages and encoders read, without a token of the API. */
export function mountPages(calls: Calls): void {
  calls.mount(watchChannelCall, async (visit) => {
    const { env, params, nowMs } = visit;
    return watchView(env.DB, params.channel, popOf(visit), nowMs, requireViewer(visit));
  });
  calls.mount(watchReplaysCall, async (visit) => {
    const { params, query, nowMs } = visit;
    return listReplays(shelfOf(visit), params.channel, query, nowMs, requireViewer(visit));
  });
  calls.mount(watchReplayCall, async (visit) => {
    const { params, nowMs } = visit;
    return replayView(shelfOf(visit), params.broadcast, nowMs, requireViewer(visit));
  });
  calls.mount(watchClipCall, async (visit) => {
    const { env, params, nowMs } = visit;
    return watchClipView(env.DB, params.id, popOf(visit), nowMs, requireViewer(visit));
  });
  calls.mount(beginSessionCall, async ({ c, env, body, nowMs }) =>
    beginSession(c.req.raw, env, c.executionCtx, body, nowMs),
  );
  calls.mount(listLiveCall, async (visit) =>
    liveView(visit.env.DB, popOf(visit), siteEntriesOf(visit.c.req.raw), visit.nowMs),
  );
  calls.mount(listIngestsCall, async ({ c, env }) => answerIngests(c.req.raw, env));
  calls.mount(getJwksCall, async ({ c, env, nowMs }) => {
    c.header('cache-control', 'max-age=60');
    return publicKeySet(env.DB, nowMs);
  });
}

function requireViewer({ c, env, nowMs }: Visit): RequireViewer {
  return viewerOf(c.req.raw, env, c.executionCtx, nowMs);
}

/** Where replays are found. */
function shelfOf(visit: Visit) {
  return { db: visit.env.DB, bucket: bucketOf(visit.env), pop: popOf(visit) };
}

/** Name of the PoP that answers. */
export function popOf({ c, env }: Visit): string {
  return env.POP ?? placeOf(c.req.raw, env).colo?.toLowerCase() ?? 'unknown';
}
