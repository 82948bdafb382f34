import type { Env } from '../env.ts';
import { BucketError } from './bucket-error.ts';

/** Where a bucket with the S3 API is and who may use it: AWS, R2, MinIO and others. */
export interface S3Settings {
  /** URL of the bucket, without trailing slash; objects are below it. */
  readonly url: string;
  /** `auto` for R2. */
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The bindings that {@link readS3Settings} reads. */
export type S3Env = Pick<
  Env,
  'S3_BUCKET' | 'S3_ENDPOINT' | 'S3_REGION' | 'S3_PATH_STYLE' | 'S3_ACCESS_KEY_ID' | 'S3_SECRET_ACCESS_KEY'
>;

/** The settings, or null when no S3 bucket is named. Throws `bucket_misconfigured`, which names the variable. */
export function readS3Settings(env: S3Env): S3Settings | null {
  if (!env.S3_BUCKET) return null;
  const region = env.S3_REGION || 'auto';
  if (!/^[a-z0-9-]+$/.test(region)) throw wrong('S3_REGION is no name of a region');
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(env.S3_BUCKET)) throw wrong('S3_BUCKET is no name of a bucket');
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!accessKeyId) throw wrong('the secret S3_ACCESS_KEY_ID is not set');
  if (!secretAccessKey) throw wrong('the secret S3_SECRET_ACCESS_KEY is not set');
  return { url: bucketUrl(env.S3_BUCKET, region, env), region, accessKeyId, secretAccessKey };
}

function bucketUrl(bucket: string, region: string, { S3_ENDPOINT, S3_PATH_STYLE }: S3Env): string {
  if (!S3_ENDPOINT && region === 'auto')
    throw wrong('S3_ENDPOINT is not set, and without it S3_REGION must be one of AWS');
  const endpoint = S3_ENDPOINT || `https://s3.${region}.amazonaws.com`;
  if (!URL.canParse(endpoint)) throw wrong('S3_ENDPOINT is no URL');
  const { protocol, username, password, host, pathname, search } = new URL(endpoint);
  if ((protocol !== 'https:' && protocol !== 'http:') || username || password || search) {
    throw wrong('S3_ENDPOINT must be http(s)://host[:port][/path], without credentials or query');
  }
  const path = pathname.replace(/\/+$/, '');
  return S3_PATH_STYLE === 'on' ? `${protocol}//${host}${path}/${bucket}` : `${protocol}//${bucket}.${host}${path}`;
}

function wrong(what: string): BucketError {
  return new BucketError('bucket_misconfigured', `The bucket is not set up: ${what}.`);
}
