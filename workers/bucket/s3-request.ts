import { AwsV4Signer } from 'aws4fetch';
import { edgeLimits } from '#shared/limits/edge.ts';
import { BucketError } from './bucket-error.ts';
import { textOf } from './s3-listing.ts';
import type { S3Settings } from './s3-settings.ts';

/** A request to a bucket, before it is signed. */
export interface S3Request {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  /** Below the bucket's URL, with its query. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** For the answer's headers, ms. */
  readonly limitMs: number;
  /** For everything, ms. */
  readonly wholeMs: number;
}

/** Derived signing keys by day and region: aws4fetch would make one for each request. */
const signingKeys = new Map<string, ArrayBuffer>();

/** One signed request, not repeated. Throws `bucket_timeout`, or `bucket_failed` when the server is not reached. */
export async function sendS3(settings: S3Settings, request: S3Request): Promise<Response> {
  const { method, target, body = null, limitMs, wholeMs } = request;
  const url = `${settings.url}/${target}`;
  const headers = { ...request.headers, 'x-amz-content-sha256': await sha256Hex(body ?? new Uint8Array()) };
  if (signingKeys.size > 4) signingKeys.clear();
  const { accessKeyId, secretAccessKey, region } = settings;
  const key = { accessKeyId, secretAccessKey, region, service: 's3', cache: signingKeys };
  const signed = await new AwsV4Signer({ method, url, headers, ...(body && { body }), ...key }).sign();
  // Not signed: networks between here and the bucket change it.
  signed.headers.set('accept-encoding', 'identity');
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), limitMs);
  const signal = AbortSignal.any([control.signal, AbortSignal.timeout(wholeMs)]);
  try {
    return await fetch(url, { method, headers: signed.headers, body, signal, redirect: 'manual', cache: 'no-store' });
  } catch (cause) {
    if (signal.aborted) throw new BucketError('bucket_timeout', `The bucket did not answer within ${limitMs} ms.`);
    throw new BucketError('bucket_failed', 'The bucket cannot be reached.', { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** What a refusal of the server means: its own code (`NoSuchKey`) and the error for ours. Reads the body. */
export async function readS3Refusal(response: Response): Promise<{ name: string; error: BucketError }> {
  const { status } = response;
  const name = textOf((await response.text()).slice(0, edgeLimits.bucketRefusalCharsMax), 'Code').slice(0, 64);
  const said = `${status}${name && ` ${name}`}`;
  return {
    name,
    error: new BucketError(codeOf(status, name), `The bucket answered ${said}: ${hintOf(status, name)}.`),
  };
}

const clockNames: ReadonlySet<string> = new Set(['RequestTimeTooSkewed', 'RequestExpired']);

function codeOf(status: number, name: string): BucketError['code'] {
  if (clockNames.has(name)) return 'bucket_clock_skew';
  if (status === 401 || status === 403) return 'bucket_refused';
  return status < 400 || name === 'NoSuchBucket' ? 'bucket_misconfigured' : 'bucket_failed';
}

function hintOf(status: number, name: string): string {
  if (clockNames.has(name)) return 'the clock of one side is wrong by more than a quarter of an hour';
  if (name === 'AccessDenied') return 'the key needs to get, put, delete and list there';
  if (status === 401 || status === 403) return 'S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY or S3_REGION is wrong';
  if (status < 400) return 'it is elsewhere, see S3_ENDPOINT and S3_REGION';
  if (name === 'NoSuchBucket') return 'see S3_BUCKET and S3_PATH_STYLE';
  return 'see the state of its server';
}

async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
