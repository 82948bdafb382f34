import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundleWorker } from '../support/edge-workers.ts';
import { LiveStage } from '../support/live-stage.ts';
import { pollUntil } from '../support/poll.ts';

/** Rows 21, 22 and 34 of the fault matrix, and leaders that leave: parts of the edge go away while viewers play. */

let stage: LiveStage;

beforeEach(async () => {
  stage = await LiveStage.start();
  stage.origin.play();
}, 30_000);
afterEach(() => stage?.stop());

/** How often each object was asked of the origin, most often first. */
function objectCounts(): number[] {
  const counts = new Map<string, number>();
  for (const { target } of stage.proxy.requests) counts.set(target, (counts.get(target) ?? 0) + 1);
  return [...counts].flatMap(([target, count]) => (/\.(?:m4s|mp4)$/.test(target) ? [count] : [])).sort((a, b) => b - a);
}

test('workerd is killed and comes back: viewers go on where they were, with the same bytes', async () => {
  const { crowd, viewers } = stage.audience(24);
  await stage.reached(viewers, 2);
  await stage.edge.restart();
  await stage.reached(viewers, stage.origin.msn + 1);
  const lastMsn = stage.origin.msn + 1;
  await stage.finish(crowd, viewers, lastMsn);
  expect(crowd.faults).toEqual([]);
  expect(stage.holes(viewers, lastMsn)).toEqual([]);
  expect([...crowd.retried.keys()].filter((said) => /^\d/.test(said))).toEqual([]);
  expect(Math.max(...objectCounts())).toBeLessThanOrEqual(2);
});

test('a new version is deployed while it plays, PoP by PoP, and caches are emptied: the same bytes, few more requests', async () => {
  const { crowd, viewers } = stage.audience(24);
  await stage.reached(viewers, 2);
  const script = await bundleWorker('two');
  const stored = `${stage.folder}1.m4s`;
  // One PoP is ahead of the other and of the shields; then all are the same.
  for (const names of [['pop-fra'], ['pop-ams', 'shield']]) {
    await stage.edge.deploy(names, { script });
    for (const pop of ['fra', 'ams']) {
      await stage.edge.purgePopCache(pop);
      expect(await stage.edge.inPopCache(pop, stored)).toBe(false);
    }
    for (const pop of ['fra', 'ams']) await crowd.get({ popUrl: stage.edge.url(pop) }, stored);
    await stage.reached(viewers, stage.origin.msn + 1);
  }
  const lastMsn = stage.origin.msn + 1;
  await stage.finish(crowd, viewers, lastMsn);
  expect(stage.edge.logs).toContain('version two');
  expect(crowd.faults).toEqual([]);
  expect(stage.holes(viewers, lastMsn)).toEqual([]);
  expect([...crowd.retried.keys()].filter((said) => /^\d/.test(said))).toEqual([]);
  // What lies in no cache any more is asked for once more, by whichever PoP and viewer is first.
  expect(Math.max(...objectCounts())).toBeLessThanOrEqual(3);
});

test('a shield is thrown out of memory: no viewer misses anything, no playlist goes back', async () => {
  const { crowd, viewers } = stage.audience(24);
  await stage.reached(viewers, 2);
  await stage.edge.evictShield(stage.broadcast, stage.origin.rendition, 'weur');
  await stage.reached(viewers, stage.origin.msn + 1);
  const lastMsn = stage.origin.msn + 1;
  await stage.finish(crowd, viewers, lastMsn);
  expect(crowd.faults).toEqual([]);
  expect(stage.holes(viewers, lastMsn)).toEqual([]);
  // A local eviction leaves what the shield waits for unanswered until its own limit, which is a 504.
  expect([...crowd.retried.keys()].filter((said) => said !== '504')).toEqual([]);
  expect(Math.max(...objectCounts())).toBeLessThanOrEqual(2);
});

test('viewers who leave while they lead take nobody with them, and nothing waits for them', async () => {
  const { crowd, viewers } = stage.audience(24);
  await stage.reached(viewers, 2);
  const url = () => {
    const next = `${stage.origin.msn + 1}`;
    return `${stage.edge.url('fra')}${stage.folder}index.m3u8?_HLS_msn=${next}&_HLS_part=0`;
  };
  for (let leavers = 0; leavers < 40; leavers++) {
    const leaver = new AbortController();
    const left = fetch(url(), { signal: leaver.signal }).catch((error: Error) => error.name);
    await fetch(`${stage.edge.url('fra')}/healthz`);
    leaver.abort();
    await left;
  }
  await stage.reached(viewers, stage.origin.msn + 1);
  const lastMsn = stage.origin.msn + 1;
  await stage.finish(crowd, viewers, lastMsn);
  expect(crowd.faults).toEqual([]);
  expect([...crowd.retried]).toEqual([]);
  expect(stage.holes(viewers, lastMsn)).toEqual([]);
  expect(objectCounts()[0]).toBe(1);
  await pollUntil(() => stage.proxy.requests.every(({ endedAt }) => endedAt !== null), 'the end of all requests');
});
