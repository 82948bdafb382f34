import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CommonAccessToken } from '@eyevinn/cat';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AccessStage, startAccessStage } from '../../support/access-stage.ts';
import { mintCat } from '../../support/token-mint.ts';

let at: AccessStage;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headwater-mint-'));
  at = await startAccessStage({ pops: [{ name: 'fra', continent: 'EU' }] });
}, 60_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await at?.stage.stop();
});

/** Tokens for the wrong channel must be refused for that, not for their form. */
async function judge(good: string, elsewhere: string): Promise<void> {
  const path = `/b/${at.broadcast}/v720/index.m3u8`;
  expect((await at.get(`/t/${good}${path}`)).status).toBe(200);
  const refused = await at.get(`/t/${elsewhere}${path}`);
  expect([refused.status, JSON.parse(refused.text).code]).toEqual([403, 'wrong_resource']);
}

test.each(['hs', 'es', 'ed'] as const)('jose mints with %s', async (name) => {
  const { kid, algorithm: alg, secret, privateKey } = at.keys[name];
  const mint = (res: string) =>
    new SignJWT({ res, sub: 'viewer-1' })
      .setProtectedHeader({ alg, kid, typ: 'JWT' })
      .setAudience('headwater')
      .setIssuedAt()
      .setExpirationTime('1 minute')
      .sign(privateKey ?? new Uint8Array(secret ?? []));
  await judge(await mint(`channel:${at.channel}`), await mint('channel:other'));
});

test('@eyevinn/cat mints a MAC', async () => {
  const { kid, secret } = at.keys.hs;
  const mint = async (path: string) => {
    const claims = new CommonAccessToken({
      iss: 'shop',
      aud: 'headwater',
      exp: Math.floor(Date.now() / 1_000) + 60,
      cti: '0b71',
      catu: { 3: { 1: path } } as never,
      catnip: ['203.0.113.0/24', '2001:db8::/32'] as never,
    });
    await claims.mac({ kid, k: secret ?? Buffer.alloc(0) }, 'HS256');
    const raw = claims.raw;
    if (!raw) throw new Error('there is no token');
    return Buffer.from(raw).toString('base64url');
  };
  const path = `/b/${at.broadcast}/v720/index.m3u8`;
  const token = await mint(`/live/${at.channel}/`);
  const from = (address: string) => ({ headers: { 'cf-connecting-ip': address } });
  expect((await at.get(`/t/${token}${path}`, from('203.0.113.7'))).status).toBe(200);
  expect((await at.get(`/t/${token}${path}`, from('2001:db8::7'))).status).toBe(200);
  expect((await at.get(`/t/${token}${path}`, from('198.51.100.7'))).status).toBe(403);
  const other = await at.get(`/t/${await mint('/live/other/')}${path}`, from('203.0.113.7'));
  expect(JSON.parse(other.text).code).toBe('wrong_resource');
});

test('@eyevinn/cat and the PoP read the same signature with ES256', async () => {
  const { kid, privateKey } = at.keys.es;
  const jwk = privateKey?.export({ format: 'jwk' }) ?? {};
  const [d, x, y] = [jwk.d, jwk.x, jwk.y].map((part) => Buffer.from(part ?? '', 'base64url')) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  const claims = (res: string) =>
    new Map<unknown, unknown>([
      [1, 'shop'],
      [3, 'headwater'],
      [4, Math.floor(Date.now() / 1_000) + 60],
      ['res', res],
    ]);
  const mint = (res: string) => mintCat(at.keys.es, claims(res), { lead: [0xd2] });
  const good = mint(`channel:${at.channel}`);
  const read = await new CommonAccessToken({}).verify(Buffer.from(good, 'base64url'), { kid, x, y } as never);
  expect(read.claims).toMatchObject({ iss: 'shop', aud: 'headwater' });
  await judge(good, mint('channel:other'));

  // What it signs itself has its payload as text in hex, which is no COSE_Sign1 (RFC 9052 4.2).
  const own = new CommonAccessToken({ aud: 'headwater', exp: Math.floor(Date.now() / 1_000) + 60 });
  await own.sign({ kid, d, x, y } as never, 'ES256');
  const refused = await at.get(`/t/${own.raw?.toString('base64url')}/b/${at.broadcast}/v720/index.m3u8`);
  expect([refused.status, JSON.parse(refused.text).code]).toEqual([401, 'token_invalid']);
});

test.each(['hs', 'es'] as const)('a shell script mints with openssl and %s', async (name) => {
  const { kid, algorithm, secret, privateKey } = at.keys[name];
  const file = join(folder, name);
  writeFileSync(file, secret ?? privateKey?.export({ type: 'sec1', format: 'pem' }) ?? '', { mode: 0o600 });
  const script = join(import.meta.dirname, 'mint.sh');
  const mint = async (res: string) => {
    const claims = JSON.stringify(at.claims({ res }));
    return (await promisify(execFile)('sh', [script, algorithm, kid, file, claims])).stdout.trim();
  };
  await judge(await mint(`channel:${at.channel}`), await mint('channel:other'));
});
