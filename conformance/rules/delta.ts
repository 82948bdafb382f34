import { lastMsn, type MediaPlaylist } from '../hls/model.ts';
import type { HlsObservation } from '../observe/observation.ts';
import { at, type Check, secondsSeen, statusSeen } from './check.ts';
import { judgeDateRanges } from './date-ranges.ts';
import { probesOf } from './seen.ts';

/** How many segments of a whole playlist lie beyond the skip boundary; a server may count from its newest segment, not part. */
function skippable(playlist: MediaPlaylist, untilS: number): number {
  let distanceS = 0;
  let count = 0;
  for (const { durationS } of [...playlist.segments].reverse()) {
    distanceS += durationS;
    if (distanceS - durationS >= untilS) count++;
  }
  return count;
}

/** Rules 10 to 12: playlist delta updates. */
export const deltaChecks: readonly Check<HlsObservation>[] = [
  {
    ...{
      id: 'rule-10',
      severity: 'MUST',
      section: 'rfc8216bis 6.2.5.1',
      title: '_HLS_skip brings a delta where it is offered, else nothing',
    },
    asks: 'With CAN-SKIP-UNTIL, _HLS_skip brings EXT-X-SKIP in place of old segments; without it, or after the end, it is ignored.',
    judge: (seen, evidence) => {
      for (const { exchange, playlist, before } of probesOf(seen, 'skip')) {
        if (!before) continue;
        evidence.look();
        if (!playlist) {
          evidence.must(at(exchange), `${statusSeen(exchange)} instead of a playlist`);
          continue;
        }
        const untilS = before.control?.canSkipUntilS ?? null;
        if (untilS === null) {
          if (playlist.skipped) evidence.must(at(exchange, playlist.skipped.line), 'EXT-X-SKIP without CAN-SKIP-UNTIL');
        } else if (!playlist.skipped && skippable(before, untilS) > 1) {
          evidence.must(
            at(exchange),
            `no EXT-X-SKIP, though ${skippable(before, untilS)} segments are older than ${untilS} s`,
          );
        }
      }
    },
  },
  {
    ...{ id: 'rule-11', severity: 'MUST', section: 'rfc8216bis 6.2.5.1', title: 'No delta for those who did not ask' },
    asks: 'A request without _HLS_skip never receives EXT-X-SKIP.',
    judge: (seen, evidence) => {
      const probes = probesOf(seen, 'satisfied', 'msn-only', 'part-past-end');
      const plain = seen.renditions.flatMap(({ snapshots }) => snapshots);
      for (const { playlist, exchange } of [...plain, ...probes]) {
        if (!playlist) continue;
        evidence.look();
        if (playlist.skipped)
          evidence.must(at(exchange, playlist.skipped.line), `${playlist.skipped.segments} segments skipped`);
      }
    },
  },
  {
    ...{
      id: 'rule-12',
      severity: 'MUST',
      section: 'rfc8216bis 4.4.3.8, 6.2.5.1',
      title: 'The skip boundary is far enough and respected',
    },
    asks: 'CAN-SKIP-UNTIL is at least six target durations, and only segments beyond it are skipped. Date ranges stay; with v2 and CAN-SKIP-DATERANGES only those from before the boundary go, and those that left since are named.',
    judge: (seen, evidence) => {
      judgeDateRanges(seen, evidence);
      for (const { playlist, exchange } of seen.renditions.flatMap(({ snapshots }) => snapshots.slice(0, 1))) {
        const untilS = playlist.control?.canSkipUntilS ?? null;
        if (untilS === null) continue;
        evidence.look();
        if (untilS < 6 * playlist.targetDurationS) {
          const asked = secondsSeen(6 * playlist.targetDurationS);
          evidence.must(
            at(exchange, playlist.control?.line),
            `CAN-SKIP-UNTIL=${untilS}, six target durations are ${asked}`,
          );
        }
      }
      for (const { exchange, playlist, before } of probesOf(seen, 'skip')) {
        const untilS = before?.control?.canSkipUntilS ?? null;
        if (!playlist?.skipped || untilS === null) continue;
        evidence.look();
        const keptS = [...playlist.segments, ...playlist.openParts].reduce((sum, { durationS }) => sum + durationS, 0);
        const { line, segments } = playlist.skipped;
        if (keptS + 0.001 < untilS) {
          evidence.must(
            at(exchange, line),
            `only ${secondsSeen(keptS)} are left, the boundary is ${secondsSeen(untilS)}`,
          );
        }
        if (before && (playlist.mediaSequence + segments > lastMsn(playlist) || segments < 1)) {
          evidence.must(at(exchange, line), `SKIPPED-SEGMENTS=${segments}`);
        }
      }
    },
  },
];
