import { sleep } from '../clock.ts';
import { mpdCarriers } from '../dash/carriers.ts';
import type { Mpd } from '../dash/model.ts';
import { readMpd } from '../dash/mpd.ts';
import type { Answer } from '../http/exchange.ts';
import { runLimits } from '../limits.ts';
import { probeCarriers } from './carrier-probes.ts';
import type { RunContext } from './context.ts';
import { DashMedia } from './dash-media.ts';
import { type Lead, probeClock, probeNextSegment } from './dash-probes.ts';
import { probeAgain, probeObject } from './object-probes.ts';
import type { DashObservation, MpdSnapshot } from './observation.ts';
import { missingSibling, Prober } from './prober.ts';
import { probeManifestQuery } from './query-probes.ts';
import { probeSteering } from './steering-probes.ts';

/** Between two looks at an MPD, ms: what it asks for, within reason. */
const refreshMsMax = 5_000;

/** Watches a DASH presentation until the deadline: its MPD, every representation's media, and the probes. */
export async function observeDash(context: RunContext, entry: Answer): Promise<DashObservation> {
  const startedAtMs = context.clock.nowMs();
  const prober = new Prober(context);
  const media = new DashMedia(context);
  const snapshots: MpdSnapshot[] = [];
  const keep = ({ exchange, body }: Answer) => {
    if (exchange.status !== 200) return;
    const text = body.toString('utf8');
    const mpd = readMpd(text, exchange.finalUrl, exchange.requestedAtMs);
    if (snapshots.at(-1)?.digest !== exchange.digest) {
      context.carriers.add(exchange.url, mpdCarriers(text, exchange.finalUrl));
    }
    snapshots.push({ mpd, exchange, digest: exchange.digest });
    media.take(mpd);
  };
  keep(entry);
  const newest = () => snapshots.at(-1)?.mpd;
  await Promise.all([refresh(context, entry.exchange.url, newest, keep), probe(prober, media, newest, entry)]);
  await media.settled();
  await probeAgain(prober);
  await probeCarriers(prober, context);
  return {
    ...{ kind: 'dash', entry: entry.exchange, snapshots, objects: media.objects, inits: media.inits },
    ...{ probes: prober.probes, exchanges: context.client.exchanges, carriers: context.carriers.carriers },
    ...{ startedAtMs, endedAtMs: context.clock.nowMs() },
  };
}

async function refresh(
  { client, clock, deadlineMs }: RunContext,
  url: string,
  newest: () => Mpd | undefined,
  keep: (answer: Answer) => void,
): Promise<void> {
  for (let count = 0; count < runLimits.snapshotsPerRenditionMax; count++) {
    const mpd = newest();
    if (!mpd?.dynamic || mpd.minimumUpdatePeriodS === null) return;
    const waitMs = Math.min(refreshMsMax, Math.max(runLimits.pollMsMin, mpd.minimumUpdatePeriodS * 1000));
    await sleep(clock, Math.min(waitMs, Math.max(0, deadlineMs - clock.nowMs())));
    if (clock.nowMs() >= deadlineMs) return;
    keep(await client.ask(url, { purpose: 'mpd' }));
  }
}

async function probe(prober: Prober, media: DashMedia, newest: () => Mpd | undefined, entry: Answer): Promise<void> {
  const mpd = newest();
  if (!mpd) return;
  await prober.ask('head', entry.exchange.url, { method: 'HEAD', against: entry.exchange });
  await prober.ask('missing-playlist', missingSibling(entry.exchange.url));
  await probeManifestQuery(prober, entry.exchange.url);
  if (mpd.steering) await probeSteering(prober, mpd.steering, 'DASH');
  for (const timing of mpd.timings) await probeClock(prober, timing, mpd.url);
  if (mpd.dynamic) await probeNextSegment(prober, () => leadOf(newest() ?? mpd));
  await media.settled();
  const stored = media.objects.find(({ exchange }) => exchange.status === 200);
  if (stored) await probeObject(prober, stored.url, stored.exchange);
}

function leadOf(mpd: Mpd): Lead | null {
  for (const representation of [...mpd.representations].reverse()) {
    const last = representation.segments.at(-1);
    if (representation.kind === 'video' && last) return { representation, last };
  }
  return null;
}
