/** Encoders for the ordinary rungs: H.264, which every player decodes. */
export const h264EncoderNames = ['libx264', 'h264_nvenc', 'h264_vaapi', 'h264_qsv', 'h264_videotoolbox'] as const;

/** Encoders for rungs in other codecs. */
export const extraEncoderNames = [
  'libx265',
  'hevc_nvenc',
  'hevc_vaapi',
  'hevc_qsv',
  'hevc_videotoolbox',
  'libvpx-vp9',
  'libsvtav1',
  'av1_nvenc',
  'av1_vaapi',
  'av1_qsv',
] as const;

/** The codec that an extra encoder makes. */
export function codecOf(encoder: (typeof extraEncoderNames)[number]): 'hevc' | 'vp9' | 'av1' {
  if (encoder === 'libx265' || encoder.startsWith('hevc_')) return 'hevc';
  return encoder === 'libvpx-vp9' ? 'vp9' : 'av1';
}
