import { segmentFile } from '../model/object-name.ts';
import type { RenditionTimeline } from '../model/timeline.ts';
import { seconds, writeSegmentHead } from './media-playlist.ts';

/**
 * Writes the I-frame playlist of a video rendition (rfc8216bis 4.4.3.6) as a function of its timeline: for each complete
 * segment the range from its first byte to the end of its first sample. It has the numbers, the target duration and the
 * discontinuities of the media playlist; a segment that begins without a key frame is a gap in it, so that all others
 * keep their numbers.
 */
export function writeIframePlaylist(timeline: RenditionTimeline): string {
  const { segments, targetDurationS, timescale, discontinuitySequence, ended, whole } = timeline;
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:8',
    `#EXT-X-TARGETDURATION:${targetDurationS}`,
    `#EXT-X-MEDIA-SEQUENCE:${segments[0]?.msn ?? timeline.nextMsn}`,
  ];
  if (discontinuitySequence > 0) lines.push(`#EXT-X-DISCONTINUITY-SEQUENCE:${discontinuitySequence}`);
  if (ended && whole) lines.push('#EXT-X-PLAYLIST-TYPE:VOD');
  lines.push('#EXT-X-I-FRAMES-ONLY');
  let initNumber = -1;
  for (const segment of segments) {
    writeSegmentHead(lines, segment, initNumber);
    initNumber = segment.initNumber;
    const listed = !segment.gap && segment.keyframeBytes > 0;
    lines.push(`#EXTINF:${seconds(segment.durationTicks, timescale)},`);
    lines.push(listed ? `#EXT-X-BYTERANGE:${segment.keyframeBytes}@0` : '#EXT-X-GAP', segmentFile(segment.msn));
  }
  if (ended) lines.push('#EXT-X-ENDLIST');
  return `${lines.join('\n')}\n`;
}
