import { ingestLimits } from '#shared/limits/ingest.ts';
import { packagerLimits } from '#shared/limits/packager.ts';
import { transcoderLimits } from '#shared/limits/transcoder.ts';
import type { FindingCode } from '#shared/model/finding.ts';
import type { SourceVideo } from '#shared/model/source.ts';

/** AVC profiles that browsers do not decode: High 10, High 4:2:2, High 4:4:4 and CAVLC 4:4:4 (ISO/IEC 14496-10 A.2). */
const unplayableProfiles = /^avc1\.(6e|7a|f4|2c)/i;

/** Why viewers cannot get the source's own picture, or null when they can. */
export function passthroughRefusal(video: SourceVideo): FindingCode | null {
  if (video.codec !== 'h264' || unplayableProfiles.test(video.codecString)) return 'video.codec_unsupported';
  if (overLimit(video)) return 'video.resolution_over_limit';
  if (video.interlaced) return 'video.interlaced';
  if (video.gopMs === null || video.gopMs > packagerLimits.passthroughGopMsMax) return 'video.gop_long';
  if (video.openGop) return 'video.open_gop';
  if (video.gopMs < transcoderLimits.passthroughGopMsMin) return 'video.gop_irregular';
  if (!video.frameRateConstant) return 'video.fps_mismatch';
  return null;
}

/** Larger or faster than a broadcast may be. */
export function overLimit(video: SourceVideo): boolean {
  const { widthMax, heightMax, frameRateMax } = ingestLimits;
  return video.width > widthMax || video.height > heightMax || video.frameRate > frameRateMax * 1.01;
}
