import { edgeOf, type MediaPlaylist, reaches } from '../hls/model.ts';
import type { Exchange } from '../http/exchange.ts';
import { runLimits } from '../limits.ts';
import { directed, type HlsFollower } from './hls-follower.ts';
import type { Probe } from './observation.ts';
import type { Prober } from './prober.ts';

/** Between the first and the last of those who waited for the same, ms: what a network and a busy machine may add. */
export const apartMsMax = 1_000;

/** Several viewers at once who wait for what comes in a playlist: the next part may be there by now, not the one after. */
export function probeCrowd(prober: Prober, follower: HlsFollower, timeoutMs: number): Promise<void> {
  return sendCrowd((earlier) => {
    const before = newestOf([follower.newest, ...earlier.map(({ playlist }) => playlist)]);
    if (!before) return null;
    const { msn, part: last } = edgeOf(before);
    const part = before.partTargetS === null ? {} : { part: last + 2 };
    const url = directed(follower.url, { msn, ...part });
    return () => prober.ask('crowd', url, { before, msn, ...part, timeoutMs });
  });
}

/** Sends a crowd, and a second one where the first was not answered alike: by chance it was sent at a bad moment. */
export async function sendCrowd(arrive: (earlier: readonly Probe[]) => (() => Promise<Probe>) | null): Promise<void> {
  let probes: readonly Probe[] = [];
  for (const _ of ['first', 'second']) {
    const ask = arrive(probes);
    if (!ask) return;
    probes = await Promise.all(Array.from({ length: runLimits.crowdSize }, ask));
    const exchanges = probes.map(({ exchange }) => exchange);
    if (oddOne(exchanges) === null && apartMs(exchanges) <= apartMsMax) return;
  }
}

function newestOf(playlists: readonly (MediaPlaylist | null)[]): MediaPlaylist | null {
  return playlists.reduce((newest, one) => {
    if (!newest || !one) return newest ?? one;
    const { msn, part } = edgeOf(one);
    return reaches(newest, msn, part) ? newest : one;
  }, null);
}

/** One that got something else than the first; null: all got the same. */
export function oddOne(exchanges: readonly Exchange[]): Exchange | null {
  const [first] = exchanges;
  return exchanges.find(({ status, digest }) => status !== first?.status || digest !== first.digest) ?? null;
}

/** Between the first and the last who were answered, ms. */
export function apartMs(exchanges: readonly Exchange[]): number {
  const ends = exchanges.map(({ endedAtMs }) => endedAtMs);
  return Math.max(...ends) - Math.min(...ends);
}
