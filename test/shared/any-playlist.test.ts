import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeIframePlaylist } from '#shared/hls/iframe-playlist.ts';
import { writeMediaPlaylist } from '#shared/hls/media-playlist.ts';
import { initFile, partFile, segmentFile } from '#shared/model/object-name.ts';
import type { RenditionTimeline, Segment } from '#shared/model/timeline.ts';
import { readMediaPlaylist } from '../support/oracles.ts';
import { anyTimeline } from './any-timeline.ts';

const low = (timeline: RenditionTimeline, skip = false) =>
  writeMediaPlaylist(timeline, { lowLatency: true, reports: [], skip });
const plain = (timeline: RenditionTimeline) => writeMediaPlaylist(timeline, { lowLatency: false, reports: [] });
const lines = (text: string, tag: string) => text.split('\n').filter((line) => line.startsWith(`#${tag}`));
const count = (text: string, tag: string) => lines(text, tag).length;

/** What holds of every playlist over a timeline, whichever way it is written. */
function checkCommon(text: string, timeline: RenditionTimeline): void {
  const { segments, targetDurationS, discontinuitySequence, ended } = timeline;
  const [first] = segments as readonly [Segment];
  const read = readMediaPlaylist(text);
  expect(read.mediaSequence).toBe(first.msn);
  expect(read.segments).toEqual(segments.map(({ msn }) => segmentFile(msn)));
  expect(lines(text, 'EXT-X-TARGETDURATION')).toEqual([`#EXT-X-TARGETDURATION:${targetDurationS}`]);
  for (const line of lines(text, 'EXTINF')) {
    expect(Math.round(Number(line.slice('#EXTINF:'.length, -1)))).toBeLessThanOrEqual(targetDurationS);
  }
  expect(count(text, 'EXT-X-DISCONTINUITY-SEQUENCE')).toBe(discontinuitySequence > 0 ? 1 : 0);
  expect(text.endsWith('#EXT-X-ENDLIST\n')).toBe(ended);
}

/** The init segment that is in force where each segment stands (rfc8216bis 4.4.4.5). */
function initsInForce(text: string): string[] {
  let init = '';
  const found: string[] = [];
  for (const line of text.split('\n')) {
    init = /^#EXT-X-MAP:URI="([^"]+)"$/.exec(line)?.[1] ?? init;
    if (line !== '' && !line.startsWith('#')) found.push(init);
  }
  return found;
}

/** One EXT-X-MAP for each init segment, before the first segment that needs it. */
function checkMaps(text: string, { segments, open }: RenditionTimeline): void {
  const numbers = [...segments, ...(open && text.includes('EXT-X-PRELOAD-HINT') ? [open] : [])].map(
    ({ initNumber }) => initNumber,
  );
  expect(initsInForce(text)).toEqual(segments.map(({ initNumber }) => initFile(initNumber)));
  expect(count(text, 'EXT-X-MAP')).toBe(new Set(numbers).size);
}

describe('any timeline', () => {
  it('gives media playlists that keep the rules', () => {
    fc.assert(
      fc.property(anyTimeline, (timeline) => {
        for (const text of [low(timeline), plain(timeline)]) {
          checkCommon(text, timeline);
          const { segments } = timeline;
          checkMaps(text, timeline);
          expect(count(text, 'EXT-X-GAP')).toBe(segments.filter(({ gap }) => gap).length);
        }
        expect(plain(timeline)).not.toMatch(/EXT-X-(PART|PRELOAD|SERVER-CONTROL|SKIP)/);
      }),
    );
  });

  it('lists no part above PART-TARGET, and hints at the part that comes next', () => {
    fc.assert(
      fc.property(anyTimeline, (timeline) => {
        const text = low(timeline);
        const { open, nextMsn, partTargetS, ended } = timeline;
        for (const [, duration] of text.matchAll(/#EXT-X-PART:DURATION=([\d.]+)/g)) {
          expect(Number(duration)).toBeLessThanOrEqual(partTargetS);
        }
        const hint = open ? partFile(open.msn, open.parts.length) : partFile(nextMsn, 0);
        const hints = lines(text, 'EXT-X-PRELOAD-HINT');
        expect(hints).toEqual(ended ? [] : [`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${hint}"`]);
        expect(lines(text, 'EXT-X-PART:').join()).not.toContain(`"${hint}"`);
        if (open) expect(text).toContain(`URI="${partFile(open.msn, open.parts.length - 1)}"`);
      }),
    );
  });

  it('gives delta updates that complete the playlist before them to the full one', () => {
    fc.assert(
      fc.property(anyTimeline, (timeline) => {
        const full = low(timeline).split('\n');
        const delta = low(timeline, true).split('\n');
        const skipAt = delta.findIndex((line) => line.startsWith('#EXT-X-SKIP:'));
        if (skipAt < 0) {
          expect(delta).toEqual(full);
          return;
        }
        const skipped = Number(/SKIPPED-SEGMENTS=(\d+)$/.exec(delta[skipAt] ?? '')?.[1]);
        const rest = delta.slice(skipAt + 1);
        const known = full.slice(skipAt, full.length - rest.length);
        expect([...delta.slice(0, skipAt), ...known, ...rest]).toEqual(full);
        expect(known.filter((line) => line.startsWith('#EXTINF'))).toHaveLength(skipped);
        expect(timeline.ended).toBe(false);
        const leftS = timeline.segments.slice(skipped).reduce((sum, one) => sum + one.durationTicks / 90_000, 0);
        expect(leftS).toBeGreaterThanOrEqual(6 * timeline.targetDurationS);
      }),
    );
  });

  it('gives an I-frame playlist with the numbers of the media playlist', () => {
    fc.assert(
      fc.property(anyTimeline, (timeline) => {
        const text = writeIframePlaylist(timeline);
        checkCommon(text, timeline);
        const { segments } = timeline;
        checkMaps(text, timeline);
        const listed = segments.filter(({ keyframeBytes }) => keyframeBytes > 0);
        const ranges = listed.map(({ keyframeBytes }) => `#EXT-X-BYTERANGE:${keyframeBytes}@0`);
        expect(lines(text, 'EXT-X-BYTERANGE')).toEqual(ranges);
        expect(count(text, 'EXT-X-GAP')).toBe(segments.length - listed.length);
        for (const tag of ['EXTINF', 'EXT-X-DISCONTINUITY', 'EXT-X-PROGRAM-DATE-TIME', 'EXT-X-MEDIA-SEQUENCE']) {
          expect(lines(text, tag)).toEqual(lines(plain(timeline), tag));
        }
      }),
    );
  });

  it('is written the same way twice', () => {
    fc.assert(
      fc.property(anyTimeline, (timeline) => {
        const again = structuredClone(timeline);
        expect(low(again, true)).toBe(low(timeline, true));
        expect(writeIframePlaylist(again)).toBe(writeIframePlaylist(timeline));
      }),
    );
  });
});
