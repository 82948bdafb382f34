import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { paths } from '../../scripts/local/paths.ts';
import { CanaryIndex } from '../support/canary-index.ts';
import { foundIn, sweepFolder } from '../support/canary-sweep.ts';
import { pollUntil } from '../support/poll.ts';
import { wordsOfChildren } from '../support/process-words.ts';
import { follow, SignedStage, waitForPictures, waitForState } from '../support/signed-stage.ts';
import { standstillMs, timeS, watchStandstill } from '../support/standstill.ts';

const lifeS = 30;
/** Three lives of a token, each with the leeway behind it. */
const eveningS = 3 * (lifeS + 5) + 1;

let at: SignedStage;
let broadcast: string;
let evening: { readonly pages: readonly Page[]; readonly asked: readonly string[][]; readonly beganMs: number };

/** A signed channel that is live, and two viewers with links of thirty seconds who watch beside all the others. */
beforeAll(async () => {
  at = await SignedStage.start({ SESSION_LEASE_S: String(lifeS) });
  ({ broadcast } = at);
  const beganMs = Date.now();
  const term = { expiresMs: beganMs + 1_000 * lifeS, renewUntilMs: beganMs + 3_600_000 };
  const pages = await Promise.all(
    ['', '?engine=dash'].map(async (query, pop) => {
      const { urls } = await at.makeLink({ viewer: `evening-${pop}`, ...term });
      return at.openPage(pop, urls.watch?.replace('#', `${query}#`) ?? '');
    }),
  );
  const asked = pages.map(follow);
  await Promise.all(pages.map(watchStandstill));
  evening = { pages, asked, beganMs };
}, 150_000);

afterAll(() => at?.stop(), 30_000);

it('a revoked viewer stops within ten seconds and is told why, another one goes on', async () => {
  // Good for one use: a page with a player and a list of replays is one.
  const [ann, bob] = await Promise.all(['ann', 'bob'].map((viewer) => at.makeLink({ viewer, uses: 1 })));
  const [first, second] = await Promise.all([
    at.openPage(1, ann?.urls.watch ?? ''),
    at.openPage(2, bob?.urls.watch ?? ''),
  ]);
  await Promise.all([first, second].map((page) => waitForState(page, 'live')));
  await Promise.all([first, second].map(waitForPictures));
  expect(new URL(first.url()).hash).toBe('');

  const revokedMs = Date.now();
  expect((await at.stack.api('POST', '/revocations', { kind: 'viewer', value: 'ann' })).status).toBe(201);
  await waitForState(first, 'revoked', 10_000);
  expect(Date.now() - revokedMs).toBeLessThan(10_000);
  await first.getByRole('heading', { name: 'You can no longer watch this' }).waitFor();
  // No picture, and none in a buffer that could be played on.
  expect(await first.evaluate(() => [window.headwater.engine, document.querySelector('video')?.readyState])).toEqual([
    null,
    0,
  ]);

  await waitForPictures(second);
  expect(await second.evaluate(() => [window.headwater.state, window.headwater.errors])).toEqual(['live', []]);
  expect(at.faults).toEqual([]);
  await Promise.all([first, second].map((page) => page.context().close()));
}, 120_000);

it('a link that ends mid-play is told in words, and nobody is asked again and again', async () => {
  const { urls } = await at.makeLink({ viewer: 'dora', expiresMs: Date.now() + 25_000 });
  const page = await at.openPage(2, urls.watch ?? '');
  const asked = follow(page);
  await waitForPictures(page);
  await waitForState(page, 'expired', 60_000);
  await page.getByRole('heading', { name: 'Your link has ended' }).waitFor();
  expect(await page.evaluate(() => [window.headwater.engine, document.querySelector('video')?.readyState])).toEqual([
    null,
    0,
  ]);
  // The picture was there until the end, and who is refused then is not asked for any more.
  expect(asked.filter((line) => /\.m4s 200$/.test(line)).length).toBeGreaterThan(0);
  const refused = () => asked.filter((line) => line.endsWith(' 401')).length;
  const told = refused();
  expect(told).toBeLessThanOrEqual(6);
  const other = evening.pages[0] as Page;
  const fromS = await timeS(other);
  await pollUntil(async () => (await timeS(other)) > fromS + 5, 'five seconds of somebody else', 30_000);
  expect(refused()).toBe(told);
  await page.context().close();
}, 90_000);

it('hls.js and dash.js play on from links of thirty seconds, across three of their lives and of the lease', async () => {
  const { pages, asked, beganMs } = evening;
  await pollUntil(() => Date.now() > beganMs + 1_000 * eveningS, 'three lives of a link', 1_000 * eveningS);
  await Promise.all(pages.map(waitForPictures));
  for (const [index, page] of pages.entries()) {
    expect(await page.evaluate(() => [window.headwater.state, window.headwater.errors])).toEqual(['live', []]);
    // Whatever a lease could do is a refusal, which is looked for below; this is what players on a busy machine need.
    expect(await standstillMs(page)).toBeLessThan(8_000);
    expect(asked[index]?.filter((line) => !/ (?:2\d\d|304)$/.test(line))).toEqual([]);
    // One session for all of it.
    const sessions = new Set(asked[index]?.flatMap((line) => /\/t\/([^/]+)\//.exec(line)?.[1] ?? []));
    expect(sessions.size).toBe(1);
    expect(await timeS(page)).toBeGreaterThan(0.8 * eveningS);
  }
  await Promise.all(pages.map((page) => page.context().close()));
}, 150_000);

it('when the broadcast is over, the watch page leads to its replay, and access goes along', async () => {
  const { urls, token } = await at.makeLink({ viewer: 'carl' });
  const page = await at.openPage(0, urls.watch ?? '');
  await waitForState(page, 'live');
  await waitForPictures(page);
  await at.publisher.stop();
  await waitForState(page, 'ended');
  const card = page.locator('#replay-cards a');
  await card.waitFor({ timeout: 40_000 });
  const asked = follow(page);
  await card.click();
  await page.waitForURL(`**/replay/${broadcast}`);
  await waitForState(page, 'ready');
  await waitForPictures(page);
  // Everything of the broadcast is asked for with a session, never with the link's own token.
  const media = asked.filter((line) => line.includes(`/b/${broadcast}/`));
  expect(media.filter((line) => !/^(?:GET|HEAD) \/t\/s1\./.test(line))).toEqual([]);
  for (const file of ['poster.jpg', 'thumbs.vtt']) {
    expect(media.filter((line) => line.endsWith(`/b/${broadcast}/${file} 200`)).length, file).toBeGreaterThan(0);
  }
  expect(asked.filter((line) => line.includes(token))).toEqual([]);
  // Without the scope there is no file.
  expect(media.filter((line) => line.startsWith('HEAD ') && line.endsWith('/download.mp4 403')).length).toBe(1);
  expect(await page.locator('#download').isVisible()).toBe(false);
  expect(at.faults).toEqual([]);
  await page.context().close();
}, 150_000);

it('a link to the replay plays, with a file where it is for one, and without it the page stays closed', async () => {
  const { urls, id } = await at.makeLink({ broadcast, scopes: ['replay', 'download'] });
  expect(urls.watch).toContain(`/replay/${broadcast}#token=`);
  const closed = await at.openPage(1, `/replay/${broadcast}`);
  await waitForState(closed, 'private');
  expect(await closed.locator('#title').textContent()).toBe('Replay');
  for (const file of ['index.m3u8', 'index.mpd', 'poster.jpg', 'thumbs.vtt', 'v360/segments.json', 'download.mp4']) {
    expect([file, (await fetch(`${at.stack.popUrl(1)}/b/${broadcast}/${file}`)).status]).toEqual([file, 401]);
  }

  const open = await at.openPage(2, urls.watch ?? '');
  await waitForState(open, 'ready');
  await waitForPictures(open);
  const download = open.locator('#download');
  await download.waitFor();
  const file = await fetch(at.stack.popUrl(0) + (await download.getAttribute('href')), {
    headers: { range: 'bytes=4-7' },
  });
  expect([file.status, await file.text()]).toEqual([206, 'ftyp']);

  // Media that is in no buffer yet is what a revocation of a replay shows in.
  expect((await at.stack.api('DELETE', `/links/${id}`)).status).toBe(204);
  const isRevoked = async () => {
    const answer = await fetch(at.stack.popUrl(2) + (urls.hls ?? ''));
    return ((await answer.json().catch(() => ({}))) as { code?: string }).code === 'token_revoked';
  };
  await pollUntil(isRevoked, 'the revocation to be known', 10_000);
  await open.evaluate(() => dispatchEvent(new Event('online')));
  await waitForState(open, 'revoked');
  await Promise.all([closed, open].map((page) => page.context().close()));
}, 120_000);

it('a link to a clip plays that clip and nothing else', async () => {
  const made = await at.stack.api('POST', '/clips', { broadcast, lastS: 3 });
  const clip = (await made.json()) as { id: string; visibility: string; playback: { page: string; hls: string } };
  expect([made.status, clip.visibility]).toEqual([201, 'signed']);
  const closed = await at.openPage(1, clip.playback.page);
  await waitForState(closed, 'private');
  const { urls, token } = await at.makeLink({ channel: undefined, clip: clip.id });
  const open = await at.openPage(1, urls.watch ?? '');
  await waitForState(open, 'ready');
  await open.waitForFunction(() => (document.querySelector('video')?.played.length ?? 0) > 0);
  const refused = await fetch(`${at.stack.popUrl(1)}/t/${token}/b/${broadcast}/index.m3u8`);
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([403, 'wrong_resource']);
  expect(at.faults).toEqual([]);
  await Promise.all([closed, open].map((page) => page.context().close()));
}, 90_000);

it('after all that no token, key or secret is in a log, a process, a counter, the catalogue, a cache or the bundle', async () => {
  const all = await at.canaries();
  // Links, sessions and five secrets: all of them were used, on all PoPs.
  expect([...at.used].filter((token) => token.startsWith('s1.')).length).toBeGreaterThan(4);
  expect(all.length).toBeGreaterThan(20);
  expect(all.every(({ text }) => text.length >= 20)).toBe(true);
  const metrics = await Promise.all(
    [0, 1, 2].map(async (pop) => {
      const headers = { authorization: `Bearer ${at.stack.run.apiToken}` };
      const response = await fetch(`${at.stack.popUrl(pop)}/metrics`, { headers });
      expect(response.status).toBe(200);
      return response.text();
    }),
  );
  // Catalogue, caches, bucket and desks of the PoPs, and the origin's log and disk. What keeps secrets is for its owner only.
  const isKeeper = (name: string) => ['secrets.json', 'run.json', 'origin/config.json'].includes(name);
  const index = new CanaryIndex(all);
  const state = sweepFolder(at.dataDir, index, isKeeper);
  const bundle = sweepFolder(join(paths.root, 'dist'), index);
  // The test's own encoder is told the stream key as any encoder is.
  const others = new CanaryIndex(all.filter(({ name }) => name !== 'streamKey'));
  const processes = wordsOfChildren(process.pid);
  const inProcesses = processes.flatMap((words) => foundIn('a process', JSON.stringify(words), others));
  const log = [...at.logged, ...at.stack.originLog.map((line) => JSON.stringify(line))].join('\n');
  expect([
    ...state.found,
    ...bundle.found,
    ...inProcesses,
    ...foundIn('a log', log, index),
    ...foundIn('metrics', metrics.join('\n'), index),
  ]).toEqual([]);
  // It looked where something is.
  expect(log).toContain(broadcast);
  expect([state.files > 20, bundle.files > 3, processes.length > 3]).toEqual([true, true, true]);
  const known = new CanaryIndex([{ name: 'the broadcast', text: broadcast }]);
  const inCatalogue = sweepFolder(at.dataDir, known, isKeeper);
  expect(inCatalogue.found.some((place) => /sqlite.*: the broadcast$/.test(place))).toBe(true);
}, 60_000);
