import { type Clock, sleep } from '../clock.ts';
import { edgeOf, lastMsn, type MediaPlaylist } from '../hls/model.ts';
import { probeCrowd } from './crowd-probes.ts';
import { directed, type HlsFollower, holdMs } from './hls-follower.ts';
import { probeObject } from './object-probes.ts';
import { missingSibling, type Prober } from './prober.ts';
import { probeManifestQuery, probeUnknownDirective } from './query-probes.ts';

/** How far past the live edge a request is that nobody may wait for. */
const farSegments = 20;

/** Asks of one rendition what a player never asks: wrong, late, impatient and curious requests. */
export async function probeRendition(prober: Prober, follower: HlsFollower, clock: Clock): Promise<void> {
  const playlist = follower.newest;
  if (!playlist) return;
  const plain = follower.snapshots.at(-1)?.exchange;
  if (plain) await prober.ask('head', follower.url, { method: 'HEAD', against: plain });
  await prober.ask('missing-playlist', missingSibling(follower.url));
  if (playlist.ended) await probeEnded(prober, follower, playlist);
  else if (playlist.control?.canBlock) await probeBlocking(prober, follower, clock);
  if (!playlist.ended) await probeSkip(prober, follower);
  await probeQueries(prober, follower);
  await follower.media.settled();
  const stored = [...follower.objects.values()].findLast(
    (one) => one.kind === 'segment' && one.exchange.status === 200,
  );
  if (stored) await probeObject(prober, stored.url, stored.exchange);
}

async function probeEnded(prober: Prober, { url }: HlsFollower, before: MediaPlaylist): Promise<void> {
  const msn = lastMsn(before) + farSegments;
  const target = directed(url, { msn, part: 0, skip: 'YES' });
  await prober.ask('ended-directives', target, { before, msn, timeoutMs: holdMs(before) });
}

async function probeBlocking(prober: Prober, follower: HlsFollower, clock: Clock): Promise<void> {
  const { url } = follower;
  const now = () => follower.newest as MediaPlaylist;
  const timeoutMs = holdMs(now());
  const far = lastMsn(now()) + farSegments;
  await Promise.all([
    prober.ask('part-without-msn', directed(url, { part: 0 }), { before: now(), timeoutMs }),
    prober.ask('msn-too-far', directed(url, { msn: far }), { before: now(), msn: far, timeoutMs }),
    ...[{ msn: 'x' }, { msn: '-1' }, { msn: '1.5' }, { msn: now().mediaSequence + 1, part: 'x' }].map((bad) =>
      prober.ask('bad-directive', directed(url, bad), { before: now(), timeoutMs }),
    ),
    prober.ask('missing-playlist-blocking', directed(missingSibling(url), { msn: far - farSegments }), { timeoutMs }),
  ]);
  const before = now();
  for (const msn of [before.mediaSequence + 1, Math.max(0, before.mediaSequence - 1)]) {
    const part = before.partTargetS === null ? {} : { part: 0 };
    await prober.ask('satisfied', directed(url, { msn, ...part }), { before: now(), msn, ...part, timeoutMs });
  }
  await segmentStart(follower, clock);
  await probeHolds(prober, follower, timeoutMs);
  await probeCrowd(prober, follower, timeoutMs);
}

/** Waits for a segment to begin, at most for two: near its end nobody knows which part will be its last. */
async function segmentStart({ snapshots }: HlsFollower, clock: Clock): Promise<void> {
  const newest = () => snapshots.at(-1)?.playlist as MediaPlaylist;
  const { partTargetS, targetDurationS } = newest();
  if (partTargetS === null || !(partTargetS > 0)) return;
  const until = clock.nowMs() + 2_000 * targetDurationS;
  while (clock.nowMs() < until && ![0, 1].includes(edgeOf(newest()).part)) await sleep(clock, 250 * partTargetS);
}

/** Requests that are held: for a whole segment, and for a part that turns out to be the next segment's first. */
async function probeHolds(prober: Prober, follower: HlsFollower, timeoutMs: number): Promise<void> {
  const { url } = follower;
  const before = follower.newest as MediaPlaylist;
  const { msn, part: last } = edgeOf(before);
  const asks = [prober.ask('msn-only', directed(url, { msn }), { before, msn, timeoutMs })];
  const partTargetS = before.partTargetS;
  if (partTargetS !== null && partTargetS > 0) {
    const advance = partTargetS < 1 ? Math.ceil(3 / partTargetS) : 3;
    const tooFar = last + 2 * advance + 10;
    asks.push(
      prober.ask('part-too-far', directed(url, { msn, part: tooFar }), { before, msn, part: tooFar, timeoutMs }),
    );
    const parts = before.segments.at(-1)?.parts.length ?? 0;
    if (parts > 0 && parts - last <= advance) {
      asks.push(
        prober.ask('part-past-end', directed(url, { msn, part: parts }), { before, msn, part: parts, timeoutMs }),
      );
    }
  }
  await Promise.all(asks);
}

/** The same playlist with a query that should count for nothing, also beside directives that are fulfilled. */
async function probeQueries(prober: Prober, { url, newest }: HlsFollower): Promise<void> {
  if (!newest) return;
  await probeUnknownDirective(prober, url);
  const part = newest.partTargetS === null ? {} : { part: 0 };
  const isBlocking = newest.control?.canBlock === true && !newest.ended;
  const plain = isBlocking ? directed(url, { msn: newest.mediaSequence + 1, ...part }) : url;
  await probeManifestQuery(prober, plain, holdMs(newest));
}

/** Asks for delta updates, with date ranges and without. */
export async function probeSkip(prober: Prober, follower: HlsFollower): Promise<void> {
  for (const skip of ['YES', 'v2']) {
    const before = follower.newest;
    if (before) await prober.ask('skip', directed(follower.url, { skip }), { before });
  }
}
