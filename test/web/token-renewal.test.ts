import { expect, test } from 'vitest';
import { createTokenRenewal } from '../../web/src/player/token-renewal.ts';

/** A minter that counts, and a clock that the test moves. */
function setUp(lifeMs: number) {
  let nowMs = 0;
  let minted = 0;
  let isAway = false;
  const fetchToken = async () => {
    minted++;
    if (isAway) throw new Error('away');
    return { token: `t${minted}`, lifeMs };
  };
  const renewal = createTokenRenewal({ token: 't0', lifeMs }, fetchToken, () => nowMs);
  const at = (timeMs: number, path = '/t/t0/b/x/1.m4s') => {
    nowMs = timeMs;
    return renewal.freshUrl(`https://pop.example${path}`);
  };
  const setAway = (away: boolean) => {
    isAway = away;
  };
  return { at, minted: () => minted, setAway };
}

test('swaps the token ten seconds before it ends, whatever the URL has', async () => {
  const { at, minted } = setUp(30_000);
  expect(await at(19_999)).toBe('https://pop.example/t/t0/b/x/1.m4s');
  expect(await at(20_000)).toBe('https://pop.example/t/t1/b/x/1.m4s');
  expect(await at(39_999, '/t/old/b/x/2.m4s?_HLS_msn=3')).toBe('https://pop.example/t/t1/b/x/2.m4s?_HLS_msn=3');
  expect(await at(40_000)).toBe('https://pop.example/t/t2/b/x/1.m4s');
  expect(minted()).toBe(2);
});

test('asks once for requests at the same time', async () => {
  const { at, minted } = setUp(30_000);
  const urls = await Promise.all([at(25_000), at(25_000), at(25_000)]);
  expect(new Set(urls).size).toBe(1);
  expect(minted()).toBe(1);
});

test('a short token lives half of its life', async () => {
  const { at } = setUp(6_000);
  expect(await at(2_999)).toContain('/t/t0/');
  expect(await at(3_000)).toContain('/t/t1/');
});

test('goes on with the old one while there is no new one, and asks again a second later', async () => {
  const { at, minted, setAway } = setUp(30_000);
  setAway(true);
  expect(await at(20_000)).toContain('/t/t0/');
  expect(await at(20_999)).toContain('/t/t0/');
  expect(minted()).toBe(1);
  setAway(false);
  expect(await at(21_000)).toContain('/t/t2/');
});

test('leaves alone what has no token, and one for ever', async () => {
  const { at, minted } = setUp(Number.POSITIVE_INFINITY);
  expect(await at(1e12, '/b/x/1.m4s')).toBe('https://pop.example/b/x/1.m4s');
  expect(await at(1e12, '/live/t/index.m3u8')).toBe('https://pop.example/live/t/index.m3u8');
  expect(minted()).toBe(0);
});
