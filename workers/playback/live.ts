import { noDirectives } from '#shared/hls/directives.ts';
import { type BroadcastRoute, formatPlaybackPath, type PlaybackRoute } from '#shared/route/route.ts';
import { decideAccess } from '../access/gate.ts';
import type { Answer } from '../cache/answer.ts';
import { isolateTier } from '../cache/isolate-tier.ts';
import { rebaseHls } from '../manifest/rebase-hls.ts';
import { rebaseMpd } from '../manifest/rebase-mpd.ts';
import { lookUpChannel } from './channel-lookup.ts';
import { respondAnswer, respondProblem } from './respond.ts';
import { callFor } from './upstream.ts';
import type { Visit } from './visit.ts';

type LiveRoute = Extract<PlaybackRoute, { readonly kind: 'live-multivariant' | 'live-mpd' }>;

/** Serves a channel's current broadcast under the channel's own URL, without a redirect (players keep the first URL). */
export async function serveLive(
  { request, env, ctx, resolve }: Visit,
  asked: LiveRoute,
  pop: string,
): Promise<Response> {
  const channel = await lookUpChannel(asked.channel, env.DB, ctx, resolve);
  if (!channel) return respondProblem(request, pop, 'not_found', 'There is no such channel.');
  const access = decideAccess(channel.visibility, null);
  if (!access.isOpen) return respondProblem(request, pop, access.code, access.detail);
  if (channel.broadcast === null || channel.state === 'waiting') {
    return respondProblem(request, pop, 'not_found', 'This channel is not live yet; ask again in a moment.');
  }
  const kind = asked.kind === 'live-mpd' ? 'mpd' : 'multivariant';
  const route: BroadcastRoute = { kind, broadcast: channel.broadcast };
  const wanted = { route, path: formatPlaybackPath(route), directives: noDirectives };
  const answer = await isolateTier.answer(wanted, callFor(request, env, ctx));
  const body = answer.status === 200 ? rebased(answer, kind, channel.broadcast) : answer.body;
  return respondAnswer({ request, route: asked, path: wanted.path, pop, isBlocking: false }, { ...answer, body });
}

/** Rewritten texts live as long as the body that they were made from. */
const rewritten = new WeakMap<ArrayBuffer, ArrayBuffer>();

function rebased({ body }: Answer, kind: 'multivariant' | 'mpd', broadcast: string): ArrayBuffer {
  const known = rewritten.get(body);
  if (known) return known;
  const rebase = kind === 'mpd' ? rebaseMpd : rebaseHls;
  const text = rebase(new TextDecoder().decode(body), `../../b/${broadcast}/`);
  const bytes = new TextEncoder().encode(text).buffer as ArrayBuffer;
  rewritten.set(body, bytes);
  return bytes;
}
