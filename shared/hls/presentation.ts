import { opusCodec, videoFamily } from '../model/codec.ts';
import { measureIframes } from '../model/iframe-bandwidth.ts';
import type { AudioRendition, MeasuredBandwidth, Rendition, VideoRendition } from '../model/rendition.ts';
import type { CaptionChannel } from '../model/source.ts';
import type { RenditionTimeline } from '../model/timeline.ts';
import { type Variant, type VideoVariant, writeMultivariantPlaylist } from './multivariant-playlist.ts';

/** A rendition that is offered. */
interface OfferedTrack {
  readonly rendition: Rendition;
  /** What it was in each run, by the number of its init segments. */
  readonly described: ReadonlyMap<number, Rendition>;
  readonly timeline: RenditionTimeline;
  readonly bandwidth: MeasuredBandwidth;
}

/** The multivariant playlist over these renditions. Opus is offered in DASH alone. */
export function presentMultivariant(tracks: Iterable<OfferedTrack>, captions: readonly CaptionChannel[]): string {
  const video: VideoVariant[] = [];
  const audio: Variant<AudioRendition>[] = [];
  for (const track of tracks) {
    const { bandwidth, timeline } = track;
    const rendition = { ...track.rendition, codec: codecsOf(track).join(',') };
    if (rendition.kind === 'video') video.push({ rendition, bandwidth, iframes: measureIframes(timeline) });
    else if (rendition.codec !== opusCodec) audio.push({ rendition, bandwidth });
  }
  // Players that take the first variant without looking get H.264.
  video.sort((a, b) => foreign(a) - foreign(b) || b.rendition.height - a.rendition.height);
  return writeMultivariantPlaylist({ video, audio, captions });
}

/** Every format that a player meets in the window, the newest first (rfc8216bis 4.4.6.2). */
function codecsOf({ rendition, described, timeline }: OfferedTrack): string[] {
  const listed = new Set(timeline.segments.filter(({ gap }) => !gap).map(({ initNumber }) => initNumber));
  const others = [...described].filter(([run]) => listed.has(run)).map(([, one]) => one.codec);
  return [...new Set([rendition.codec, ...others])];
}

/** 0: H.264; 1: another codec. */
function foreign({ rendition }: Variant<VideoRendition>): number {
  return videoFamily(rendition.codec) === 'h264' ? 0 : 1;
}
