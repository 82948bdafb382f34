import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { storeLimits } from '#shared/limits/store.ts';
import {
  checkKey,
  checkPieces,
  listPages,
  type ObjectInfo,
  type ObjectStore,
  readBounded,
  StoreError,
} from './object-store.ts';
import { type KeyFileFault, keysInFile, readKeyFile, type S3KeySource, type S3Keys } from './s3-keys.ts';

/** Where a bucket is and who may use it: AWS, R2, MinIO and others. */
export interface S3Options {
  readonly bucket: string;
  /** `auto` for R2. */
  readonly region: string;
  /** Base URL of anything but AWS. */
  readonly endpoint?: string | undefined;
  /** Keys that stay as they are; not needed with a file. */
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  /** File with the keys, in which they may be replaced at any time: {@link keysInFile}. */
  readonly credentialsPath?: string | undefined;
  /** The bucket in the path and not in the host name: MinIO and others. */
  readonly forcePathStyle: boolean;
}

/**
 * A store in a bucket. Repeats nothing by itself: whoever puts decides how often. What was put is checked by the server
 * against its MD5, what is got against the ETag where that is one.
 */
export function createS3Store(options: S3Options, onKeyFile?: (fault: KeyFileFault | null) => void): ObjectStore {
  const { bucket: Bucket, region, endpoint, forcePathStyle } = options;
  const client = new S3Client({
    region,
    forcePathStyle,
    ...(endpoint !== undefined && { endpoint }),
    credentials: keysOf(options, onKeyFile),
    maxAttempts: 1,
    // The newer default appends a trailer to the body that R2 and old servers store as part of the object.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: storeLimits.s3ConnectMsMax },
  });
  return {
    async put(key, pieces) {
      checkKey(key);
      checkPieces(key, pieces);
      const body = Buffer.concat(pieces);
      const ContentMD5 = md5(body).toString('base64');
      const command = new PutObjectCommand({ Bucket, Key: key, Body: body, ContentMD5 });
      await guarded(key, () => within(deadlineMs(body.length), (abortSignal) => client.send(command, { abortSignal })));
    },
    async get(key) {
      checkKey(key);
      return guarded(key, async () => {
        try {
          const command = new GetObjectCommand({ Bucket, Key: key });
          return await within(deadlineMs(storeLimits.readBytesTypical), async (abortSignal) =>
            readWhole(await client.send(command, { abortSignal })),
          );
        } catch (cause) {
          if (nameOf(cause) === 'NoSuchKey') return null;
          throw cause;
        }
      });
    },
    list: (prefix) => listAll(client, Bucket, prefix),
    async remove(keys) {
      for (const key of keys) checkKey(key);
      for (let at = 0; at < keys.length; at += storeLimits.deletesAtOnceMax) {
        const some = keys.slice(at, at + storeLimits.deletesAtOnceMax);
        // One request each: the batch request needs a checksum on whose kind servers do not agree.
        const remove = (Key: string) =>
          guarded(Key, () =>
            within(storeLimits.requestMsMax, (abortSignal) =>
              client.send(new DeleteObjectCommand({ Bucket, Key }), { abortSignal }),
            ),
          );
        await Promise.all(some.map(remove));
      }
    },
  };
}

function keysOf(
  { accessKeyId = '', secretAccessKey = '', credentialsPath }: S3Options,
  onKeyFile?: (fault: KeyFileFault | null) => void,
): S3Keys | S3KeySource {
  if (credentialsPath === undefined) return { accessKeyId, secretAccessKey };
  const keys = keysInFile(credentialsPath, onKeyFile);
  // What is wrong with the file is to be known before media depends on it.
  if (onKeyFile) void keys().catch(() => {});
  return keys;
}

/** Why the file with the keys gives none; null: it gives them, or they are in no file. */
export async function keyFileFault({ credentialsPath }: S3Options): Promise<KeyFileFault | null> {
  const read = credentialsPath === undefined ? null : await readKeyFile(credentialsPath);
  return typeof read === 'string' ? read : null;
}

/** A request has half a minute, and more for more bytes: one that stalls or trickles is given up in the end. */
function deadlineMs(sizeBytes: number): number {
  return storeLimits.requestMsMax + (sizeBytes / storeLimits.bytesPerSecondMin) * 1_000;
}

async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), ms);
  try {
    return await work(deadline.signal);
  } finally {
    clearTimeout(timer);
  }
}

function listAll(client: S3Client, Bucket: string, Prefix: string): AsyncGenerator<ObjectInfo> {
  return listPages(Prefix, async (cursor) => {
    const page = { Bucket, Prefix, ...(cursor !== null && { ContinuationToken: cursor }) };
    const answer = await guarded(Prefix, () =>
      within(storeLimits.requestMsMax, (abortSignal) => client.send(new ListObjectsV2Command(page), { abortSignal })),
    );
    const objects = (answer.Contents ?? []).flatMap(({ Key: key, Size: sizeBytes = 0 }) =>
      key === undefined ? [] : [{ key, sizeBytes }],
    );
    return { objects, next: (answer.IsTruncated && answer.NextContinuationToken) || null };
  });
}

async function readWhole(answer: GetObjectCommandOutput): Promise<Buffer> {
  const { Body, ContentLength } = answer;
  const bytes = Body ? await readBounded(Body as AsyncIterable<Uint8Array>) : Buffer.alloc(0);
  if (ContentLength !== undefined && bytes.length !== ContentLength) throw new Error('the body ended early');
  const expected = md5Told(answer);
  if (expected !== null && md5(bytes).toString('hex') !== expected) throw new Error('the body is not what was stored');
  return bytes;
}

/** The MD5 that an object's ETag is, if it is one: where the server encrypts with keys of KMS or of ours it only looks like it. */
function md5Told({ ETag, ServerSideEncryption, SSECustomerAlgorithm }: GetObjectCommandOutput): string | null {
  const isPlain = ServerSideEncryption === undefined || ServerSideEncryption === 'AES256';
  if (!isPlain || SSECustomerAlgorithm !== undefined) return null;
  return /^"?([0-9a-f]{32})"?$/.exec(ETag ?? '')?.[1] ?? null;
}

function md5(bytes: Buffer): Buffer {
  return createHash('md5').update(bytes).digest();
}

/** What the server says when it has no room. */
const fullNames: ReadonlySet<string> = new Set([
  'EntityTooLarge',
  'QuotaExceeded',
  'XMinioStorageFull',
  'InsufficientStorage',
]);

/** What it says of keys that are not right, or not for this. A clock that is wrong is no fault of theirs. */
const refusedNames: ReadonlySet<string> = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'AccessDenied',
  'ExpiredToken',
  'InvalidToken',
  'Unauthorized',
]);

async function guarded<T>(key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    const name = nameOf(cause);
    if (fullNames.has(name)) throw new StoreError('store_full', 'The bucket takes nothing more.', { cause });
    if (refusedNames.has(name))
      throw new StoreError('store_refused', `The bucket refuses these keys (${name}).`, { cause });
    throw new StoreError('store_failed', `The bucket failed (${name}, ${key}).`, { cause });
  }
}

function nameOf(cause: unknown): string {
  return cause instanceof Error ? cause.name : 'unknown';
}
