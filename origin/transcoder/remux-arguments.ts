import type { TranscodeArguments } from './arguments.ts';

/** What a browser's recorder makes. */
export interface RecordedInput {
  readonly container: 'webm' | 'mp4';
  /** H.264 is passed on as it is, everything else is encoded again. */
  readonly picture: 'h264' | 'other';
}

const demuxers: Readonly<Record<RecordedInput['container'], string>> = { webm: 'matroska', mp4: 'mov' };
/** Of what browsers record, and of nothing else. */
const decoders = ['h264', 'vp8', 'vp9', 'libvpx', 'libvpx-vp9', 'av1', 'libdav1d', 'aac', 'opus', 'libopus'];
/** Seconds between keyframes of what is encoded here. */
const keyframesS = 2;

// As large as the camera's, even: the ladder makes the smaller ones.
const encoded = [
  ...['-c:v', 'libx264', '-preset', 'superfast', '-tune', 'zerolatency', '-profile:v', 'high', '-pix_fmt', 'yuv420p'],
  ...['-vf', 'scale=trunc(iw/2)*2:trunc(ih/2)*2', '-crf', '21', '-maxrate', '6000k', '-bufsize', '6000k'],
  ...['-sc_threshold', '0', '-force_key_frames', `expr:if(isnan(prev_forced_t),1,gte(t,prev_forced_t+${keyframesS}))`],
  ...['-fps_mode', 'vfr'],
];

/**
 * The command line that turns a browser's recording on stdin into FLV on stdout, H.264 and AAC. Nothing but the pipe is
 * opened, whatever the recording names.
 */
export function remuxOutputs({ container, picture }: RecordedInput): TranscodeArguments {
  return {
    inputs: [
      {
        options: [
          ...['-hide_banner', '-loglevel', 'level+warning', '-nostats'],
          ...['-protocol_whitelist', 'pipe', '-codec_whitelist', decoders.join(','), '-flags', 'low_delay'],
          ...['-probesize', '65536', '-analyzeduration', '500000', '-f', demuxers[container]],
        ],
        source: 'pipe:0',
      },
    ],
    filter: null,
    outputs: [
      {
        rendition: 'flv',
        url: 'pipe:1',
        options: [
          ...['-map', '0:v:0?', '-map', '0:a:0?', '-map_metadata', '-1'],
          ...(picture === 'h264' ? ['-c:v', 'copy'] : encoded),
          ...['-c:a', 'aac', '-b:a', '160k', '-ar', '48000', '-af', 'aresample=async=1000'],
          ...['-flvflags', 'no_duration_filesize', '-flush_packets', '1', '-max_interleave_delta', '3000000'],
          ...['-protocol_whitelist', 'pipe', '-f', 'flv'],
        ],
      },
    ],
  };
}
