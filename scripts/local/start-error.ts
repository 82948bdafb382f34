export type StartErrorCode =
  | 'port_in_use'
  | 'data_in_use'
  | 'data_not_writable'
  | 'database_newer'
  | 'ffmpeg_missing'
  | 'ffmpeg_too_old'
  | 'node_too_old'
  | 'bad_option'
  | 'build_failed'
  | 'not_logged_in'
  | 'secrets_unreadable'
  | 'origin_failed'
  | 'api_failed';

/** The stack cannot start: a stable code, a sentence, and the way out. */
export class StartError extends Error {
  readonly code: StartErrorCode;
  readonly hint: string;

  constructor(code: StartErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
