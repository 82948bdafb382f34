import type { ChannelState, Visibility } from '#shared/model/broadcast.ts';
import { isBroadcastId, isChannelName } from '#shared/model/id.ts';
import type { SessionView } from '#shared/model/view.ts';
import { formatPlaybackPath } from '#shared/route/route.ts';
import { gateFor } from '../access/composition.ts';
import type { Admitted, Visitor } from '../access/gate.ts';
import { presentedToken } from '../access/transport.ts';
import { viewerPlaceOf } from '../access/viewer-place.ts';
import type { Env } from '../env.ts';
import { resolveBroadcast, resolveChannel } from './directory.ts';
import { ProblemError } from './respond.ts';
import type { SessionRequest } from './schemas.ts';

interface Signed {
  readonly visibility: Visibility;
  readonly channel: string;
  readonly broadcast: string | null;
  readonly state: ChannelState;
}

type Context = Pick<ExecutionContext, 'waitUntil'>;

/** Exchanges the token of the Authorization header for a session. Throws the gate's refusal, or `not_found`. */
export async function beginSession(
  request: Request,
  env: Env,
  ctx: Context,
  { channel, broadcast }: SessionRequest,
  nowMs: number,
): Promise<SessionView> {
  const found =
    channel !== undefined ? await findChannel(env, channel, nowMs) : await findBroadcast(env, broadcast ?? '');
  const admitted = found.visibility === 'signed' ? await admit(request, env, ctx, found, 'begin', nowMs) : null;
  const lead = admitted ? `/t/${admitted.token}` : '';
  const [hls, dash] =
    channel !== undefined
      ? ([
          { kind: 'live-multivariant', channel },
          { kind: 'live-mpd', channel },
        ] as const)
      : ([
          { kind: 'multivariant', broadcast: found.broadcast ?? '' },
          { kind: 'mpd', broadcast: found.broadcast ?? '' },
        ] as const);
  return {
    session: admitted?.token ?? null,
    hls: lead + formatPlaybackPath(hls),
    dash: lead + formatPlaybackPath(dash),
    expiresMs: admitted?.expiresMs ?? null,
    nowMs,
  };
}

/** Throws the gate's refusal unless the token of the Authorization header opens a signed channel. */
export async function requireViewer(
  request: Request,
  env: Env,
  ctx: Context,
  channel: Signed,
  nowMs: number,
): Promise<void> {
  await admit(request, env, ctx, channel, 'look', nowMs);
}

async function findChannel(env: Env, name: string, nowMs: number): Promise<Signed> {
  const found = isChannelName(name) ? await resolveChannel(env.DB, name, nowMs) : null;
  if (!found) throw new ProblemError('not_found', 'There is no such channel.');
  return found;
}

async function findBroadcast(env: Env, id: string): Promise<Signed> {
  const found = isBroadcastId(id) ? await resolveBroadcast(env.DB, id) : null;
  if (!found) throw new ProblemError('not_found', 'There is no such broadcast.');
  return { ...found, broadcast: id };
}

async function admit(
  request: Request,
  env: Env,
  ctx: Context,
  { channel, broadcast, state }: Signed,
  purpose: Visitor['purpose'],
  nowMs: number,
): Promise<Admitted> {
  const asked = { channel, broadcast, clip: null, scopes: anyPlaying, kind: 'manifest', height: null } as const;
  const bearer = new Headers({ authorization: request.headers.get('authorization') ?? '' });
  const presented = presentedToken(null, '', bearer);
  const place = viewerPlaceOf(request, env);
  const visitor = { presented, asked, place, purpose, clip: null };
  const admission = await gateFor(env, ctx).admit(visitor, nowMs);
  if (!admission.isOpen) throw new ProblemError(admission.code, admission.detail, { state });
  return admission;
}

/** Playlists ask more exactly. */
const anyPlaying = ['live', 'dvr', 'replay', 'clip'] as const;
