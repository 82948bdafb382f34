import type { S3Options } from '../../origin/store/s3-store.ts';

/** What went wrong with a request to a bucket, in words, and what to do about it. */
export interface S3Fault {
  readonly detail: string;
  readonly fix: string;
}

/** What the S3 client says of a request that failed. */
interface S3Error {
  readonly name?: string;
  readonly message?: string;
  /** Of the operating system. */
  readonly code?: string;
  /** Of the bucket, where the server tells it. */
  readonly Region?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
  readonly cause?: unknown;
}

/** Rights that each thing an origin does needs. */
const rights = { put: 's3:PutObject', get: 's3:GetObject', list: 's3:ListBucket', delete: 's3:DeleteObject' } as const;
export type S3Action = keyof typeof rights;

const unknownKeys = ['InvalidAccessKeyId', 'Unauthorized'];
const endedKeys = ['ExpiredToken', 'InvalidToken'];
const clockNames = ['RequestTimeTooSkewed', 'RequestInTheFuture', 'RequestExpired'];
const regionNames = [
  'AuthorizationHeaderMalformed',
  'PermanentRedirect',
  'InvalidRegionName',
  'IllegalLocationConstraintException',
];
const unreachable = [
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNRESET',
  'ETIMEDOUT',
];

/** Tells wrong keys, a wrong region, a bucket that is not there and a wrong clock apart. @param error of the S3 client */
export function s3Fault(error: unknown, action: S3Action, options: S3Options): S3Fault {
  const { name = '', message = '', $metadata } = error as S3Error;
  if (unknownKeys.includes(name)) {
    return {
      detail: `The bucket does not know this access key (${name}).`,
      fix: 'Correct HEADWATER_S3_ACCESS_KEY_ID.',
    };
  }
  if (endedKeys.includes(name)) {
    return { detail: `The access key is over (${name}).`, fix: `Make a new one, and ${setBoth}` };
  }
  if (name === 'SignatureDoesNotMatch') {
    const fix =
      'Correct HEADWATER_S3_SECRET_ACCESS_KEY: it must be the one that belongs to HEADWATER_S3_ACCESS_KEY_ID.';
    return { detail: `The secret key is wrong (${name}).`, fix };
  }
  if (name === 'AccessDenied' || ($metadata?.httpStatusCode === 403 && !clockNames.includes(name))) {
    const fix = `Give the key the right to ${action} (${rights[action]}) in the bucket ${options.bucket}.`;
    return { detail: `The key may not ${action} (${name}).`, fix };
  }
  if (clockNames.includes(name)) {
    const fix = 'Set this machine by NTP: timedatectl set-ntp true.';
    return { detail: `The clocks of this machine and the bucket differ too much (${name}).`, fix };
  }
  return (
    placeFault(error as S3Error, options) ??
    reachFault(error as S3Error, options) ?? { detail: `${action} failed: ${name} ${message}`.trim(), fix: usual }
  );
}

const setBoth = 'set HEADWATER_S3_ACCESS_KEY_ID and HEADWATER_S3_SECRET_ACCESS_KEY.';
const usual = 'Try again; if it stays, ask whoever runs the bucket. docs/operate/storage.md says what it needs.';

/** The bucket is elsewhere or nowhere. */
function placeFault(error: S3Error, { bucket, region }: S3Options): S3Fault | null {
  const { name = '', Region, $response } = error;
  const right = Region ?? $response?.headers?.['x-amz-bucket-region'];
  if (regionNames.includes(name) || (right !== undefined && right !== region)) {
    const fix =
      right === undefined ? 'Set HEADWATER_S3_REGION to that of the bucket.' : `Set HEADWATER_S3_REGION=${right}.`;
    return { detail: `The bucket ${bucket} is not in the region ${region} (${name}).`, fix };
  }
  if (name === 'NoSuchBucket' || name === 'InvalidBucketName' || name === 'NotFound') {
    const fix = 'Make it, or correct HEADWATER_S3_BUCKET and HEADWATER_S3_ENDPOINT.';
    return { detail: `There is no bucket ${bucket} (${name}).`, fix };
  }
  return null;
}

/** Nobody answers, or somebody who is no bucket. */
function reachFault(error: S3Error, options: S3Options): S3Fault | null {
  const { endpoint, region, bucket, forcePathStyle } = options;
  const where = endpoint ?? `S3 of AWS in the region ${region}`;
  const code = systemCode(error);
  if (code !== null) {
    const inHost = endpoint !== undefined && !forcePathStyle;
    const pathStyle = inHost && /^(?:ENOTFOUND|EAI_AGAIN)$/.test(code);
    const fix = pathStyle
      ? `Correct HEADWATER_S3_ENDPOINT; where the server wants ${bucket} in the path (MinIO), set HEADWATER_S3_PATH_STYLE=on.`
      : endpoint === undefined
        ? 'Set HEADWATER_S3_REGION to that of the bucket; where it is not of AWS, set HEADWATER_S3_ENDPOINT.'
        : 'Correct HEADWATER_S3_ENDPOINT, and look whether this machine may reach it.';
    return { detail: `Nothing answers at ${where} (${code}).`, fix };
  }
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return {
      detail: `${where} does not answer in time.`,
      fix: 'Look whether this machine reaches HEADWATER_S3_ENDPOINT.',
    };
  }
  if (error instanceof SyntaxError || /deserialization|xml|unclosed/i.test(error.message ?? '')) {
    return { detail: `What answers at ${where} is no bucket.`, fix: 'Correct HEADWATER_S3_ENDPOINT.' };
  }
  return null;
}

function systemCode({ code, cause }: S3Error): string | null {
  if (code !== undefined && (unreachable.includes(code) || /CERT|TLS|SSL/.test(code))) return code;
  return cause === undefined ? null : systemCode(cause as S3Error);
}
