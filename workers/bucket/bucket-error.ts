/**
 * `bucket_misconfigured`: its settings cannot be right; `bucket_refused`: it does not let us in; `bucket_clock_skew`: our
 * clock and its clock differ; `bucket_timeout`: no answer in time; `bucket_failed`: everything else.
 */
type BucketErrorCode =
  | 'bucket_misconfigured'
  | 'bucket_refused'
  | 'bucket_clock_skew'
  | 'bucket_timeout'
  | 'bucket_failed';

/** The bucket could not do what it was asked; the message says what to look at. */
export class BucketError extends Error {
  readonly code: BucketErrorCode;
  constructor(code: BucketErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(`${message} (${code})`, options);
    this.name = 'BucketError';
    this.code = code;
  }
}
