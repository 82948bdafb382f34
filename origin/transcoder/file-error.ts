/** What can be wrong with a file that is to be imported (docs/protocol/errors.md). */
export const fileErrorCodes = [
  'file_not_found',
  'file_too_large',
  'file_not_mp4',
  'file_too_long',
  'file_too_short',
  'file_no_media',
  'ffprobe_missing',
] as const;

/** A file cannot be imported; the message says what to do about it. */
export class FileError extends Error {
  readonly code: (typeof fileErrorCodes)[number];
  constructor(code: FileError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FileError';
    this.code = code;
  }
}
