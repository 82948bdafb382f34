import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { noDirectives } from '#shared/hls/directives.ts';
import type { TierRequest } from '../../../workers/cache/answer.ts';
import { askShield, type ShieldAnswer } from '../../../workers/shield/client.ts';

type Shields = Parameters<typeof askShield>[0];

const broadcast = 'b_00000000000000000000';
const segment: TierRequest = {
  route: { kind: 'segment', broadcast, rendition: 'v720', msn: 12 },
  path: `/b/${broadcast}/v720/12.m4s`,
  directives: noDirectives,
};
const answer: ShieldAnswer = {
  status: 200,
  body: new ArrayBuffer(1),
  stream: null,
  state: null,
  from: 'origin',
  ageMs: 3_000,
  counts: null,
};

const noWait = () => {};

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A namespace whose objects do what `turns` say, one per call; it notes which object was asked. */
function shieldsThat(...turns: (ShieldAnswer | Error)[]) {
  const asked: string[] = [];
  const get = (name: string, options: { locationHint: string }) => ({
    answer: async () => {
      asked.push(`${name} near ${options.locationHint}`);
      const turn = turns.shift();
      if (!turn || turn instanceof Error) throw turn;
      return turn;
    },
  });
  return { asked, shields: { idFromName: (name: string) => name, get } as unknown as Shields };
}

test('one object per broadcast, rendition and region; its age survives the way', async () => {
  const { asked, shields } = shieldsThat(answer, answer);
  const got = await askShield(shields, 'weur', segment, noWait);
  expect(Date.now() - got.bornMs).toBeGreaterThanOrEqual(3_000);
  await askShield(shields, 'enam', { ...segment, route: { kind: 'mpd', broadcast } }, noWait);
  expect(asked).toEqual([`${broadcast}/v720/weur near weur`, `${broadcast}/manifest/enam near enam`]);
});

test('a shield that was moved is asked once more', async () => {
  const moved = Object.assign(new Error('moved'), { retryable: true });
  const once = shieldsThat(moved, answer);
  expect((await askShield(once.shields, 'weur', segment, noWait)).status).toBe(200);
  const twice = shieldsThat(moved, moved, answer);
  expect((await askShield(twice.shields, 'weur', segment, noWait)).status).toBe(502);
  expect(twice.asked.length).toBe(2);
});

test('an overloaded shield is left alone', async () => {
  const overloaded = Object.assign(new Error('overloaded'), { retryable: true, overloaded: true });
  const { asked, shields } = shieldsThat(overloaded, answer);
  expect((await askShield(shields, 'weur', segment, noWait)).status).toBe(503);
  expect(asked.length).toBe(1);
});
