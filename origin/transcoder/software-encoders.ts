import { constantBitrate, noOwnKeyframes, type VideoEncoder } from './video-encoder.ts';

// Costs: CPU time of 10 s of noisy 720p30 at 2.5 Mb/s with these settings, without decoding, two cores, ffmpeg 5.1:
// x264 1.77 s; x265 6.5 s; VP9 2.7 s; SVT-AV1 4.7 s.
const plain = { format: 'format=yuv420p', device: [] } as const;

// superfast: what a core encodes many times faster than real time. zerolatency: no frame waits in the encoder.
const x264: VideoEncoder = {
  ...plain,
  family: 'h264',
  cost: 1,
  forcedKeyframes: true,
  settings: (bitrate) => {
    const speed = ['-preset', 'superfast', '-tune', 'zerolatency', '-bf', '0', '-rc-lookahead', '0'];
    return [...speed, '-sc_threshold', '0', ...constantBitrate(bitrate)];
  },
  // Beside a passed-through rung ffmpeg may guess the frame rate from milliseconds, and rate control depends on it.
  keyframes: ({ fps, frames }) => [...noOwnKeyframes, ...(frames === null ? ['-x264-params', `fps=${fps}`] : [])],
};

// hvc1: parameter sets in the init segment alone, which is what Apple's players ask for.
const x265: VideoEncoder = {
  ...plain,
  family: 'hevc',
  cost: 3.7,
  forcedKeyframes: true,
  settings: (bitrate) => {
    return ['-preset', 'ultrafast', '-tune', 'zerolatency', '-tag:v', 'hvc1', ...constantBitrate(bitrate)];
  },
  keyframes: ({ fps }) => {
    const own = 'scenecut=0:open-gop=0:repeat-headers=0:bframes=0:rc-lookahead=0:keyint=9999:min-keyint=1';
    return [...noOwnKeyframes, '-x265-params', `${own}:log-level=error:fps=${fps}`];
  },
};

// minrate: with all three rates equal libvpx keeps a constant bitrate.
const vp9: VideoEncoder = {
  ...plain,
  family: 'vp9',
  cost: 1.5,
  forcedKeyframes: true,
  settings: (bitrate) => {
    const speed = ['-deadline', 'realtime', '-cpu-used', '8', '-row-mt', '1', '-lag-in-frames', '0'];
    return [...speed, '-auto-alt-ref', '0', '-minrate', String(bitrate), ...constantBitrate(bitrate)];
  },
  keyframes: () => noOwnKeyframes,
};

// Its low-delay structure (three frames wait, 100 ms at 30 fps, where random access holds twelve) takes no forced
// keyframes: "Force key frame is only supported with RA CRF/CQP mode". So they are counted, on a constant frame rate.
const svtAv1: VideoEncoder = {
  ...plain,
  family: 'av1',
  cost: 2.8,
  forcedKeyframes: false,
  settings: (bitrate) => {
    return ['-preset', '12', '-svtav1-params', 'rc=2:pred-struct=1:lookahead=0:scd=0', '-b:v', String(bitrate)];
  },
  keyframes: ({ frames }) => (frames === null ? noOwnKeyframes : ['-g', String(frames)]),
};

/** Encoders that run on the processor, by the name that ffmpeg has for them. */
export const softwareEncoders = { libx264: x264, libx265: x265, 'libvpx-vp9': vp9, libsvtav1: svtAv1 } as const;
