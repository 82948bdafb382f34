import type { VideoFamily } from '#shared/model/codec.ts';
import { constantBitrate, noOwnKeyframes, type VideoEncoder } from './video-encoder.ts';

type HardwareFamily = Exclude<VideoFamily, 'vp9'>;

/** Not measured, for want of such a machine: frames are still scaled and handed over by the processor. */
const hardwareCost = 0.2;

/** NVIDIA: p1 is the fastest of seven presets; a forced keyframe is an IDR picture only when asked to be one. */
function nvenc(family: HardwareFamily): VideoEncoder {
  return {
    ...base(family),
    format: 'format=yuv420p',
    settings: (bitrate) => {
      const speed = ['-preset', 'p1', '-tune', 'ull', '-delay', '0', '-bf', '0', '-rc', 'cbr', '-forced-idr', '1'];
      return [...speed, ...tag(family), ...constantBitrate(bitrate)];
    },
  };
}

/** Linux, Intel and AMD: takes pictures that lie on the device already. */
function vaapi(family: HardwareFamily): VideoEncoder {
  return {
    ...base(family),
    format: 'format=nv12,hwupload',
    device: ['-init_hw_device', 'vaapi=hw', '-filter_hw_device', 'hw'],
    settings: (bitrate) => {
      return ['-bf', '0', '-async_depth', '1', '-rc_mode', 'CBR', ...tag(family), ...constantBitrate(bitrate)];
    },
  };
}

/** Intel Quick Sync. */
function qsv(family: HardwareFamily): VideoEncoder {
  return {
    ...base(family),
    format: 'format=nv12',
    settings: (bitrate) => {
      const speed = ['-preset', 'veryfast', '-async_depth', '1', '-bf', '0', '-forced_idr', '1'];
      return [...speed, ...tag(family), ...constantBitrate(bitrate)];
    },
  };
}

/** Apple, which encodes no AV1. */
function videotoolbox(family: 'h264' | 'hevc'): VideoEncoder {
  return {
    ...base(family),
    format: 'format=nv12',
    settings: (bitrate) => ['-realtime', '1', '-bf', '0', ...tag(family), ...constantBitrate(bitrate)],
  };
}

function base(family: HardwareFamily) {
  return { family, cost: hardwareCost, forcedKeyframes: true, device: [], keyframes: () => noOwnKeyframes } as const;
}

function tag(family: HardwareFamily): readonly string[] {
  return family === 'hevc' ? ['-tag:v', 'hvc1'] : [];
}

/** Encoders of graphics hardware, by the name that ffmpeg has for them. */
export const hardwareEncoders = {
  h264_nvenc: nvenc('h264'),
  h264_vaapi: vaapi('h264'),
  h264_qsv: qsv('h264'),
  h264_videotoolbox: videotoolbox('h264'),
  hevc_nvenc: nvenc('hevc'),
  hevc_vaapi: vaapi('hevc'),
  hevc_qsv: qsv('hevc'),
  hevc_videotoolbox: videotoolbox('hevc'),
  av1_nvenc: nvenc('av1'),
  av1_vaapi: vaapi('av1'),
  av1_qsv: qsv('av1'),
} as const;
