import { expect, test } from 'vitest';
import { parseListing } from '../../../workers/bucket/s3-listing.ts';
import { readS3Settings, type S3Env } from '../../../workers/bucket/s3-settings.ts';

const keys = { S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret' };

test.each([
  [{ S3_BUCKET: 'm', S3_REGION: 'eu-west-1' }, 'https://m.s3.eu-west-1.amazonaws.com'],
  [{ S3_BUCKET: 'm', S3_REGION: 'eu-west-1', S3_PATH_STYLE: 'on' }, 'https://s3.eu-west-1.amazonaws.com/m'],
  [{ S3_BUCKET: 'm', S3_ENDPOINT: 'https://acc.r2.cloudflarestorage.com/' }, 'https://m.acc.r2.cloudflarestorage.com'],
  [{ S3_BUCKET: 'm', S3_ENDPOINT: 'http://minio:9000/s3/', S3_PATH_STYLE: 'on' }, 'http://minio:9000/s3/m'],
] satisfies [S3Env, string][])('%j is at %s', (env, url) => {
  expect(readS3Settings({ ...env, ...keys })?.url).toBe(url);
});

test('without a name there is no such bucket', () => {
  expect(readS3Settings({ S3_ENDPOINT: 'https://x.example', ...keys })).toBeNull();
});

test.each([
  [{ S3_BUCKET: 'm' }, 'S3_ENDPOINT'],
  [{ S3_BUCKET: 'm', S3_ENDPOINT: 'minio:9000' }, 'S3_ENDPOINT'],
  [{ S3_BUCKET: 'm', S3_ENDPOINT: 'https://id:pw@x.example' }, 'S3_ENDPOINT'],
  [{ S3_BUCKET: '../m', S3_ENDPOINT: 'https://x.example' }, 'S3_BUCKET'],
  [{ S3_BUCKET: 'm', S3_REGION: 'eu west', S3_ENDPOINT: 'https://x.example' }, 'S3_REGION'],
  [{ S3_BUCKET: 'm', S3_REGION: 'eu-west-1', S3_ACCESS_KEY_ID: '' }, 'S3_ACCESS_KEY_ID'],
  [{ S3_BUCKET: 'm', S3_REGION: 'eu-west-1', S3_SECRET_ACCESS_KEY: '' }, 'S3_SECRET_ACCESS_KEY'],
] satisfies [S3Env, string][])('%j is refused and %s named', (env, name) => {
  expect(() => readS3Settings({ ...keys, ...env })).toThrow(new RegExp(`${name}.*\\(bucket_misconfigured\\)`));
});

const listing = (rest: string) => `<?xml version="1.0"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>m</Name>${rest}</ListBucketResult>`;

test('a listing is read with its keys unescaped, and continues after its last key', () => {
  const contents =
    '<Contents><Key>a&amp;b&#x2f;c</Key><Size>3</Size></Contents>\n<Contents>\n<Size>4</Size><Key>z</Key></Contents>';
  const objects = [
    { key: 'a&b/c', sizeBytes: 3 },
    { key: 'z', sizeBytes: 4 },
  ];
  expect(parseListing(listing(`<IsTruncated>true</IsTruncated>${contents}`))).toEqual({ objects, next: 'z' });
  expect(parseListing(listing(`${contents}<IsTruncated>false</IsTruncated>`))).toEqual({ objects, next: null });
  expect(parseListing('<Error><Code>x</Code></Error>')).toBeNull();
});
