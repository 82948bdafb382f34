import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPages } from '../support/built-pages.ts';
import { launchChromium } from '../support/chromium.ts';
import { ClipStage } from '../support/clip-stage.ts';
import { makeCodedBroadcast } from '../support/coded-broadcast.ts';
import { pollUntil } from '../support/poll.ts';
import { enterKeys, mintJwt, newTestKey } from '../support/token-mint.ts';

const anchorMs = Date.UTC(2026, 10, 21, 12);
const key = newTestKey('es', 'ES256');
let dir: string;
let stage: ClipStage;
let browser: Browser;
/** A site that shows our pages in frames: another one than the PoPs', which are at 127.0.0.1. */
let site: Server;
let over: { channel: string; broadcast: string };
let clip: string;

beforeAll(async () => {
  dir = await buildPages();
  const pops = [{ name: 'fra', continent: 'EU', country: 'DE' }];
  [stage, browser] = await Promise.all([ClipStage.start({ pops, pagesDir: dir }), launchChromium()]);
  over = await stage.keep(await makeCodedBroadcast([{ startS: 0, seconds: 12, firstFrame: 0 }], anchorMs));
  const { edge } = stage;
  await edge.sql("UPDATE channels SET title = 'Town hall' WHERE id = ?1", over.channel);
  await edge.sql('UPDATE broadcasts SET report = \'{"renditions":[{"height":180}]}\' WHERE id = ?1', over.broadcast);
  const range = { startMs: anchorMs + 3_000, endMs: anchorMs + 8_000 };
  clip = (await stage.person('POST', '/clips', { broadcast: over.broadcast, title: 'The vote', ...range })).json.id;
  await enterKeys(edge, [key]);
  site = createServer((request, response) => {
    const [, src = ''] = (request.url ?? '').split('?src=');
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html><iframe src="${decodeURIComponent(src)}" width="640" height="360"></iframe>`);
  });
  await new Promise<void>((resolve) => site.listen(0, 'localhost', resolve));
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await new Promise((resolve) => site.close(resolve));
  await stage?.stop();
  await rm(dir, { recursive: true, force: true });
});

const token = (more: Record<string, unknown> = {}) =>
  mintJwt(key, {
    ...{ aud: 'headwater', res: `channel:${over.channel}`, exp: Math.floor(Date.now() / 1_000) + 300 },
    ...more,
  });
const pop = () => new URL(stage.edge.url()).origin;

/** The site's page with one of ours in its frame. */
async function show(path: string): Promise<{ page: Page; frame: Frame; told: string[] }> {
  const page = await browser.newPage();
  const told: string[] = [];
  page.on('console', (message) => {
    // This replay has no poster, which need not be there.
    if (!message.location().url.endsWith('/poster.jpg')) told.push(message.text());
  });
  page.on('pageerror', (error) => told.push(String(error)));
  const { port } = site.address() as AddressInfo;
  await page.goto(`http://localhost:${port}/?src=${encodeURIComponent(pop() + path)}`);
  const frame = page.frames()[1];
  if (!frame) throw new Error('the page has no frame');
  return { page, frame, told };
}

async function waitFor(frame: Frame, state: string): Promise<void> {
  await frame.waitForFunction((wanted) => window.headwater?.state === wanted, state, { timeout: 20_000 });
}

const timeOf = (frame: Frame) => frame.locator('video').evaluate((video: HTMLVideoElement) => video.currentTime);

async function expectToPlay(frame: Frame): Promise<void> {
  await waitFor(frame, 'ready');
  const startS = await timeOf(frame);
  await pollUntil(async () => (await timeOf(frame)) > startS, 'a picture that moves');
}

test('a replay plays by itself and without sound in a frame of another site, fills it, and leads to its page', async () => {
  const { page, frame, told } = await show(`/embed/replay/${over.broadcast}?start=2026-11-21T12:00:04Z`);
  await expectToPlay(frame);
  expect(await frame.locator('video').evaluate((video: HTMLVideoElement) => video.muted)).toBe(true);
  expect(await timeOf(frame)).toBeGreaterThan(0);
  const box = await frame.locator('#stage').evaluate((element) => {
    const { width, height } = element.getBoundingClientRect();
    const { scrollWidth, scrollHeight } = document.documentElement;
    return [width, height, scrollWidth, scrollHeight];
  });
  expect(box).toEqual([640, 360, 640, 360]);
  expect(await frame.locator('#title').textContent()).toBe('Town hall');
  const out = frame.locator('#open-watch');
  expect(await out.getAttribute('href')).toBe(`/replay/${over.broadcast}?start=2026-11-21T12:00:04.000Z`);
  expect(await out.getAttribute('target')).toBe('_blank');
  await frame.locator('#unmute').click();
  expect(await frame.locator('video').evaluate((video: HTMLVideoElement) => video.muted)).toBe(false);
  expect(told).toEqual([]);
  await page.close();
});

test('a clip plays there from its first picture to its last', async () => {
  const { page, frame, told } = await show(`/embed/clip/${clip}`);
  await expectToPlay(frame);
  expect(await frame.locator('#title').textContent()).toBe('The vote');
  expect(await frame.locator('#open-watch').getAttribute('href')).toBe(`/clip/${clip}`);
  expect(await frame.locator('#position').textContent()).toMatch(/0:05/);
  expect(told).toEqual([]);
  await page.close();
});

test('what is signed plays with the token of its address, on the sites of the token', async () => {
  await stage.edge.sql("UPDATE channels SET visibility = 'signed' WHERE id = ?1", over.channel);
  const paths = [`/embed/replay/${over.broadcast}`, `/embed/clip/${clip}`];
  for (const path of paths) {
    const closed = await show(path);
    await waitFor(closed.frame, 'private');
    await closed.page.close();
    const link = token({ sites: ['localhost'] });
    const { page, frame } = await show(`${path}?engine=hls&token=${link}`);
    await expectToPlay(frame);
    expect(frame.url()).toBe(`${pop() + path}?engine=hls`);
    expect(await frame.locator('#open-watch').getAttribute('href')).toBe(`${path.replace('/embed', '')}#token=${link}`);
    await page.close();
  }
  const { page, told } = await show(`${paths[0]}?token=${token({ sites: ['blog.example.com'] })}`);
  await pollUntil(() => told.some((text) => text.includes('frame-ancestors')), 'the browser to refuse the frame');
  await page.close();
  await stage.edge.sql("UPDATE channels SET visibility = 'public' WHERE id = ?1", over.channel);
});

test('a channel for some sites plays in frames there, and its own pages say that this is not the place', async () => {
  const list = (sites: string | null) =>
    stage.edge.sql('UPDATE channels SET sites = ?2 WHERE id = ?1', over.channel, sites);
  await list('["localhost"]');
  const policyOf = async (path: string) =>
    (await fetch(pop() + path)).headers.get('content-security-policy')?.match(/frame-ancestors [^;,]*/g);
  const here = 'frame-ancestors https://localhost:* http://localhost:*';
  const there = 'frame-ancestors https://blog.example.com:* http://blog.example.com:*';
  const paths = [`/embed/replay/${over.broadcast}`, `/embed/clip/${clip}`, `/embed/${over.channel}`];
  for (const path of paths) {
    await pollUntil(async () => (await policyOf(path))?.join() === here, 'the list to be known');
    expect(await policyOf(`${path}?token=${token({ sites: ['blog.example.com'] })}`)).toEqual([there, here]);
  }
  for (const path of paths.slice(0, 2)) {
    const { page, frame } = await show(path);
    await expectToPlay(frame);
    await page.goto(pop() + path.replace('/embed', ''));
    await page.waitForFunction(() => window.headwater?.state === 'wrong-site');
    await page.close();
  }
  await list('["blog.example.com"]');
  await pollUntil(async () => (await policyOf(paths[0] ?? ''))?.join() === there, 'the other list to be known');
  const { page, frame, told } = await show(paths[0] ?? '');
  await pollUntil(() => told.some((text) => text.includes('frame-ancestors')), 'the browser to refuse the frame');
  expect(await frame.evaluate(() => 'headwater' in window)).toBe(false);
  await page.close();
  await list(null);
});

test.each(['/embed/replay/x', '/embed/clip/b_01jd5m3k8q2wxyz01234', '/embed/replay/', '/embed/live/news'])(
  'nothing is at %s',
  async (path) => expect((await fetch(pop() + path)).status).toBe(404),
);
