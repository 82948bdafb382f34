import { iframePlaylistFile } from '../model/object-name.ts';
import type { AudioRendition, MeasuredBandwidth, VideoRendition } from '../model/rendition.ts';
import type { CaptionChannel } from '../model/source.ts';

/** A rendition and the bandwidth measured for it, or declared while nothing is measured yet. */
export interface Variant<R> {
  readonly rendition: R;
  readonly bandwidth: MeasuredBandwidth;
}

/** A rung, and the bandwidth of its I-frames alone; null when none of its segments begins with one. */
export interface VideoVariant extends Variant<VideoRendition> {
  readonly iframes: MeasuredBandwidth | null;
}

export interface MultivariantInput {
  /** Tallest first. */
  readonly video: readonly VideoVariant[];
  readonly audio: readonly Variant<AudioRendition>[];
  /** CEA-608 channels and CEA-708 services inside the pictures. */
  readonly captions: readonly CaptionChannel[];
}

const audioGroup = 'audio';
const captionGroup = 'cc';
/** If one variant says so, all must (rfc8216bis 4.4.6.2). */
const noCaptions = ',CLOSED-CAPTIONS=NONE';

/**
 * Writes the multivariant playlist (rfc8216bis 4.4.6): one audio group beside every video rung, and last the sound alone,
 * so that it goes on where no picture gets through.
 */
export function writeMultivariantPlaylist(input: MultivariantInput): string {
  const lines = ['#EXTM3U', '#EXT-X-VERSION:9', '#EXT-X-INDEPENDENT-SEGMENTS'];
  const { video, audio, captions } = input;
  if (video.length === 0) {
    for (const variant of audio) writeAudioVariant(lines, variant, noCaptions);
  } else {
    for (const [index, { rendition }] of audio.entries()) lines.push(audioMedia(rendition, index === 0));
    for (const [index, channel] of captions.entries()) lines.push(captionMedia(channel, index === 0));
    for (const variant of video) writeVideoVariant(lines, variant, input);
    const [main] = audio;
    if (main) writeAudioVariant(lines, main, `,AUDIO="${audioGroup}"${captions.length === 0 ? noCaptions : ''}`);
    for (const variant of video) writeIframeVariant(lines, variant);
  }
  return `${lines.join('\n')}\n`;
}

function audioMedia(rendition: AudioRendition, isDefault: boolean): string {
  const chosen = isDefault ? 'DEFAULT=YES,AUTOSELECT=YES' : 'DEFAULT=NO,AUTOSELECT=NO';
  return `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${audioGroup}",NAME="${rendition.name}",${chosen},CHANNELS="${rendition.channels}",URI="${rendition.name}/index.m3u8"`;
}

/** Captions are carried inside the pictures: no URI, and nothing known of their language (rfc8216bis 4.4.6.1). */
function captionMedia(channel: CaptionChannel, isDefault: boolean): string {
  const chosen = isDefault ? 'DEFAULT=YES,AUTOSELECT=YES' : 'DEFAULT=NO,AUTOSELECT=NO';
  return `#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="${captionGroup}",NAME="${channel}",INSTREAM-ID="${channel}",${chosen}`;
}

function writeVideoVariant(
  lines: string[],
  { rendition, bandwidth }: Variant<VideoRendition>,
  { audio, captions }: Pick<MultivariantInput, 'audio' | 'captions'>,
): void {
  const peak = bandwidth.peak + Math.max(0, ...audio.map((other) => other.bandwidth.peak));
  const average = bandwidth.average + Math.max(0, ...audio.map((other) => other.bandwidth.average));
  const codecs = [rendition.codec, ...new Set(audio.map((other) => other.rendition.codec))].join(',');
  const group = audio.length > 0 ? `,AUDIO="${audioGroup}"` : '';
  const captioned = captions.length > 0 ? `,CLOSED-CAPTIONS="${captionGroup}"` : noCaptions;
  lines.push(
    `#EXT-X-STREAM-INF:${bandwidths(peak, average)},CODECS="${codecs}",RESOLUTION=${rendition.width}x${rendition.height},FRAME-RATE=${rendition.frameRate.toFixed(3)}${group}${captioned}`,
    `${rendition.name}/index.m3u8`,
  );
}

/** The pictures for trick play (rfc8216bis 4.4.6.3). */
function writeIframeVariant(lines: string[], { rendition, iframes }: VideoVariant): void {
  if (!iframes) return;
  const { name, codec, width, height } = rendition;
  const uri = `${name}/${iframePlaylistFile}`;
  lines.push(
    `#EXT-X-I-FRAME-STREAM-INF:${bandwidths(iframes.peak, iframes.average)},CODECS="${codec}",RESOLUTION=${width}x${height},URI="${uri}"`,
  );
}

function writeAudioVariant(lines: string[], { rendition, bandwidth }: Variant<AudioRendition>, groups: string): void {
  lines.push(
    `#EXT-X-STREAM-INF:${bandwidths(bandwidth.peak, bandwidth.average)},CODECS="${rendition.codec}"${groups}`,
    `${rendition.name}/index.m3u8`,
  );
}

function bandwidths(peak: number, average: number): string {
  return `BANDWIDTH=${Math.ceil(peak)},AVERAGE-BANDWIDTH=${Math.ceil(Math.min(average, peak))}`;
}
