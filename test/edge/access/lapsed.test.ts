import { afterAll, beforeAll, expect, test } from 'vitest';
import { tokenLimits } from '#shared/limits/access.ts';
import { accessKeys } from '../../../workers/access/access-keys.ts';
import { beginSession, sealSession } from '../../../workers/access/session.ts';
import { parseClaims } from '../../../workers/token/claims.ts';
import { type AccessStage, fillOrigin, startAccessStage } from '../../support/access-stage.ts';
import { testSecrets } from '../../support/edge.ts';
import { pollUntil } from '../../support/poll.ts';

const { leaseMsDefault: leaseMs, mediaGraceMs } = tokenLimits;
let at: AccessStage;

beforeAll(async () => {
  const pops = ['fra', 'nyc'].map((name) => ({ name, continent: 'EU' }));
  at = await startAccessStage({ pops });
}, 60_000);
afterAll(() => at?.stage.stop());

let made = 0;

/** A session for hours that began so long ago. */
async function sessionOf(agoMs: number, channel = at.channel): Promise<string> {
  const nowS = Math.floor(Date.now() / 1_000);
  const claims = parseClaims(at.claims({ res: `channel:${channel}`, renew_until: nowS + 7_200 }), 'headwater');
  const [key] = await accessKeys(testSecrets.ACCESS_KEYS);
  if ('fault' in claims || !key) throw new Error('there is no session');
  const session = beginSession(claims, { kid: 'es', channel: null }, `ss_lapse${made++}`, Date.now() - agoMs);
  return sealSession(session, key);
}

/** 200, or the code of the refusal. */
async function ask(session: string, file: string, pop: string, broadcast = at.broadcast) {
  const { status, text } = await at.get(`/t/${session}/b/${broadcast}/v720/${file}`, { pop });
  return status === 200 ? 200 : (JSON.parse(text) as { code: string }).code;
}

const playlist = (session: string, pop: string, broadcast?: string) => ask(session, 'index.m3u8', pop, broadcast);
const media = (session: string, pop: string, broadcast?: string) => ask(session, '12.m4s', pop, broadcast);

test('a session that nobody played for as long as its lease opens no playlist, and media a little longer', async () => {
  const both = async (session: string, pop = 'fra') => [await playlist(session, pop), await media(session, pop)];
  expect(await both(await sessionOf(leaseMs - 30_000))).toEqual([200, 200]);
  expect(await both(await sessionOf(leaseMs + 1_000))).toEqual(['token_expired', 200]);
  const over = await sessionOf(leaseMs + mediaGraceMs + 1_000);
  for (const pop of ['fra', 'nyc']) expect(await both(over, pop)).toEqual(['token_expired', 'token_expired']);
  const { text } = await at.get(`/t/${over}/live/${at.channel}/index.mpd`);
  expect(JSON.parse(text).detail).toContain('was not used for too long');
});

test('a playlist at one PoP keeps a session at all of them; media keeps that of what is over, but not of what is live', async () => {
  const past = await at.stage.edge.addBroadcast('signed');
  fillOrigin(at.stage, past.broadcast);
  const ended = "UPDATE broadcasts SET state = 'ended', ended_ms = ?1 WHERE id = ?2";
  await at.stage.edge.sql(ended, Date.now(), past.broadcast);
  // Their first leases end while the test runs.
  const soonMs = leaseMs - 5_000;
  const beganMs = Date.now();
  const [watched, counted, replayed] = [
    await sessionOf(soonMs),
    await sessionOf(soonMs),
    await sessionOf(soonMs, past.channel),
  ];
  expect(await playlist(watched, 'fra')).toBe(200);
  expect(await media(counted, 'fra')).toBe(200);
  expect(await media(replayed, 'fra', past.broadcast)).toBe(200);
  await pollUntil(() => Date.now() > beganMs + 6_000, 'the end of the first leases', 20_000);
  for (const pop of ['nyc', 'fra'])
    expect([await playlist(watched, pop), await media(watched, pop)]).toEqual([200, 200]);
  for (const pop of ['nyc', 'fra']) expect(await playlist(counted, pop)).toBe('token_expired');
  expect(await playlist(replayed, 'nyc', past.broadcast)).toBe(200);
});
