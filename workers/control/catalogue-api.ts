import { bucketOf } from '../bucket/bucket.ts';
import { changeBroadcast, getBroadcast, listBroadcasts } from './broadcasts.ts';
import type { Calls } from './calls.ts';
import { changeChannel, createChannel, deleteChannel, getChannel, listChannels } from './channels.ts';
import { changeClip, createClip, deleteClip, getClip, listClips } from './clips.ts';
import {
  changeBroadcastCall,
  deleteBroadcastCall,
  getBroadcastCall,
  listBroadcastsCall,
} from './contract/broadcasts.ts';
import {
  changeChannelCall,
  createChannelCall,
  deleteChannelCall,
  getChannelCall,
  listChannelsCall,
} from './contract/channels.ts';
import { changeClipCall, createClipCall, deleteClipCall, getClipCall, listClipsCall } from './contract/clips.ts';
import {
  createJoinTokenCall,
  listJoinTokensCall,
  revokeJoinTokenCall,
  revokeOriginKeyCall,
} from './contract/join-tokens.ts';
import {
  changeKeyCall,
  createKeyCall,
  createObsProfileCall,
  deleteKeyCall,
  listKeysCall,
  rotateKeyCall,
} from './contract/keys.ts';
import { changeOriginCall, deleteOriginCall, listOriginsCall, listPopsCall } from './contract/origins.ts';
import { deleteBroadcast } from './deletions.ts';
import { nearestServer } from './ingests.ts';
import { createJoinToken, listJoinTokens, revokeJoinToken } from './join-tokens.ts';
import { changeStreamKey, createStreamKey, deleteStreamKey, listStreamKeys, rotateStreamKey } from './keys.ts';
import { createObsProfile } from './obs-profile.ts';
import { revokeOriginKey } from './origin-keys.ts';
import { removeOrigin } from './origin-removal.ts';
import { changeOrigin, listOrigins } from './origins.ts';
import { popOf } from './pages-api.ts';
import { listPops } from './pops.ts';
import { ProblemError } from './respond.ts';
import { requireForeignSource } from './source-url.ts';

/** Channels, stream keys, broadcasts, clips, origins. */
export function mountCatalogue(calls: Calls): void {
  mountChannels(calls);
  mountKeys(calls);
  mountBroadcasts(calls);
  mountClips(calls);
  mountOrigins(calls);
}

function mountOrigins(calls: Calls): void {
  calls.mount(listOriginsCall, async ({ env, query, nowMs }) => listOrigins(env.DB, query, nowMs));
  calls.mount(changeOriginCall, async ({ c, env, params, body }) => {
    await changeOrigin(env.DB, params.id, body);
    return c.body(null, 204);
  });
  calls.mount(deleteOriginCall, async ({ c, env, params, nowMs }) => {
    await removeOrigin(env.DB, params.id, nowMs);
    return c.body(null, 204);
  });
  calls.mount(revokeOriginKeyCall, async ({ c, env, params, nowMs }) => {
    await revokeOriginKey(env.DB, params.id, nowMs);
    return c.body(null, 204);
  });
  calls.mount(createJoinTokenCall, async ({ env, principal, body, nowMs }) =>
    createJoinToken(env.DB, body, principal.id, nowMs),
  );
  calls.mount(listJoinTokensCall, async ({ env, query, nowMs }) => listJoinTokens(env.DB, query, nowMs));
  calls.mount(revokeJoinTokenCall, async ({ c, env, params, nowMs }) => {
    await revokeJoinToken(env.DB, params.id, nowMs);
    return c.body(null, 204);
  });
  calls.mount(listPopsCall, async (visit) => listPops(visit.env.DB, popOf(visit), visit.query, visit.nowMs));
}

function mountChannels(calls: Calls): void {
  calls.mount(createChannelCall, async ({ c, env, body, nowMs }) => {
    requireForeignSource(body.sourceUrl, env.FOREIGN_HOSTS);
    const channel = await createChannel(env.DB, body, nowMs);
    c.header('location', `/api/v1/channels/${channel.id}`);
    return channel;
  });
  calls.mount(listChannelsCall, async ({ env, principal, query, nowMs }) =>
    listChannels(env.DB, principal.channel, query, nowMs),
  );
  calls.mount(getChannelCall, async ({ env, params, nowMs }) => getChannel(env.DB, params.id, nowMs));
  calls.mount(changeChannelCall, async ({ env, principal, params, body, nowMs }) => {
    if (body.disabled !== undefined && principal.role !== 'admin') {
      throw new ProblemError('forbidden', 'disabled: only an administrator switches channels off and on.');
    }
    requireForeignSource(body.sourceUrl, env.FOREIGN_HOSTS);
    return changeChannel(env.DB, params.id, body, nowMs);
  });
  calls.mount(deleteChannelCall, async ({ c, env, params, nowMs }) => {
    await deleteChannel(env.DB, params.id, nowMs);
    return c.body(null, 204);
  });
}

function mountKeys(calls: Calls): void {
  calls.mount(createKeyCall, async ({ env, params, body, nowMs }) => createStreamKey(env.DB, params.id, body, nowMs));
  calls.mount(listKeysCall, async ({ env, params, query, nowMs }) => listStreamKeys(env.DB, params.id, query, nowMs));
  calls.mount(changeKeyCall, async ({ env, params, body }) => changeStreamKey(env.DB, params.id, params.key, body));
  calls.mount(rotateKeyCall, async ({ env, params, body, nowMs }) =>
    rotateStreamKey(env.DB, params.id, params.key, body.graceMs, nowMs),
  );
  calls.mount(deleteKeyCall, async ({ c, env, params, nowMs }) => {
    await deleteStreamKey(env.DB, params.id, params.key, nowMs);
    return c.body(null, 204);
  });
  calls.mount(createObsProfileCall, async ({ c, env, params, nowMs }) =>
    createObsProfile(env.DB, params.id, await nearestServer(c.req.raw, env), nowMs),
  );
}

function mountBroadcasts(calls: Calls): void {
  calls.mount(listBroadcastsCall, async ({ env, query, nowMs }) => listBroadcasts(env.DB, query, nowMs));
  calls.mount(getBroadcastCall, async ({ env, params, nowMs }) => getBroadcast(env.DB, params.id, nowMs));
  calls.mount(changeBroadcastCall, async ({ env, params, body, nowMs }) =>
    changeBroadcast(env.DB, params.id, body, nowMs),
  );
  calls.mount(deleteBroadcastCall, async ({ env, params, nowMs }) =>
    deleteBroadcast(env.DB, bucketOf(env), params.id, nowMs),
  );
}

function mountClips(calls: Calls): void {
  calls.mount(createClipCall, async ({ c, env, body, nowMs }) => {
    const clip = await createClip(env.DB, body, c.get('measureClip'), nowMs);
    c.header('location', `/api/v1/clips/${clip.id}`);
    return clip;
  });
  calls.mount(listClipsCall, async ({ env, query }) => {
    const { channel = null, broadcast = null } = query;
    return listClips(env.DB, { channel, broadcast }, query);
  });
  calls.mount(getClipCall, async ({ env, params }) => getClip(env.DB, params.id));
  calls.mount(changeClipCall, async ({ env, params, body }) => changeClip(env.DB, params.id, body));
  calls.mount(deleteClipCall, async ({ c, env, params }) => {
    await deleteClip(env.DB, params.id);
    return c.body(null, 204);
  });
}
