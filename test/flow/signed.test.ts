import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { paths } from '../../scripts/local/paths.ts';
import type { Secrets } from '../../scripts/local/secrets.ts';
import type {} from '../../web/src/player/window-api.ts';
import { type Canary, canariesOf, foundIn, sweepFolder, sweepProcesses } from '../support/canary-sweep.ts';
import { launchChromium } from '../support/chromium.ts';
import { publishCodedPicture } from '../support/coded-publisher.ts';
import { pollUntil } from '../support/poll.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let dataDir: string;
let stack: TestStack;
let browser: Browser;
let publisher: ReturnType<typeof publishCodedPicture>;
let broadcast: string;
/** What the links of this deployment are signed with. */
let signingSecret: string;
const faults: string[] = [];
/** Everything that the stack logged. */
const logged: string[] = [];
/** Tokens of links and sessions that were used. */
const used = new Set<string>();

/** A signed channel that is live. */
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'headwater-signed-'));
  stack = await startTestStack({ dataDir, log: (record) => logged.push(JSON.stringify(record)) });
  browser = await launchChromium();
  const made = await stack.api('POST', '/signing-keys', { algorithm: 'HS256' });
  signingSecret = ((await made.json()) as { secret: string }).secret;
  await stack.api('PATCH', `/channels/${stack.run.channel}`, { reconnectWindowMs: 500 });
  publisher = publishCodedPicture({ url: stack.publishUrl });
  broadcast = (await stack.waitForState('live')).broadcast ?? '';
  await stack.api('PATCH', `/channels/${stack.run.channel}`, { visibility: 'signed' });
  const isClosed = async (index: number) =>
    (await fetch(`${stack.popUrl(index)}/live/${stack.run.channel}/index.m3u8`)).status === 401;
  for (const index of [0, 1, 2]) await pollUntil(() => isClosed(index), `PoP ${index} to be closed`, 20_000);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await publisher?.stop();
  await stack?.stop();
  await rm(dataDir, { recursive: true, force: true });
}, 30_000);

interface Link {
  readonly id: string;
  readonly token: string;
  readonly urls: Readonly<Record<string, string>>;
}

async function makeLink(different: object): Promise<Link> {
  const response = await stack.api('POST', '/links', { channel: stack.run.channel, preset: '1h', ...different });
  expect(response.status).toBe(201);
  const link = (await response.json()) as Link;
  used.add(link.token);
  return link;
}

/** A page in a browser of its own, which shares nothing with others. */
async function openPage(pop: number, path: string): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) faults.push(message.text());
  });
  page.on('request', (request) => {
    const [, token] = /\/t\/([^/]+)\//.exec(request.url()) ?? [];
    if (token !== undefined) used.add(token);
  });
  await page.goto(stack.popUrl(pop) + path);
  return page;
}

const waitForState = (on: Page, state: string, timeout = 40_000) =>
  on.waitForFunction((wanted) => window.headwater?.state === wanted, state, { timeout });
const timeS = (on: Page) => on.evaluate(() => document.querySelector('video')?.currentTime ?? 0);

async function waitForPictures(on: Page): Promise<void> {
  const fromS = await timeS(on);
  await pollUntil(async () => (await timeS(on)) > fromS + 1, 'the picture to move', 40_000);
}

it('a revoked viewer stops within ten seconds and is told why, another one goes on', async () => {
  const [ann, bob] = await Promise.all(['ann', 'bob'].map((viewer) => makeLink({ viewer })));
  const [first, second] = await Promise.all([openPage(1, ann?.urls.watch ?? ''), openPage(2, bob?.urls.watch ?? '')]);
  await Promise.all([first, second].map((page) => waitForState(page, 'live')));
  await Promise.all([first, second].map(waitForPictures));
  expect(new URL(first.url()).hash).toBe('');

  const revokedMs = Date.now();
  expect((await stack.api('POST', '/revocations', { kind: 'viewer', value: 'ann' })).status).toBe(201);
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
  expect(faults).toEqual([]);
  await Promise.all([first, second].map((page) => page.context().close()));
}, 120_000);

/** What a page asked PoPs for: path and status, with `/t/…` as it is. */
function follow(page: Page): string[] {
  const asked: string[] = [];
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    asked.push(`${response.request().method()} ${pathname} ${response.status()}`);
  });
  return asked;
}

it('when the broadcast is over, the watch page leads to its replay, and access goes along', async () => {
  const { urls, token } = await makeLink({ viewer: 'carl' });
  const page = await openPage(0, urls.watch ?? '');
  await waitForState(page, 'live');
  await waitForPictures(page);
  await publisher.stop();
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
  expect(faults).toEqual([]);
  await page.context().close();
}, 150_000);

it('a link to the replay plays, with a file where it is for one, and without it the page stays closed', async () => {
  const { urls, id } = await makeLink({ broadcast, scopes: ['replay', 'download'] });
  expect(urls.watch).toContain(`/replay/${broadcast}#token=`);
  const closed = await openPage(1, `/replay/${broadcast}`);
  await waitForState(closed, 'private');
  expect(await closed.locator('#title').textContent()).toBe('Replay');
  for (const file of ['index.m3u8', 'index.mpd', 'poster.jpg', 'thumbs.vtt', 'v360/segments.json', 'download.mp4']) {
    expect([file, (await fetch(`${stack.popUrl(1)}/b/${broadcast}/${file}`)).status]).toEqual([file, 401]);
  }

  const open = await openPage(2, urls.watch ?? '');
  await waitForState(open, 'ready');
  await waitForPictures(open);
  const download = open.locator('#download');
  await download.waitFor();
  const file = await fetch(stack.popUrl(0) + (await download.getAttribute('href')), {
    headers: { range: 'bytes=4-7' },
  });
  expect([file.status, await file.text()]).toEqual([206, 'ftyp']);

  // Media that is in no buffer yet is what a revocation of a replay shows in.
  expect((await stack.api('DELETE', `/links/${id}`)).status).toBe(204);
  const isRevoked = async () => {
    const answer = await fetch(stack.popUrl(2) + (urls.hls ?? ''));
    return ((await answer.json().catch(() => ({}))) as { code?: string }).code === 'token_revoked';
  };
  await pollUntil(isRevoked, 'the revocation to be known', 10_000);
  await open.evaluate(() => dispatchEvent(new Event('online')));
  await waitForState(open, 'revoked');
  await Promise.all([closed, open].map((page) => page.context().close()));
}, 120_000);

it('a link to a clip plays that clip and nothing else', async () => {
  const made = await stack.api('POST', '/clips', { broadcast, lastS: 3 });
  const clip = (await made.json()) as { id: string; visibility: string; playback: { page: string; hls: string } };
  expect([made.status, clip.visibility]).toEqual([201, 'signed']);
  const closed = await openPage(1, clip.playback.page);
  await waitForState(closed, 'private');
  const { urls, token } = await makeLink({ channel: undefined, clip: clip.id });
  const open = await openPage(1, urls.watch ?? '');
  await waitForState(open, 'ready');
  await open.waitForFunction(() => (document.querySelector('video')?.played.length ?? 0) > 0);
  const refused = await fetch(`${stack.popUrl(1)}/t/${token}/b/${broadcast}/index.m3u8`);
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([403, 'wrong_resource']);
  expect(faults).toEqual([]);
  await Promise.all([closed, open].map((page) => page.context().close()));
}, 90_000);

/** What each secret is called, and its text. */
async function canaries(): Promise<readonly Canary[]> {
  const { wireKeys, accessKeys, apiToken } = JSON.parse(
    await readFile(join(dataDir, 'secrets.json'), 'utf8'),
  ) as Secrets;
  const { streamKey } = stack.run;
  const plain = { wireKeys, accessKeys, apiToken, streamKey, 'signing key': signingSecret };
  const secrets = Object.entries(plain).map(([name, text]) => ({ name, text: text.slice(text.indexOf(':') + 1) }));
  return [...secrets, ...[...used].flatMap((token) => canariesOf(token.slice(0, 3), token))];
}

it('after all that no token, key or secret is in a log, a process, a counter, the catalogue, a cache or the bundle', async () => {
  const all = await canaries();
  // Links, sessions and five secrets: all of them were used, on all PoPs.
  expect([...used].filter((token) => token.startsWith('s1.')).length).toBeGreaterThan(4);
  expect(all.length).toBeGreaterThan(20);
  expect(all.every(({ text }) => text.length >= 20)).toBe(true);
  const metrics = await Promise.all(
    [0, 1, 2].map(async (pop) => {
      const headers = { authorization: `Bearer ${stack.run.apiToken}` };
      const response = await fetch(`${stack.popUrl(pop)}/metrics`, { headers });
      expect(response.status).toBe(200);
      return response.text();
    }),
  );
  // Catalogue, caches, bucket and desks of the PoPs, and the origin's log and disk. What keeps secrets is for its owner only.
  const isKeeper = (name: string) => ['secrets.json', 'run.json', 'origin/config.json'].includes(name);
  const state = sweepFolder(dataDir, all, isKeeper);
  const bundle = sweepFolder(join(paths.root, 'dist'), all);
  // The test's own encoder is told the stream key as any encoder is.
  const processes = sweepProcesses(all.filter(({ name }) => name !== 'streamKey'));
  const log = [...logged, ...stack.originLog.map((line) => JSON.stringify(line))].join('\n');
  expect([
    ...state.found,
    ...bundle.found,
    ...processes.found,
    ...foundIn('a log', log, all),
    ...foundIn('metrics', metrics.join('\n'), all),
  ]).toEqual([]);
  // It looked where something is.
  expect(log).toContain(broadcast);
  expect([state.files > 20, bundle.files > 3, processes.processes > 3]).toEqual([true, true, true]);
  const inCatalogue = sweepFolder(
    dataDir,
    [
      { name: 'a link', text: 'ln_' },
      { name: 'a broadcast', text: broadcast },
    ],
    isKeeper,
  );
  expect(inCatalogue.found.some((place) => /sqlite.*: a link$/.test(place))).toBe(true);
}, 60_000);
