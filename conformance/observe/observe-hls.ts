import { hlsCarriers } from '../hls/carriers.ts';
import type { MultivariantPlaylist } from '../hls/model.ts';
import { isMultivariant, readMultivariantPlaylist } from '../hls/multivariant-playlist.ts';
import type { Answer } from '../http/exchange.ts';
import { runLimits } from '../limits.ts';
import { probeCarriers } from './carrier-probes.ts';
import type { RunContext } from './context.ts';
import { probeDeparted } from './hls-departed.ts';
import { type Description, HlsFollower } from './hls-follower.ts';
import { probeRendition, probeSkip } from './hls-probes.ts';
import { probeAgain } from './object-probes.ts';
import type { HlsObservation } from './observation.ts';
import { Prober } from './prober.ts';
import { probeManifestQuery } from './query-probes.ts';
import { probeSteering } from './steering-probes.ts';

/** Watches an HLS stream until the deadline: every rendition, their media, and the probes of one of them. */
export async function observeHls(context: RunContext, entry: Answer): Promise<HlsObservation> {
  const startedAtMs = context.clock.nowMs();
  const text = entry.body.toString('utf8');
  const multivariant = isMultivariant(text) ? readMultivariantPlaylist(text, entry.exchange.finalUrl) : null;
  if (multivariant) context.carriers.add(entry.exchange.url, hlsCarriers(text, entry.exchange.finalUrl));
  const followers = renditionsOf(multivariant, entry).map((one) => new HlsFollower(one, context));
  await Promise.all(followers.map((follower) => follower.start(multivariant ? undefined : entry)));
  const prober = new Prober(context);
  const lead = followers.find((follower) => follower.newest !== null && !follower.iFramesOnly);
  await Promise.all([
    ...followers.map((follower) => follower.follow()),
    lead && probeRendition(prober, lead, context.clock),
    multivariant && probeMultivariant(prober, multivariant, entry.exchange.url),
  ]);
  if (lead) await probeDeparted(prober, lead, context);
  if (lead?.newest && !lead.newest.ended) await probeSkip(prober, lead);
  await probeAgain(prober);
  await probeCarriers(prober, context);
  return {
    ...{ kind: 'hls', entry: entry.exchange, multivariant, renditions: followers, probes: prober.probes },
    ...{ exchanges: context.client.exchanges, carriers: context.carriers.carriers },
    ...{ startedAtMs, endedAtMs: context.clock.nowMs() },
  };
}

async function probeMultivariant(prober: Prober, { steering }: MultivariantPlaylist, url: string): Promise<void> {
  await probeManifestQuery(prober, url);
  if (steering) await probeSteering(prober, steering, 'HLS');
}

/** One entry per media playlist; several variants may share one. */
function renditionsOf(multivariant: MultivariantPlaylist | null, entry: Answer): Description[] {
  const own = { variants: [], alternative: null, iFramesOnly: false };
  if (!multivariant) return [{ ...own, url: entry.exchange.finalUrl, label: 'playlist' }];
  const found = new Map<string, Description>();
  for (const { url, iFramesOnly } of multivariant.variants) {
    const variants = multivariant.variants.filter((variant) => variant.url === url);
    const label = `${variants[0]?.resolution ?? 'variant'} ${shortened(url)}`;
    found.set(url, { ...own, url, label, variants, iFramesOnly });
  }
  for (const alternative of multivariant.alternatives) {
    const { url, name, type } = alternative;
    const variant = url === null ? undefined : found.get(url);
    // The sound alone is a variant and an alternative of the others.
    if (url !== null && variant) found.set(url, { ...variant, alternative: variant.alternative ?? alternative });
    if (url === null || variant || type === 'CLOSED-CAPTIONS') continue;
    found.set(url, { ...own, url, label: `${type.toLowerCase()} ${name}`, alternative });
  }
  return [...found.values()].slice(0, runLimits.renditionsMax);
}

function shortened(url: string): string {
  return new URL(url).pathname.split('/').slice(-2).join('/');
}
