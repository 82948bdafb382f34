import { runLimits } from '../limits.ts';
import type { RunContext } from './context.ts';
import type { HlsFollower } from './hls-follower.ts';
import type { ProbeName, Snapshot } from './observation.ts';
import type { Prober } from './prober.ts';

interface Departed {
  readonly url: string;
  readonly range: { readonly offset: number; readonly length: number } | null;
  readonly msn: number;
  /** When it was last listed: it left after that. */
  lastListedMs: number;
}

/** Asks again for parts and segments that have left the playlist, while they must still be there. */
export async function probeDeparted(prober: Prober, follower: HlsFollower, { clock }: RunContext): Promise<void> {
  const { snapshots } = follower;
  const newest = snapshots.at(-1)?.playlist;
  if (!newest) return;
  const targetMs = Math.min(...snapshots.map(({ playlist }) => playlist.targetDurationS)) * 1000;
  const listMs = newest.segments.reduce((sum, { durationS }) => sum + durationS * 1000, 0);
  const kinds: readonly [ProbeName, Map<string, Departed>, number][] = [
    ['left-part', departedParts(snapshots), 3 * targetMs],
    ['left-segment', departedSegments(snapshots), listMs],
  ];
  for (const [name, departed, keptMs] of kinds) {
    const recent = [...departed.values()].filter(({ lastListedMs }) => clock.nowMs() - lastListedMs < keptMs);
    for (const { url, range, msn, lastListedMs } of recent.slice(0, runLimits.departedMax)) {
      const headers = range ? { range: `bytes=${range.offset}-${range.offset + range.length - 1}` } : {};
      const ageMs = clock.nowMs() - lastListedMs;
      if (ageMs < keptMs) await prober.ask(name, url, { headers, msn, ageMs });
    }
  }
}

function departedParts(snapshots: readonly Snapshot[]): Map<string, Departed> {
  return departures(snapshots, ({ playlist }) =>
    [...playlist.segments.flatMap(({ parts }) => parts), ...playlist.openParts].filter(({ gap }) => !gap),
  );
}

function departedSegments(snapshots: readonly Snapshot[]): Map<string, Departed> {
  return departures(snapshots, ({ playlist }) => playlist.segments.filter(({ gap }) => !gap));
}

type Listed = Pick<Departed, 'url' | 'range' | 'msn'>;

function departures(
  snapshots: readonly Snapshot[],
  list: (snapshot: Snapshot) => readonly Listed[],
): Map<string, Departed> {
  const seen = new Map<string, Departed>();
  for (const snapshot of snapshots) {
    for (const { url, range, msn } of list(snapshot)) {
      const key = `${url}#${range?.offset ?? ''}`;
      const known = seen.get(key);
      if (known) known.lastListedMs = snapshot.exchange.requestedAtMs;
      else seen.set(key, { url, range, msn, lastListedMs: snapshot.exchange.requestedAtMs });
    }
  }
  const last = snapshots.at(-1);
  for (const { url, range } of last ? list(last) : []) seen.delete(`${url}#${range?.offset ?? ''}`);
  return seen;
}
