import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { BucketStage } from '../../support/bucket-stage.ts';

/** A server whose answers a test decides. */
let answer: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;
const asked: IncomingMessage[] = [];
let server: Server;
let bucket: BucketStage;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request);
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk)).on('end', () => answer(request, response, Buffer.concat(chunks)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  bucket = await BucketStage.start({
    S3_BUCKET: 'media',
    S3_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    S3_PATH_STYLE: 'on',
    S3_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    S3_SECRET_ACCESS_KEY: 'a-secret-that-nobody-prints',
  });
});
beforeEach(() => {
  asked.length = 0;
});
afterAll(async () => {
  await bucket?.stop();
  server.closeAllConnections();
  server.close();
});

const xml = (code: string) => `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>no</Message></Error>`;

test('what is put carries the digests that old and new servers check', async () => {
  answer = (_, response) => response.end();
  await bucket.put('b/one', 'media');
  const [{ method, url, headers } = {} as IncomingMessage] = asked;
  expect([method, url, headers['content-length'], headers['transfer-encoding']]).toEqual([
    'PUT',
    '/media/b/one',
    '5',
    undefined,
  ]);
  const digest = (name: string) => createHash(name).update('media');
  expect(headers['content-md5']).toBe(digest('md5').digest('base64'));
  expect(headers['x-amz-content-sha256']).toBe(digest('sha256').digest('hex'));
  expect(headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/auto\/s3\/aws4_request, SignedHeaders=content-md5;host;x-amz-content-sha256;x-amz-date, Signature=[0-9a-f]{64}$/,
  );
});

test.each([
  [403, 'RequestTimeTooSkewed', 'bucket_clock_skew', 1, 'the clock of one side is wrong'],
  [403, 'SignatureDoesNotMatch', 'bucket_refused', 1, 'S3_SECRET_ACCESS_KEY'],
  [403, 'AccessDenied', 'bucket_refused', 1, 'the key needs to'],
  [404, 'NoSuchBucket', 'bucket_misconfigured', 1, 'see S3_BUCKET'],
  [301, 'PermanentRedirect', 'bucket_misconfigured', 1, 'S3_REGION'],
  [503, 'SlowDown', 'bucket_failed', 2, 'see the state of its server'],
  [500, '', 'bucket_failed', 2, 'see the state of its server'],
])('%i %s is %s', async (status, name, code, times, hint) => {
  answer = (_, response) => response.writeHead(status).end(name && xml(name));
  const { status: got, text } = await bucket.get('b/one');
  expect([got, JSON.parse(text).code, asked.length]).toEqual([500, code, times]);
  expect(text).toContain(hint);
  expect(text).not.toContain('nobody-prints');
});

test('a read is repeated once, what is put is left to whoever puts it', async () => {
  answer = (_, response) => {
    if (asked.length === 1) response.writeHead(503).end(xml('SlowDown'));
    else response.end('media');
  };
  expect(await bucket.get('b/one')).toMatchObject({ status: 200, text: 'media' });
  asked.length = 0;
  expect(JSON.parse(await bucket.put('b/one', 'media')).code).toBe('bucket_failed');
  expect(asked.length).toBe(1);
});

test('a server that never answers is given up in time', async () => {
  answer = () => {};
  const before = Date.now();
  expect(JSON.parse((await bucket.get('b/one')).text).code).toBe('bucket_timeout');
  expect([asked.length, Date.now() - before < 12_000]).toEqual([2, true]);
});

/** Answers as a bucket does that has one object, and breaks off after so many bytes of each answer. */
function breakingOff(object: string, piecesBytes: readonly (number | null)[], etag = '"1"'): typeof answer {
  return ({ headers }, response) => {
    const [, first = '0', last = String(object.length - 1)] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
    if (headers['if-match'] && headers['if-match'] !== etag) {
      response.writeHead(412).end(xml('PreconditionFailed'));
      return;
    }
    const body = object.slice(Number(first), Number(last) + 1);
    const range = { 'content-range': `bytes ${first}-${Number(first) + body.length - 1}/${object.length}` };
    const common = { etag, 'content-length': body.length };
    response.writeHead(headers.range ? 206 : 200, { ...common, ...(headers.range && range) });
    const pieceBytes = piecesBytes[asked.length - 1] ?? null;
    if (pieceBytes === null) response.end(body);
    else response.write(body.slice(0, pieceBytes), () => response.destroy());
  };
}

const askedFor = () => asked.map(({ headers }) => [headers.range, headers['if-match']]);

test('a body that ends early does not pass for an object', async () => {
  answer = breakingOff('0123456789', [5, 0, 0]);
  const broken = await bucket.get('b/one').catch((error: Error) => error);
  expect(broken).toBeInstanceOf(Error);
  expect(asked.length).toBe(3);
});

test('where a body breaks off the rest is asked for, of the same object', async () => {
  answer = breakingOff('0123456789', [4, 3]);
  expect(await bucket.get('b/one')).toMatchObject({ status: 200, text: '0123456789' });
  expect(askedFor()).toEqual([
    [undefined, undefined],
    ['bytes=4-9', '"1"'],
    ['bytes=7-9', '"1"'],
  ]);
});

test('what breaks off is not read on where nothing tells two objects apart', async () => {
  answer = breakingOff('0123456789', [4], 'W/"1"');
  expect(await bucket.get('b/one').catch((error: Error) => error)).toBeInstanceOf(Error);
  expect(asked).toHaveLength(1);
});

test('the rest of a range is within the range, also where that goes past the end', async () => {
  answer = breakingOff('0123456789', [2]);
  expect((await bucket.get('b/one', '3,4')).text).toBe('3456');
  expect(askedFor()).toEqual([
    ['bytes=3-6', undefined],
    ['bytes=5-6', '"1"'],
  ]);
  asked.length = 0;
  expect((await bucket.get('b/one', '8,9')).text).toBe('89');
});

test('the rest of another object is not taken for that of the first', async () => {
  const first = breakingOff('0123456789', [4]);
  const other = breakingOff('abcdefghij', [], '"2"');
  answer = (...call) => (asked.length === 1 ? first : other)(...call);
  expect(await bucket.get('b/one').catch((error: Error) => error)).toBeInstanceOf(Error);
});

test('a whole object where a range was asked for is no answer', async () => {
  answer = (_, response) => response.end('0123456789');
  expect(JSON.parse((await bucket.get('b/one', '2,3')).text).code).toBe('bucket_failed');
});

test('a page that is no listing is an error, not an empty bucket', async () => {
  answer = (_, response) => response.end('<html>welcome</html>');
  expect(await bucket.list('b/')).toMatchObject({ code: 'bucket_failed' });
});

test('a page with what was not asked for, or that comes again, is an error: what is listed may be removed', async () => {
  const list = (key: string, isTruncated = false) =>
    `<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated><Contents><Key>${key}</Key><Size>1</Size></Contents></ListBucketResult>`;
  answer = (_, response) => response.end(list('b/y/1.m4s'));
  expect(await bucket.list('b/x/')).toMatchObject({ code: 'bucket_failed' });
  answer = (_, response) => response.end(list('b/x/1.m4s', true));
  expect((await bucket.list('b/x/')).next).toBe('b/x/1.m4s');
  expect(await bucket.list('b/x/', 'b/x/1.m4s')).toMatchObject({ code: 'bucket_failed' });
});

test('the next page begins after the last key of the one before (s3rver fails at what it cannot list at once)', async () => {
  const contents = (key: string) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`;
  answer = (request, response) => {
    const isFirst = !request.url?.includes('start-after');
    const page = `<IsTruncated>${isFirst}</IsTruncated>${contents(isFirst ? 'b/x/1.m4s' : 'b/x/2.m4s')}`;
    response.end(`<ListBucketResult>${page}</ListBucketResult>`);
  };
  const first = await bucket.list('b/x/');
  expect(first.next).toBe('b/x/1.m4s');
  expect((await bucket.list('b/x/', first.next)).next).toBeNull();
  expect(asked.map(({ url }) => url)).toEqual([
    '/media/?list-type=2&max-keys=1000&prefix=b%2Fx%2F',
    '/media/?list-type=2&max-keys=1000&prefix=b%2Fx%2F&start-after=b%2Fx%2F1.m4s',
  ]);
});
