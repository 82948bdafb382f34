import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CodedPublisher, publishCodedPicture } from '../support/coded-publisher.ts';
import { type CountingProxy, startCountingProxy } from '../support/counting-proxy.ts';
import { followPlaylist } from '../support/hls-viewer.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

const viewersCount = 50;
const reloads = 15;

let proxy: CountingProxy;
let stack: TestStack;
let publisher: CodedPublisher;

beforeAll(async () => {
  proxy = await startCountingProxy();
  stack = await startTestStack({ originPublicUrl: proxy.url });
  proxy.target = stack.run.origin;
  publisher = publishCodedPicture({ url: stack.publishUrl });
  await stack.waitForState('live');
}, 60_000);

afterAll(async () => {
  await publisher?.stop();
  await stack?.stop();
  await proxy?.close();
}, 30_000);

it('fifty viewers on one PoP cause one origin request per object, and all get the same bytes', async () => {
  const { broadcast } = await stack.view();
  const playlist = `${stack.popUrl(1)}/b/${broadcast}/v240/index.m3u8`;
  const viewers = Array.from({ length: viewersCount }, () => followPlaylist(playlist, reloads));
  await Promise.all(viewers.map((viewer) => viewer.done));
  for (const viewer of viewers) {
    expect(viewer.failures).toEqual([]);
    expect(viewer.bodies.size).toBeGreaterThanOrEqual(reloads - 1);
    for (const [part, body] of viewer.bodies)
      expect(body === viewers[0]?.bodies.get(part) || !viewers[0]?.bodies.has(part)).toBe(true);
  }
  const counts = new Map<string, number>();
  for (const { target } of proxy.requests) counts.set(target, (counts.get(target) ?? 0) + 1);
  const duplicates = [...counts].filter(([target, count]) => count > 1 && /\.m4s$|_HLS_msn/.test(target));
  expect(duplicates).toEqual([]);
  const parts = [...counts.keys()].filter((target) => target.endsWith('.m4s'));
  expect(parts.length).toBeGreaterThanOrEqual(reloads - 1);
  expect(proxy.requests.length).toBeLessThan(3 * reloads + 10);
});
