import { describe, expect, it } from 'vitest';
import { writeMediaPlaylist } from '#shared/hls/media-playlist.ts';
import type { RenditionTimeline, Segment } from '#shared/model/timeline.ts';

const clockMs = Date.UTC(2026, 10, 21, 12, 0, 0);
const part = { durationTicks: 18_000, sizeBytes: 1_000, independent: false };
const keyPart = { ...part, independent: true };

function segment(msn: number, fields: Partial<Segment> = {}): Segment {
  return {
    msn,
    startTicks: 900_000 + msn * 36_000,
    durationTicks: 36_000,
    sizeBytes: 2_000,
    parts: [keyPart, part],
    discontinuity: false,
    initNumber: 0,
    programDateTimeMs: clockMs + msn * 400,
    keyframeBytes: 700,
    gap: false,
    ...fields,
  };
}

const base: RenditionTimeline = {
  timescale: 90_000,
  targetDurationS: 2,
  partTargetS: 0.2,
  segments: [segment(7), segment(8)],
  open: { ...segment(9), parts: [keyPart] },
  nextMsn: 10,
  discontinuitySequence: 0,
  ended: false,
  whole: false,
};
const reports = [{ uri: '../a1/index.m3u8', lastMsn: 9, lastPart: 0 }];

describe('media playlist', () => {
  it('lists segments, parts, the hinted part and the other renditions', () => {
    expect(writeMediaPlaylist(base, { lowLatency: true, reports })).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,PART-HOLD-BACK=0.8,HOLD-BACK=6
#EXT-X-PART-INF:PART-TARGET=0.2
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="init-0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:02.800Z
#EXT-X-PART:DURATION=0.20000,URI="7.0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.20000,URI="7.1.m4s"
#EXTINF:0.40000,
7.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:03.200Z
#EXT-X-PART:DURATION=0.20000,URI="8.0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.20000,URI="8.1.m4s"
#EXTINF:0.40000,
8.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:03.600Z
#EXT-X-PART:DURATION=0.20000,URI="9.0.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="9.1.m4s"
#EXT-X-RENDITION-REPORT:URI="../a1/index.m3u8",LAST-MSN=9,LAST-PART=0
`);
  });

  it('hints at the first part of the next segment when none is open', () => {
    const text = writeMediaPlaylist({ ...base, open: null, nextMsn: 9 }, { lowLatency: true, reports: [] });
    expect(text.trimEnd().split('\n').at(-1)).toBe('#EXT-X-PRELOAD-HINT:TYPE=PART,URI="9.0.m4s"');
  });

  it('marks discontinuities, new init segments and gaps', () => {
    const segments = [
      segment(7),
      segment(8, { discontinuity: true, initNumber: 1, parts: [], gap: true }),
      segment(9, { initNumber: 1 }),
    ];
    const timeline = { ...base, segments, open: null, discontinuitySequence: 3 };
    expect(writeMediaPlaylist(timeline, { lowLatency: false, reports: [] })).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-DISCONTINUITY-SEQUENCE:3
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="init-0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:02.800Z
#EXTINF:0.40000,
7.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:03.200Z
#EXT-X-GAP
#EXTINF:0.40000,
8.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:03.600Z
#EXTINF:0.40000,
9.m4s
`);
  });

  it('ends without parts, hints or reports', () => {
    const timeline = { ...base, open: null, ended: true, whole: true };
    expect(writeMediaPlaylist(timeline, { lowLatency: true, reports })).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="init-0.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:02.800Z
#EXTINF:0.40000,
7.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:03.200Z
#EXTINF:0.40000,
8.m4s
#EXT-X-ENDLIST
`);
  });

  it('lists parts near the live edge only', () => {
    const long = Array.from({ length: 10 }, (_, i) => segment(i, { durationTicks: 180_000 }));
    const text = writeMediaPlaylist(
      { ...base, segments: long, open: null, nextMsn: 10 },
      { lowLatency: true, reports: [] },
    );
    const withParts = new Set([...text.matchAll(/URI="(\d+)\.\d+\.m4s",INDEPENDENT/g)].map((match) => match[1]));
    expect([...withParts]).toEqual(['7', '8', '9']);
  });

  it('leaves out what lies beyond the skip boundary of a delta update, and nothing of an ended playlist', () => {
    const long = Array.from({ length: 12 }, (_, i) => segment(i, { durationTicks: 180_000, parts: [] }));
    const timeline = { ...base, segments: long, open: null, nextMsn: 12 };
    const delta = writeMediaPlaylist(timeline, { lowLatency: true, reports: [], skip: true });
    expect(delta.split('\n').slice(0, 11)).toEqual([
      '#EXTM3U',
      '#EXT-X-VERSION:9',
      '#EXT-X-TARGETDURATION:2',
      '#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,PART-HOLD-BACK=0.8,HOLD-BACK=6',
      '#EXT-X-PART-INF:PART-TARGET=0.2',
      '#EXT-X-MEDIA-SEQUENCE:0',
      '#EXT-X-INDEPENDENT-SEGMENTS',
      '#EXT-X-SKIP:SKIPPED-SEGMENTS=6',
      '#EXT-X-PROGRAM-DATE-TIME:2026-11-21T12:00:02.400Z',
      '#EXTINF:2.00000,',
      '6.m4s',
    ]);
    const ended = writeMediaPlaylist({ ...timeline, ended: true }, { lowLatency: true, reports: [], skip: true });
    expect(ended).not.toContain('EXT-X-SKIP');
    const short = { ...timeline, segments: long.slice(0, 5), nextMsn: 5 };
    expect(writeMediaPlaylist(short, { lowLatency: true, reports: [], skip: true })).not.toContain('EXT-X-SKIP');
  });
});
