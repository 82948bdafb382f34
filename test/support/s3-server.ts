import S3rver from 's3rver';
import { DUMMY_ACCOUNT } from 's3rver/lib/models/account.js';
import type { S3Options } from '../../origin/store/s3-store.ts';
import { S3Objects } from './s3-objects.ts';

export interface S3Server {
  readonly options: S3Options;
  /** Puts objects into the bucket past HTTP, all with these bytes. */
  fill(keys: readonly string[], bytes: Buffer): void;
  /** Makes another pair of keys that may use the bucket. */
  allow(accessKeyId: string, secretAccessKey: string): void;
  /** Takes a pair of keys back: it is refused from now on. */
  revoke(accessKeyId: string): void;
  close(): Promise<void>;
}

/** An S3 server that others wrote, on a free port of loopback, with one empty bucket; its objects are in memory. */
export async function startS3Server(): Promise<S3Server> {
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    // Its own store: replaced before it is used.
    directory: import.meta.dirname,
    configureBuckets: [{ name: 'media', configs: [] }],
  });
  const objects = new S3Objects();
  server.store = objects;
  server.context.store = objects;
  // After those that write XML, before those that answer.
  server.middleware.splice(2, 0, listByLastKey);
  const { port } = await server.run();
  return {
    options: {
      bucket: 'media',
      region: 'auto',
      endpoint: `http://127.0.0.1:${port}`,
      accessKeyId: 'S3RVER',
      secretAccessKey: 'S3RVER',
      forcePathStyle: true,
    },
    fill: (keys, bytes) => {
      for (const key of keys) objects.keep('media', key, bytes);
    },
    allow: (accessKeyId, secretAccessKey) => DUMMY_ACCOUNT.createKeyPair(accessKeyId, secretAccessKey),
    revoke: (accessKeyId) => DUMMY_ACCOUNT.revokeAccessKey(accessKeyId),
    close: () => server.close(),
  };
}

interface Listing {
  readonly ListBucketResult?: {
    readonly IsTruncated: boolean;
    readonly Contents: readonly { readonly Key: string }[];
    readonly [field: string]: unknown;
  };
}

/** What the server hands from one of its functions to the next, as far as it is looked at here. */
interface S3Context {
  query: Readonly<Record<string, string>>;
  body: unknown;
}

/**
 * The server's continuation tokens need a cipher that OpenSSL no longer has, so that every listing of more than one page
 * fails: the token is the last key instead.
 */
async function listByLastKey(ctx: S3Context, next: () => Promise<void>): Promise<void> {
  const { 'list-type': type, 'continuation-token': token, 'start-after': after, ...rest } = ctx.query;
  if (type !== '2') return next();
  ctx.query = { ...rest, marker: token ?? after ?? '' };
  await next();
  const { ListBucketResult: page } = ctx.body as Listing;
  if (!page) return;
  const NextContinuationToken = page.IsTruncated ? page.Contents.at(-1)?.Key : undefined;
  ctx.body = { ListBucketResult: { ...page, NextContinuationToken, ContinuationToken: token } };
}
