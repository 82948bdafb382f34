import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createS3Store, type S3Options } from '../../origin/store/s3-store.ts';
import { startS3Server } from '../support/s3-server.ts';
import { describeStore } from './contract.ts';

describeStore('a bucket', async () => {
  const server = await startS3Server();
  return { store: createS3Store(server.options), close: () => server.close() };
});

// A real bucket as well, where its settings say which: docs/operate/storage.md. What is below `b/` in it is removed.
const real = realBucket(process.env);
if (real) {
  describeStore('the bucket of HEADWATER_TEST_S3_BUCKET', async () => {
    const store = createS3Store(real);
    const clear = async () => {
      const keys: string[] = [];
      for await (const { key } of store.list('b/')) keys.push(key);
      await store.remove(keys);
    };
    await clear();
    return { store, close: clear };
  });
}

function realBucket(env: NodeJS.ProcessEnv): S3Options | null {
  const { HEADWATER_TEST_S3_BUCKET: bucket, HEADWATER_TEST_S3_ENDPOINT: endpoint } = env;
  if (!bucket) return null;
  return {
    bucket,
    endpoint,
    region: env.HEADWATER_TEST_S3_REGION ?? 'auto',
    accessKeyId: env.HEADWATER_TEST_S3_ACCESS_KEY_ID ?? '',
    secretAccessKey: env.HEADWATER_TEST_S3_SECRET_ACCESS_KEY ?? '',
    forcePathStyle: env.HEADWATER_TEST_S3_PATH_STYLE !== 'off',
  };
}

it('a store whose keys were taken back takes up those that its file has by then', async () => {
  const server = await startS3Server();
  const folder = await mkdtemp(join(tmpdir(), 'headwater-keys-'));
  const credentialsPath = join(folder, 'credentials');
  const hand = (id: string) =>
    writeFile(credentialsPath, `aws_access_key_id = ${id}\naws_secret_access_key = of-${id}\n`);
  try {
    const { accessKeyId: _, secretAccessKey: __, ...place } = server.options;
    const store = createS3Store({ ...place, credentialsPath });
    await expect(store.list('b/')[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'store_refused' });
    server.allow('first', 'of-first');
    await hand('first');
    await store.put('b/one', [Buffer.from('1')]);
    server.revoke('first');
    await expect(store.put('b/two', [Buffer.from('2')])).rejects.toMatchObject({ code: 'store_refused' });
    server.allow('second', 'of-second');
    await hand('second');
    await store.put('b/two', [Buffer.from('2')]);
    expect((await store.get('b/one'))?.toString()).toBe('1');
  } finally {
    server.revoke('second');
    await server.close();
    await rm(folder, { recursive: true });
  }
});

describe('a bucket that misbehaves', () => {
  let server: Server;
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function storeOf(answer: (response: ServerResponse) => void) {
    server = createServer((request, response) => {
      request.resume().on('end', () => answer(response));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const endpoint = `http://127.0.0.1:${port}`;
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b', forcePathStyle: true };
    return createS3Store({ bucket: 'media', region: 'auto', endpoint, ...credentials });
  }

  const xml = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`;
  const put = [Buffer.from('x')];

  it.each([
    [503, 'SlowDown', 'store_failed'],
    [403, 'RequestTimeTooSkewed', 'store_failed'],
    [500, 'InternalError', 'store_failed'],
    [507, 'XMinioStorageFull', 'store_full'],
  ])('that answers %i %s fails once, with %s', async (status, name, code) => {
    let asked = 0;
    const store = await storeOf((response) => {
      asked++;
      response.writeHead(status, { 'content-type': 'application/xml' }).end(xml(name));
    });
    await expect(store.put('b/one', put)).rejects.toMatchObject({
      code,
      message: expect.not.stringContaining('secret'),
    });
    expect(asked).toBe(1);
  });

  it('that cuts a body short does not pass for an object', async () => {
    const store = await storeOf((response) => {
      response.writeHead(200, { 'content-length': 10 }).write('12345', () => response.destroy());
    });
    await expect(store.get('b/one')).rejects.toMatchObject({ code: 'store_failed' });
  });

  it('that gives other bytes than were put does not pass for an object', async () => {
    const etag = '"900150983cd24fb0d6963f7d28e17f72"'; // of "abc"
    const store = await storeOf((response) => response.writeHead(200, { etag }).end('abd'));
    await expect(store.get('b/one')).rejects.toMatchObject({ code: 'store_failed' });
    server.close();
    const honest = await storeOf((response) => response.writeHead(200, { etag }).end('abc'));
    expect((await honest.get('b/one'))?.toString()).toBe('abc');
  });

  it.each([
    ['aws:kms', 'stored'],
    ['aws:kms:dsse', 'stored'],
    ['AES256', 'store_failed'],
  ])('that encrypts with %s and names an object by another digest than its MD5: %s', async (encryption, outcome) => {
    const headers = { etag: '"900150983cd24fb0d6963f7d28e17f72"', 'x-amz-server-side-encryption': encryption };
    const store = await storeOf((response) => response.writeHead(200, headers).end('stored'));
    const read = store.get('b/one').then(String, ({ code }) => code);
    expect(await read).toBe(outcome);
  });

  it.each([
    ['what was not asked for', '<IsTruncated>false</IsTruncated>', 'b/b_2/1.m4s'],
    ['without end', '<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>', 'b/b_1/1.m4s'],
  ])('that lists %s fails', async (_, rest, key) => {
    const page = `${rest}<Contents><Key>${key}</Key><Size>1</Size></Contents>`;
    const headers = { 'content-type': 'application/xml' };
    const store = await storeOf((response) =>
      response.writeHead(200, headers).end(`<ListBucketResult>${page}</ListBucketResult>`),
    );
    const listAll = async () => {
      for await (const object of store.list('b/b_1/')) expect(object.key).toBe('b/b_1/1.m4s');
    };
    await expect(listAll()).rejects.toMatchObject({ code: 'store_failed' });
  });

  it('that sends without end is not listened to', async () => {
    const chunk = Buffer.alloc(1_048_576);
    const ended = Promise.withResolvers<void>();
    const store = await storeOf((response) => {
      response.on('close', ended.resolve).writeHead(200);
      const send = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', send);
      send();
    });
    await expect(store.get('b/one')).rejects.toMatchObject({ code: 'store_failed', message: /without end/ });
    await ended.promise;
  });

  it('that is not there fails', async () => {
    const store = await storeOf(() => {});
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(store.put('b/one', put)).rejects.toMatchObject({ code: 'store_failed' });
  });
});
