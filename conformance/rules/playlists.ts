import { edgeOf, type Segment } from '../hls/model.ts';
import type { HlsObservation, Snapshot } from '../observe/observation.ts';
import { at, type Check, type Evidence, secondsSeen, statusSeen } from './check.ts';
import { isServed, probesOf, versionPairs } from './seen.ts';

function snapshotsOf(seen: HlsObservation): Snapshot[] {
  return seen.renditions.flatMap(({ snapshots }) => snapshots);
}

function pairsOf(seen: HlsObservation): [Snapshot, Snapshot][] {
  return seen.renditions.flatMap(versionPairs);
}

const playlistTypes = /^(?:application\/vnd\.apple\.mpegurl|audio\/mpegurl|application\/x-mpegurl)\b/i;
const mediaTypes = /^(?:video|audio)\/|^application\/(?:mp4|octet-stream)\b|^text\/vtt/i;

/** What every HLS playlist owes its players, low latency or not. */
export const playlistChecks: readonly Check<HlsObservation>[] = [
  {
    ...{ id: 'hls-parse', severity: 'MUST', section: 'rfc8216bis 4', title: 'Playlists can be read' },
    asks: 'Every playlist is answered 200 and written as the standard says.',
    judge: (seen, evidence) => {
      if (seen.multivariant) evidence.look();
      for (const { line, text } of seen.multivariant?.defects ?? []) evidence.must({ url: seen.entry.url, line }, text);
      for (const { snapshots, url, label } of seen.renditions) {
        evidence.look();
        const answer = seen.exchanges.find((exchange) => exchange.url === url);
        if (snapshots.length === 0) evidence.must({ url }, `${label}: ${answer ? statusSeen(answer) : 'no answer'}`);
        for (const { playlist, exchange } of [...snapshots.slice(0, 1), ...snapshots.slice(-1)]) {
          for (const { line, text } of playlist.defects) evidence.must(at(exchange, line), text);
        }
      }
    },
  },
  {
    ...{ id: 'hls-content-type', severity: 'MUST', section: 'rfc8216bis 4', title: 'Playlists are labelled' },
    asks: 'A playlist has the media type application/vnd.apple.mpegurl or audio/mpegurl.',
    judge: (seen, evidence) => {
      const purposes = ['entry', 'playlist', 'blocking-playlist'];
      for (const exchange of seen.exchanges) {
        if (!purposes.includes(exchange.purpose) || exchange.status !== 200) continue;
        evidence.look();
        const type = exchange.headers['content-type'];
        if (!type || !playlistTypes.test(type)) evidence.must(at(exchange), `Content-Type: ${type ?? 'none'}`);
      }
    },
  },
  {
    ...{
      id: 'hls-target-duration',
      severity: 'MUST',
      section: 'rfc8216bis 4.4.3.1',
      title: 'The target duration holds and never changes',
    },
    asks: 'EXT-X-TARGETDURATION never changes, and no EXTINF rounded to whole seconds is longer.',
    judge: (seen, evidence) => {
      for (const [earlier, later] of pairsOf(seen)) {
        const [a, b] = [earlier.playlist, later.playlist];
        if (a.targetDurationS === b.targetDurationS) continue;
        evidence.must(at(later.exchange, b.targetDurationLine), `from ${a.targetDurationS} to ${b.targetDurationS}`);
      }
      for (const { playlist, exchange } of snapshotsOf(seen)) {
        evidence.look();
        const long = playlist.segments.find(({ durationS }) => Math.round(durationS) > playlist.targetDurationS);
        if (!long) continue;
        evidence.must(
          at(exchange, long.line),
          `segment ${long.uri}: ${long.durationS} s, target ${playlist.targetDurationS}`,
        );
      }
    },
  },
  {
    ...{
      id: 'hls-media-sequence',
      severity: 'MUST',
      section: 'rfc8216bis 6.2.1, 6.2.2',
      title: 'Media sequence numbers go with their segments',
    },
    asks: 'EXT-X-MEDIA-SEQUENCE never goes back, and moves by one for each segment that leaves.',
    judge: (seen, evidence) => {
      for (const [{ playlist: a }, { playlist: b, exchange }] of pairsOf(seen)) {
        if (a.segments.length === 0 || b.segments.length === 0) continue;
        evidence.look();
        if (b.mediaSequence < a.mediaSequence) {
          evidence.must(at(exchange), `from ${a.mediaSequence} back to ${b.mediaSequence}`);
          continue;
        }
        const gone = a.segments.findIndex(({ uri, range }) => isSame(b.segments[0], uri, range?.offset));
        if (gone >= 0 && b.mediaSequence - a.mediaSequence !== gone) {
          evidence.must(
            at(exchange),
            `${gone} segments left, EXT-X-MEDIA-SEQUENCE moved by ${b.mediaSequence - a.mediaSequence}`,
          );
        }
      }
    },
  },
  {
    ...{
      id: 'hls-discontinuity-sequence',
      severity: 'MUST',
      section: 'rfc8216bis 4.4.3.3, 6.2.2',
      title: 'Discontinuities that leave are counted',
    },
    asks: 'EXT-X-DISCONTINUITY-SEQUENCE moves by one for each EXT-X-DISCONTINUITY that leaves: a segment keeps its number.',
    judge: (seen, evidence) => {
      for (const [{ playlist: a }, { playlist: b, exchange }] of pairsOf(seen)) {
        const first = b.segments[0];
        const before = first && a.segments.find(({ uri, range }) => isSame(first, uri, range?.offset));
        if (!before || !first) continue;
        evidence.look();
        if (before.run === first.run) continue;
        const left = a.segments.filter(({ discontinuity, line }) => discontinuity && line < before.line).length;
        const moved = b.discontinuitySequence - a.discontinuitySequence;
        evidence.must(
          at(exchange, first.line),
          `${left} discontinuities left before ${first.uri}, the sequence moved by ${moved}`,
        );
      }
    },
  },
  {
    ...{
      id: 'hls-segments-constant',
      severity: 'MUST',
      section: 'rfc8216bis 6.2.1',
      title: 'What is listed does not change',
    },
    asks: 'A listed segment keeps its URI, duration, byte range, init segment, key and date; what is new comes at the end.',
    judge: (seen, evidence) => {
      for (const [earlier, later] of pairsOf(seen)) judgeConstant(earlier, later, evidence);
    },
  },
  {
    ...{
      id: 'hls-segments-answer',
      severity: 'MUST',
      section: 'rfc8216bis 6.2.2, 3',
      title: 'What is listed is there',
    },
    asks: 'Every listed segment, part and init segment is answered 200 (206 for ranges) with a media type.',
    judge: (seen, evidence) => {
      for (const { objects, inits } of seen.renditions) {
        const listed = [...objects.values()].filter(({ hinted }) => !hinted);
        for (const { exchange } of [...listed, ...inits.values()]) {
          evidence.look();
          const type = exchange.headers['content-type'];
          if (!isServed({ exchange })) evidence.must(at(exchange), statusSeen(exchange));
          else if (!type || !mediaTypes.test(type)) evidence.must(at(exchange), `Content-Type: ${type ?? 'none'}`);
        }
      }
    },
  },
  {
    ...{
      id: 'hls-segments-stay',
      severity: 'SHOULD',
      section: 'rfc8216bis 6.2.2',
      title: 'Segments stay after they have left',
    },
    asks: 'A segment can be fetched for its duration and that of the playlist after it was removed.',
    judge: (seen, evidence) => {
      for (const { exchange, ageMs } of probesOf(seen, 'left-segment')) {
        evidence.look();
        if (isServed({ exchange })) continue;
        evidence.should(at(exchange), `${statusSeen(exchange)} ${secondsSeen(ageMs / 1000)} after it was last listed`);
      }
      if (evidence.looked === 0)
        evidence.say('no segment left the playlist in this time; a longer --duration may show one');
    },
  },
  {
    ...{ id: 'hls-fresh', severity: 'MUST', section: 'rfc8216bis 6.2.1', title: 'New segments come in time' },
    asks: 'A live playlist has a new segment or part within 1.5 target durations after the last one, also while no media comes: then segments with EXT-X-GAP.',
    judge: (seen, evidence) => {
      for (const { snapshots, label } of seen.renditions) judgeFresh(snapshots, label, evidence);
    },
  },
  {
    ...{
      id: 'hls-window',
      severity: 'MUST',
      section: 'rfc8216bis 6.2.2',
      title: 'The playlist is long enough to play',
    },
    asks: 'A live playlist from which segments are removed keeps at least three target durations.',
    judge: (seen, evidence) => {
      for (const { playlist, exchange } of snapshotsOf(seen)) {
        if (playlist.ended || playlist.mediaSequence === 0) continue;
        evidence.look();
        const windowS = playlist.segments.reduce((sum, { durationS }) => sum + durationS, 0);
        // The last segment to leave may leave three target durations in whole segments less their rounding.
        if (windowS >= 3 * playlist.targetDurationS - 0.5 || playlist.segments.length < 1) continue;
        evidence.must(at(exchange), `${secondsSeen(windowS)} listed, target duration ${playlist.targetDurationS} s`);
      }
    },
  },
  {
    ...{
      id: 'hls-program-date-time',
      severity: 'SHOULD',
      section: 'rfc8216bis 4.4.4.6, 6.2.1',
      title: 'Dates run with the media',
    },
    asks: 'EXT-X-PROGRAM-DATE-TIME goes up by EXTINF from segment to segment, and is not ahead of the clock.',
    judge: (seen, evidence) => {
      for (const { snapshots } of seen.renditions) {
        for (const snapshot of [...snapshots.slice(0, 1), ...snapshots.slice(-1)]) judgeDates(snapshot, evidence);
      }
      if (evidence.looked === 0) evidence.say('no EXT-X-PROGRAM-DATE-TIME');
    },
  },
];

function isSame(segment: Segment | undefined, uri: string, offset: number | undefined): boolean {
  return segment !== undefined && segment.uri === uri && segment.range?.offset === offset;
}

function judgeConstant(earlier: Snapshot, later: Snapshot, evidence: Evidence): void {
  const known = new Map(earlier.playlist.segments.map((segment) => [segment.msn, segment]));
  const [first] = later.playlist.segments;
  const same = first && earlier.playlist.segments.find(({ uri, range }) => isSame(first, uri, range?.offset));
  if (same && same.msn !== first.msn) return; // the numbers are wrong, not the segments: hls-media-sequence says so
  evidence.look();
  for (const segment of later.playlist.segments) {
    const before = known.get(segment.msn);
    if (!before || before === segment) continue;
    const changed = changes(before, segment);
    if (changed.length > 0) {
      evidence.must(at(later.exchange, segment.line), `segment ${segment.msn} changed: ${changed.join(', ')}`);
    }
  }
  const newest = earlier.playlist.segments.at(-1);
  const left = newest && newest.msn >= later.playlist.mediaSequence && edgeOf(later.playlist).msn <= newest.msn;
  if (left) evidence.must(at(later.exchange), `segment ${newest.msn} was withdrawn from the end`);
}

function changes(a: Segment, b: Segment): string[] {
  const found: string[] = [];
  const note = (name: string, before: unknown, after: unknown) => {
    if (before !== after) found.push(`${name} from ${String(before)} to ${String(after)}`);
  };
  note('URI', a.uri, b.uri);
  note('EXTINF', a.durationS, b.durationS);
  note('byte range', JSON.stringify(a.range), JSON.stringify(b.range));
  note('init segment', a.map?.url, b.map?.url);
  note('key', a.key, b.key);
  note('gap', a.gap, b.gap);
  if (a.dateMs !== null && b.dateMs !== null) note('date', a.dateMs, b.dateMs);
  // Parts may leave a segment, all at once; what stays must be the same.
  for (const [index, part] of b.parts.entries()) {
    const before = a.parts[index];
    if (before) note(`part ${index}`, `${before.uri} ${before.durationS}`, `${part.uri} ${part.durationS}`);
  }
  return found;
}

function judgeFresh(snapshots: readonly Snapshot[], label: string, evidence: Evidence): void {
  const [first] = snapshots;
  const last = snapshots.at(-1);
  if (!first || !last || last.playlist.ended || first.playlist.type === 'VOD') return;
  const targetMs = 1_000 * first.playlist.targetDurationS;
  // Polls see a version half a target duration late; network and timers add a little.
  const limitMs = 1.5 * targetMs + (first.playlist.control?.canBlock ? 0 : 0.5 * targetMs) + 0.25 * targetMs;
  let movedMs = first.exchange.endedAtMs;
  let edge = edgeOf(first.playlist);
  let longestMs = 0;
  for (const { playlist, exchange } of snapshots) {
    const now = edgeOf(playlist);
    longestMs = Math.max(longestMs, exchange.endedAtMs - movedMs);
    if (now.msn === edge.msn && now.part === edge.part) continue;
    movedMs = exchange.endedAtMs;
    edge = now;
  }
  if (last.exchange.endedAtMs - first.exchange.endedAtMs < targetMs) return;
  evidence.look();
  if (longestMs <= limitMs) return;
  evidence.must(at(last.exchange), `${label}: nothing new for ${secondsSeen(longestMs / 1000)}`);
}

function judgeDates({ playlist, exchange }: Snapshot, evidence: Evidence): void {
  let expectedMs: number | null = null;
  for (const { dateMs, discontinuity, durationS, line } of playlist.segments) {
    if (dateMs !== null) {
      evidence.look();
      const offMs: number = expectedMs === null ? 0 : dateMs - expectedMs;
      const allowedMs = discontinuity ? Number.POSITIVE_INFINITY : 50;
      if (Math.abs(offMs) > allowedMs) evidence.should(at(exchange, line), `${offMs} ms off from the segment before`);
      if (offMs < -durationS * 1000) evidence.should(at(exchange, line), `the date goes back by ${-offMs} ms`);
      expectedMs = dateMs;
    }
    if (expectedMs !== null) expectedMs += durationS * 1000;
  }
  const aheadMs = expectedMs === null ? 0 : expectedMs - serverNowMs(exchange);
  if (aheadMs > 2_000 && !playlist.ended)
    evidence.should(at(exchange), `the last segment ends ${secondsSeen(aheadMs / 1000)} from now`);
}

/** The server's clock where it says it, else ours. */
function serverNowMs(exchange: Snapshot['exchange']): number {
  const date = Date.parse(exchange.headers.date ?? '');
  return Number.isNaN(date) ? exchange.endedAtMs : date + 1_000 * Number(exchange.headers.age ?? 0);
}
