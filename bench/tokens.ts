import { join } from 'node:path';
import { startLoneWorker } from '../test/support/lone-worker.ts';
import { mintCat, mintJwt, newTestKey, type TestKey } from '../test/support/token-mint.ts';
import { accessKeys } from '../workers/access/access-keys.ts';
import { beginSession, sealSession } from '../workers/access/session.ts';
import { parseClaims } from '../workers/token/claims.ts';
import type { Task } from './tokens/worker.ts';

/**
 * What a token costs inside workerd: each format checked anew, a request that was let in before, and the manifest that is
 * written for one viewer. workerd's clock stands still while code runs, so that the time is taken from outside, less that
 * of doing nothing as often.
 */

const times = 5_000;
const rounds = 5;
const secret = 'a1:access-secret-of-the-bench-with-32-characters';
const keys = [newTestKey('hs', 'HS256'), newTestKey('es', 'ES256'), newTestKey('ed', 'EdDSA')] as const;
const expS = Math.floor(Date.now() / 1_000) + 3_600;
const claims = { aud: 'headwater', res: 'channel:news', exp: expS, sub: 'viewer-1', jti: 'ln_1k3m5p7r9t0000000000' };
const labels = new Map<unknown, unknown>([
  ...([
    [2, 'viewer-1'],
    [3, 'headwater'],
    [4, expS],
    [7, Buffer.from(claims.jti)],
  ] as const),
  ['res', 'channel:news'],
]);

const variants = [1080, 720, 480].flatMap((height) => [
  `#EXT-X-STREAM-INF:BANDWIDTH=${3_000 * height},RESOLUTION=${(height * 16) / 9}x${height},FRAME-RATE=30,CODECS="avc1.64001f,mp4a.40.2",AUDIO="a"`,
  `v${height}/index.m3u8`,
  `#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=${300 * height},RESOLUTION=${(height * 16) / 9}x${height},URI="v${height}/iframes.m3u8"`,
]);
const head = ['#EXTM3U', '#EXT-X-VERSION:9', '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Sound",URI="a1/index.m3u8"'];
const manifest = `${[...head, ...variants].join('\n')}\n`;

const asked = {
  channel: 'news',
  broadcast: null,
  clip: null,
  scopes: ['live'],
  kind: 'manifest',
  height: null,
  sites: null,
} as const;
const place = { country: 'DE', address: null, site: null, isForPage: false };
const visitor = { isSigned: true, asked, place, keeping: 'lease', clip: null } as const;

async function main(): Promise<void> {
  const { url, stop } = await startLoneWorker(join(import.meta.dirname, 'tokens/worker.ts'));
  const run = async (task: Pick<Task, 'work' | 'token'> & Partial<Task>, count = times) => {
    const body = JSON.stringify({
      ...{ times: count, manifest, accessKeys: secret, visitor: { ...visitor, purpose: 'go-on' } },
      keys: keys.map(publicOf),
      ...task,
    });
    const startedMs = performance.now();
    const response = await fetch(url, { method: 'POST', body });
    if (!response.ok) throw new Error(await response.text());
    await response.text();
    return performance.now() - startedMs;
  };
  const [hs, es, ed] = keys;
  const session = await sealedSession();
  const renewable = mintJwt(es, { ...claims, renew_until: expS });
  const rows: [string, Pick<Task, 'work' | 'token'> & Partial<Task>][] = [
    ...[hs, es, ed].map((key): [string, Pick<Task, 'work' | 'token'>] => [
      `JWT ${key.algorithm}, checked anew`,
      { work: 'jwt', token: mintJwt(key, claims) },
    ]),
    ...[hs, es, ed].map((key): [string, Pick<Task, 'work' | 'token'>] => [
      `CAT ${key.algorithm}, checked anew`,
      { work: 'cat', token: mintCat(key, labels) },
    ]),
    ['session, checked anew', { work: 'session', token: session }],
    ['session at the gate, a playlist', { work: 'gate', token: session }],
    [
      'session at the gate, media',
      { work: 'gate', token: session, visitor: { ...visitor, asked: { ...asked, kind: 'media' }, purpose: 'go-on' } },
    ],
    ['JWT at the gate, checked before', { work: 'gate', token: mintJwt(es, claims) }],
    ['multivariant playlist written for one viewer', { work: 'carry', token: session }],
    [
      'the whole exchange: gate, session, playlist',
      { work: 'begin', token: renewable, visitor: { ...visitor, purpose: 'begin' } },
    ],
  ];
  for (const [name, task] of rows) {
    const each: number[] = [];
    await run(task, 500);
    for (let round = 0; round < rounds; round++) {
      const idleMs = await run({ ...task, work: 'nothing' });
      each.push((1_000 * ((await run(task)) - idleMs)) / times);
    }
    const medianUs = each.toSorted((a, b) => a - b)[rounds >> 1] ?? 0;
    process.stdout.write(`${name.padEnd(48)} ${medianUs.toFixed(1).padStart(7)} µs\n`);
  }
  await stop();
}

function publicOf({ kid, algorithm, secret: shared, publicJwk }: TestKey): Task['keys'][number] {
  const jwk = publicJwk === null ? null : (JSON.parse(publicJwk) as JsonWebKey);
  return { kid, algorithm, secret: shared?.toString('base64') ?? null, jwk };
}

async function sealedSession(): Promise<string> {
  const parsed = parseClaims({ ...claims, renew_until: expS }, 'headwater');
  const [key] = await accessKeys(secret);
  if ('fault' in parsed || !key) throw new Error('the bench has no session');
  return sealSession(beginSession(parsed, { kid: 'es', channel: null }, 'ss_1k3m5p7r9t0000000000', Date.now()), key);
}

await main();
