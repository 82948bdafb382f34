/** What can be wrong with the ffmpeg program or with what is asked of it (docs/protocol/errors.md). */
export const ffmpegErrorCodes = [
  'ffmpeg_missing',
  'ffmpeg_too_old',
  'ffmpeg_lacks_encoder',
  'ffmpeg_failed',
  'encoder_unknown',
  'encoder_unusable',
  'sink_not_loopback',
  'slate_image_unreadable',
  'slate_image_invalid',
] as const;

type FfmpegErrorCode = (typeof ffmpegErrorCodes)[number];

/** An encoder process cannot be had; the message says what to do about it. */
export class FfmpegError extends Error {
  readonly code: FfmpegErrorCode;
  constructor(code: FfmpegErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FfmpegError';
    this.code = code;
  }
}
