import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CountedRequest, seededFault } from '../support/counting-proxy.ts';
import { LiveStage } from '../support/live-stage.ts';
import { pollUntil } from '../support/poll.ts';

/** Rows 28, 29 and 33 of the fault matrix: what viewers and the origin see while the way between them is ill. */

let stage: LiveStage;

beforeEach(async () => {
  stage = await LiveStage.start();
}, 30_000);
afterEach(() => stage?.stop());

const isObject = ({ target }: CountedRequest) => /\.(?:m4s|mp4)$|_HLS_msn/.test(target);

test.each([
  ['is answered with 500', 'error'],
  ['loses its connection', 'reset'],
  ['gets half a body', 'cut'],
] as const)(
  'three of ten requests: each %s; viewers miss nothing, and nothing is asked for again once it is there',
  async (_, fault) => {
    stage.proxy.fault = seededFault(fault, 0.3, 7);
    stage.origin.play();
    const { crowd, viewers } = stage.audience(24);
    await stage.reached(viewers, 3);
    const lastMsn = stage.origin.msn + 2;
    await stage.finish(crowd, viewers, lastMsn);
    expect(crowd.faults).toEqual([]);
    expect(stage.holes(viewers, lastMsn)).toEqual([]);
    const asked = stage.proxy.requests.filter(isObject);
    expect(asked.filter((request) => request.fault !== 'none').length).toBeGreaterThan(5);
    // Which tries fail is fixed for each target, so that its number of requests is too: up to the first that goes well.
    const afterSuccess = asked.filter(({ target, repeat }) =>
      asked.some((other) => other.target === target && other.repeat < repeat && other.fault === 'none'),
    );
    expect(afterSuccess.map(({ target }) => target)).toEqual([]);
  },
);

test('three seconds without the origin: few requests reach for it, viewers keep what there is and then go on', async () => {
  stage.origin.play(200);
  const { crowd, viewers } = stage.audience(24);
  await stage.reached(viewers, 2);
  const before = stage.proxy.requests.length;
  const awayMs = performance.now();
  stage.proxy.fault = () => 'reset';
  await pollUntil(() => performance.now() - awayMs > 3_000, 'three seconds');
  stage.proxy.fault = () => 'none';
  const heldBack = stage.proxy.requests.slice(before).length;
  const secondsAway = (performance.now() - awayMs) / 1_000;
  const backAt = stage.origin.msn;
  const backMs = performance.now();
  await stage.reached(viewers, backAt + 1);
  const resumedMs = performance.now() - backMs;
  const lastMsn = stage.origin.msn + 1;
  await stage.finish(crowd, viewers, lastMsn);
  expect(crowd.faults).toEqual([]);
  expect(stage.holes(viewers, lastMsn)).toEqual([]);
  expect(heldBack).toBeLessThan(12 + 4 * secondsAway);
  expect(resumedMs).toBeLessThan(10_000);
});

test('requests that are never answered cost a bounded wait, and do not hold what comes after them', async () => {
  stage.origin.play(200);
  const { crowd, viewers } = stage.audience(24);
  await stage.reached(viewers, 2);
  const hungFrom = stage.proxy.requests.length;
  const hungMs = performance.now();
  stage.proxy.fault = () => 'hang';
  await pollUntil(() => performance.now() - hungMs > 1_000, 'a second');
  stage.proxy.fault = () => 'none';
  expect(stage.proxy.requests.slice(hungFrom).some(({ fault }) => fault === 'hang')).toBe(true);
  const backMs = performance.now();
  await stage.reached(viewers, stage.origin.msn + 1);
  const resumedMs = performance.now() - backMs;
  expect(resumedMs).toBeLessThan(10_000);
  stage.lastMsn = stage.origin.msn;
  await Promise.all(viewers.map(({ done }) => done));
  crowd.close();
});
