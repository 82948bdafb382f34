import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRateLimits } from '../../../scripts/local/rate-limits.ts';
import { type AccessStage, startAccessStage } from '../../support/access-stage.ts';
import { pollUntil } from '../../support/poll.ts';

let at: AccessStage;
const limits = readRateLimits(readFileSync(join(import.meta.dirname, '../../../wrangler.toml'), 'utf8'));

beforeAll(async () => {
  at = await startAccessStage({ pops: ['fra', 'nyc'].map((name) => ({ name, continent: 'EU' })) });
}, 60_000);
afterAll(() => at?.stage.stop());

/** 200, or status and code of the refusal. */
async function ask(path: string, { pop = 'fra', address }: { readonly pop?: string; readonly address?: string } = {}) {
  const reply = await at.get(path, { pop, headers: address === undefined ? {} : { 'cf-connecting-ip': address } });
  if (reply.status === 200) return 200;
  return `${reply.status} ${(JSON.parse(reply.text) as { code: string }).code}`;
}

const beginning = (token: string) => `/t/${token}/live/${at.channel}/index.m3u8`;
const playlist = (token: string) => `/t/${token}/b/${at.broadcast}/v720/index.m3u8`;
const nowS = () => Math.floor(Date.now() / 1_000);
/** The limiters count by the minute of the clock. */
const minuteWithTimeLeft = (leftMs = 20_000) =>
  pollUntil(() => Date.now() % 60_000 < 60_000 - leftMs, 'a minute with time left', 25_000);

/** The session that a screen plays with, begun with a link in the path. */
async function screen(token: string, pop: string): Promise<string> {
  const { status, text } = await at.get(beginning(token), { pop });
  return /\/t\/(s1\.[^/]+)\//.exec(text)?.[1] ?? `${status} ${(JSON.parse(text) as { code: string }).code}`;
}

test('a third screen is refused, and the two go on', async () => {
  const link = at.token({ sub: 'ann', max_streams: 2 });
  const [first, second] = [await screen(link, 'fra'), await screen(link, 'nyc')];
  const third = await at.get(beginning(link));
  expect([third.status, JSON.parse(third.text).code]).toEqual([429, 'too_many_streams']);
  expect(Number(third.headers['retry-after'])).toBeGreaterThan(0);
  for (const session of [first, second]) {
    for (const pop of ['fra', 'nyc']) expect(await ask(playlist(session), { pop })).toBe(200);
  }
});

test('a third screen ends the first where the link says so', async () => {
  const link = at.token({ sub: 'bob', max_streams: 2, when_full: 'end-oldest' });
  const screens = [await screen(link, 'fra'), await screen(link, 'fra'), await screen(link, 'fra')];
  const answers = await Promise.all(screens.map((session) => ask(playlist(session), { pop: 'nyc' })));
  expect(answers).toEqual(['429 too_many_streams', 200, 200]);
});

test('who guesses tokens is told nothing after a minute’s worth of them, and whoever has one plays on', async () => {
  const { limit } = limits.REFUSED_RATE ?? { limit: 0 };
  await minuteWithTimeLeft();
  const guesses = Array.from({ length: limit + 10 }, (_, i) => playlist(`guess-${i}`));
  const answers: unknown[] = [];
  for (const path of guesses) answers.push(await ask(path, { address: '192.0.2.1' }));
  expect(answers.filter((answer) => answer === '401 token_invalid')).toHaveLength(limit);
  expect(answers.slice(limit)).toEqual(Array(10).fill('429 too_many_requests'));
  expect(await ask(playlist(at.token()), { address: '192.0.2.1' })).toBe(200);
  expect(await ask(playlist('guess'), { address: '192.0.2.2' })).toBe('401 token_invalid');
}, 60_000);

test('an address that begins a flood of sessions waits; sessions that have begun and its neighbours do not', async () => {
  const { limit } = limits.SESSION_RATE ?? { limit: 0 };
  const link = at.token({ jti: 'ln_flood', renew_until: nowS() + 600 });
  const session = await screen(link, 'fra');
  await minuteWithTimeLeft();
  const answers: unknown[] = [];
  const lane = async () => {
    while (answers.length < limit + 20) answers.push(await ask(beginning(link), { address: '192.0.2.3' }));
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  expect(answers.filter((answer) => answer === 200)).toHaveLength(limit);
  expect(answers.at(-1)).toBe('429 too_many_requests');
  expect(await ask(playlist(at.token({ sub: 'direct' })), { address: '192.0.2.3' })).toBe('429 too_many_requests');
  expect(await ask(playlist(session), { address: '192.0.2.3' })).toBe(200);
  expect(await ask(beginning(link), { address: '192.0.2.4' })).toBe(200);
  expect(await ask(beginning(link), { pop: 'nyc', address: '192.0.2.3' })).toBe(200);
}, 60_000);

test('a player with a token that is never exchanged may ask as often as players do', async () => {
  const { limit } = limits.SESSION_RATE ?? { limit: 0 };
  const token = at.token({ jti: 'ln_one' });
  let left = limit + 50;
  const wrong: unknown[] = [];
  const lane = async () => {
    while (left-- > 0) {
      const answer = await ask(playlist(token), { address: '192.0.2.5' });
      if (answer !== 200) wrong.push(answer);
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  expect(wrong).toEqual([]);
});

test('publishers that keep coming with wrong keys are told to wait, as in a deployment; every limiter is bound', async () => {
  expect(Object.keys(limits)).toEqual(['SESSION_RATE', 'TOKEN_RATE', 'REFUSED_RATE', 'API_RATE', 'KEY_RATE']);
  const { limit } = limits.KEY_RATE ?? { limit: 0 };
  await minuteWithTimeLeft(10_000);
  const codes: unknown[] = [];
  for (let i = 0; i <= limit; i++) codes.push(await at.stage.edge.publish(`sk_wrong_${i}`));
  expect(codes.slice(0, limit)).toEqual(Array(limit).fill(expect.objectContaining({ code: 'unknown_key' })));
  expect(codes.at(-1)).toMatchObject({ accepted: false, code: 'too_many_wrong_keys' });
}, 60_000);
