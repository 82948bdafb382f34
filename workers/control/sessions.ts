import type { ChannelState, Visibility } from '#shared/model/broadcast.ts';
import { isBroadcastId, isChannelName } from '#shared/model/id.ts';
import type { SessionView } from '#shared/model/view.ts';
import { formatPlaybackPath, type PlaybackRoute } from '#shared/route/route.ts';
import { gateFor } from '../access/composition.ts';
import type { Admitted, Visitor } from '../access/gate.ts';
import { presentedToken } from '../access/transport.ts';
import { viewerPlaceOf } from '../access/viewer-place.ts';
import type { Env } from '../env.ts';
import { noClip } from './clips.ts';
import type { SessionRequest } from './contract/pages.ts';
import { resolveBroadcast, resolveChannel, resolveClip } from './directory.ts';
import { ProblemError } from './respond.ts';

/** What a viewer wants to see of a channel. */
export interface WantedView {
  readonly visibility: Visibility;
  /** Sites that the channel may be shown on; null: any. */
  readonly sites: readonly string[] | null;
  readonly channel: string;
  readonly broadcast: string | null;
  readonly state: ChannelState;
  /** Times in ms since the Unix epoch. */
  readonly clip?: Visitor['clip'] & { readonly id: string };
  /** Any one of these is enough; playlists ask more exactly. All that play when not given. */
  readonly scopes?: Visitor['asked']['scopes'];
  /** The site that shows our page in a frame, and the host of that page. */
  readonly around?: { readonly site: string; readonly page: string };
}

/** Throws the gate's refusal unless whoever asks may see it; what is open to everybody is not looked at. */
export type RequireViewer = (wanted: WantedView) => Promise<void>;

type Context = Pick<ExecutionContext, 'waitUntil'>;

/** Exchanges the token of the Authorization header for a session. Throws the gate's refusal, or `not_found`. */
export async function beginSession(
  request: Request,
  env: Env,
  ctx: Context,
  wanted: SessionRequest,
  nowMs: number,
): Promise<SessionView> {
  const { found, hls, dash } = await find(env, wanted, nowMs);
  const around = siteAround(request, env, wanted.embeddedOn);
  const admitted = await admit(request, env, ctx, { ...found, ...around }, 'begin', nowMs);
  const lead = admitted?.token ? `/t/${admitted.token}` : '';
  return {
    session: admitted?.token ?? null,
    hls: lead + formatPlaybackPath(hls),
    dash: lead + formatPlaybackPath(dash),
    expiresMs: admitted?.expiresMs ?? null,
    nowMs,
  };
}

/** Asks the gate whether the token of the Authorization header, or the site of the page, opens something. */
export function viewerOf(request: Request, env: Env, ctx: Context, nowMs: number): RequireViewer {
  return async (wanted) => {
    await admit(request, env, ctx, wanted, 'look', nowMs);
  };
}

interface Playable {
  readonly found: WantedView;
  readonly hls: PlaybackRoute;
  readonly dash: PlaybackRoute;
}

async function find(env: Env, { channel, broadcast, clip }: SessionRequest, nowMs: number): Promise<Playable> {
  if (channel !== undefined) {
    const found = isChannelName(channel) ? await resolveChannel(env.DB, channel, nowMs) : null;
    if (!found) throw new ProblemError('not_found', 'There is no such channel.');
    return { found, hls: { kind: 'live-multivariant', channel }, dash: { kind: 'live-mpd', channel } };
  }
  if (clip !== undefined) {
    const found = await resolveClip(env.DB, clip);
    if (!found) throw noClip();
    const { startMs, endMs } = found;
    const range = { id: clip, startMs, endMs };
    return {
      found: { ...found, state: 'ended', clip: range, scopes: ['clip'] },
      hls: { kind: 'clip-multivariant', clip },
      dash: { kind: 'clip-mpd', clip },
    };
  }
  const id = broadcast ?? '';
  const found = isBroadcastId(id) ? await resolveBroadcast(env.DB, id) : null;
  if (!found) throw new ProblemError('not_found', 'There is no such broadcast.');
  return {
    found: { ...found, broadcast: id },
    hls: { kind: 'multivariant', broadcast: id },
    dash: { kind: 'mpd', broadcast: id },
  };
}

async function admit(
  request: Request,
  env: Env,
  ctx: Context,
  { visibility, sites, channel, broadcast, state, clip, scopes = anyPlaying, around }: WantedView,
  purpose: Visitor['purpose'],
  nowMs: number,
): Promise<Admitted | null> {
  const isSigned = visibility === 'signed';
  if (!isSigned && sites === null) return null;
  const asked = { channel, broadcast, clip: clip?.id ?? null, scopes, kind: 'manifest', height: null, sites } as const;
  const bearer = new Headers({ authorization: request.headers.get('authorization') ?? '' });
  const presented = presentedToken(null, '', bearer);
  const own = viewerPlaceOf(request, env);
  const place = around ? { ...own, site: around.site } : own;
  const visitor = {
    isSigned,
    presented,
    asked,
    place,
    purpose,
    keeping: 'lease',
    clip: clip ?? null,
    page: around?.page,
  } as const;
  const admission = await gateFor(env, ctx).admit(visitor, nowMs);
  if (!admission.isOpen) throw new ProblemError(admission.code, admission.detail, { state });
  return admission;
}

/** Our own page in a frame tells which site shows it, and no other page is believed that. */
function siteAround(request: Request, env: Env, embeddedOn: string | undefined): Pick<WantedView, 'around'> {
  const page = new URL(request.url).host;
  if (embeddedOn === undefined || viewerPlaceOf(request, env).site !== page) return {};
  return { around: { site: embeddedOn, page } };
}

const anyPlaying = ['live', 'dvr', 'replay', 'clip'] as const;
