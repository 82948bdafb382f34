import { expect, it } from 'vitest';
import { writeIframePlaylist } from '#shared/hls/iframe-playlist.ts';
import type { RenditionTimeline, Segment } from '#shared/model/timeline.ts';

const clockMs = Date.UTC(2026, 10, 21, 12, 0, 0);

function segment(msn: number, fields: Partial<Segment> = {}): Segment {
  return {
    msn,
    startTicks: 900_000 + msn * 180_000,
    durationTicks: 180_000,
    sizeBytes: 200_000,
    parts: [],
    discontinuity: false,
    initNumber: 0,
    programDateTimeMs: clockMs + msn * 2_000,
    keyframeBytes: 40_000 + msn,
    gap: false,
    ...fields,
  };
}

const base: RenditionTimeline = {
  timescale: 90_000,
  targetDurationS: 2,
  partTargetS: 0.2,
  segments: [segment(7), segment(8, { durationTicks: 90_000 })],
  open: segment(9),
  nextMsn: 10,
  discontinuitySequence: 0,
  ended: false,
  whole: false,
};

it('lists the beginning of every complete segment as far as its first picture goes', () => {
  expect(writeIframePlaylist(base)).toBe(`#EXTM3U
#EXT-X-VERSION:8
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-I-FRAMES-ONLY
#EXT-X-MAP:URI="init-0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:14.000Z
#EXTINF:2.00000,
#EXT-X-BYTERANGE:40007@0
7.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:16.000Z
#EXTINF:1.00000,
#EXT-X-BYTERANGE:40008@0
8.m4s
`);
});

it('keeps the numbers: a segment without a key frame and a lost one are gaps, a new run is a discontinuity', () => {
  const segments = [
    segment(7),
    segment(8, { keyframeBytes: 0 }),
    segment(9, { keyframeBytes: 0, gap: true }),
    segment(10, { discontinuity: true, initNumber: 1 }),
  ];
  const text = writeIframePlaylist({ ...base, segments, discontinuitySequence: 3, ended: true, whole: true });
  expect(text).toBe(`#EXTM3U
#EXT-X-VERSION:8
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-DISCONTINUITY-SEQUENCE:3
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-I-FRAMES-ONLY
#EXT-X-MAP:URI="init-0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:14.000Z
#EXTINF:2.00000,
#EXT-X-BYTERANGE:40007@0
7.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:16.000Z
#EXTINF:2.00000,
#EXT-X-GAP
8.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:18.000Z
#EXTINF:2.00000,
#EXT-X-GAP
9.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:20.000Z
#EXTINF:2.00000,
#EXT-X-BYTERANGE:40010@0
10.m4s
#EXT-X-ENDLIST
`);
});
