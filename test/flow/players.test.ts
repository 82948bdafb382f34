import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {} from '../../web/src/player/window-api.ts';
import { launchChromium } from '../support/chromium.ts';
import { checkFrames, seeFrames } from '../support/coded-frames.ts';
import { type CodedPublisher, publishCodedPicture } from '../support/coded-publisher.ts';
import { type PlayersPage, startPlayersPage } from '../support/players-page.ts';
import { pollUntil } from '../support/poll.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { takeFrames } from '../support/video-probe.ts';

let stack: TestStack;
let publisher: CodedPublisher;
let browser: Browser;
let players: PlayersPage;

beforeAll(async () => {
  stack = await startTestStack();
  publisher = publishCodedPicture({ url: stack.publishUrl });
  browser = await launchChromium();
  players = await startPlayersPage();
  await stack.waitForState('live');
}, 90_000);

afterAll(async () => {
  await browser?.close();
  await players?.close();
  await publisher?.stop();
  await stack?.stop();
}, 30_000);

describe('a stream published over RTMP plays through a PoP', () => {
  it.each([
    ['hls.js', 0, ''],
    ['dash.js', 1, '?engine=dash'],
  ])('with %s on the watch page', async (_, pop, query) => {
    const page = await browser.newPage();
    await page.goto(stack.popUrl(pop) + stack.run.watch + query);
    const frames = await seeFrames(page, 60);
    checkFrames(frames);
    expect(await page.evaluate(() => window.headwater.errors)).toEqual([]);
    await page.close();
  });

  it.each([
    ['low-latency HLS', 'hls'],
    ['DASH', 'dash'],
  ] as const)('with Shaka and %s', async (_, kind) => {
    const page = await browser.newPage();
    await page.goto(players.url('shaka', stack.popUrl(2) + stack.run[kind]));
    checkFrames(await seeFrames(page, 60));
    expect(await page.evaluate(() => (globalThis as unknown as { playerErrors: string[] }).playerErrors)).toEqual([]);
    await page.close();
  });
});

describe('going back', () => {
  it.each([
    ['hls.js', ''],
    ['dash.js', '?engine=dash'],
  ])('%s plays from the beginning of the window, out of the store, and finds the live edge again', async (_, query) => {
    const page = await browser.newPage();
    await page.goto(stack.popUrl(2) + stack.run.watch + query);
    await seeFrames(page, 10);
    // So far back that the live edge is somewhere else.
    const windowS = () => page.evaluate(() => document.querySelector('video')?.seekable.end(0) ?? 0);
    await pollUntil(async () => (await windowS()) > 30, 'a window of half a minute', 60_000);
    const startS = await page.evaluate(() => {
      const video = document.querySelector('video') as HTMLVideoElement;
      video.currentTime = video.seekable.start(0) + 3;
      return video.currentTime;
    });
    await page.waitForFunction((s) => (document.querySelector('video')?.currentTime ?? 0) > s + 1, startS);
    await takeFrames(page);
    const frames = await seeFrames(page, 30);
    checkFrames(frames);
    expect(frames[0]?.mediaTimeS).toBeLessThan(startS + 10);
    // An engine that fails is built anew where the viewer was, wherever its media time begins.
    await page.route('**/b/**', (route) => route.abort());
    await page.waitForFunction(() => window.headwater.errors.length > 0);
    const lastMs = (await takeFrames(page)).findLast(({ code }) => code)?.code?.atMs ?? frames.at(-1)?.code?.atMs ?? 0;
    await page.unroute('**/b/**');
    const nextMs = (await seeFrames(page, 30)).find(({ code }) => code)?.code?.atMs ?? 0;
    expect(Math.abs(nextMs - lastMs)).toBeLessThan(5_000);
    const failed = await page.evaluate(() => window.headwater.errors.length);
    await page.evaluate(() => document.querySelector<HTMLButtonElement>('#go-live')?.click());
    await page.waitForFunction(() => (window.headwater.latencySeconds ?? 99) < 8);
    await takeFrames(page);
    checkFrames(await seeFrames(page, 30));
    expect(await page.evaluate(() => window.headwater.errors.length)).toBe(failed);
    await page.close();
  });
});

describe('trick play', () => {
  type Page_ = { playerErrors: string[] };
  const errors = (page: Page) => page.evaluate(() => (globalThis as unknown as Page_).playerErrors);

  it('shows the pictures of the I-frame playlists in hls.js', async () => {
    const page = await browser.newPage();
    await page.goto(players.url('hls-standard', stack.popUrl(0) + stack.run.hls));
    await page.waitForFunction('video.seekable.length > 0 && video.seekable.end(0) > 10', null, {
      timeout: 30_000,
    });
    for (const back of [3, 7, 5]) {
      const seen = page.evaluate(`seekPicture(${back})`) as Promise<{ wantedS: number; atS: number; width: number }>;
      const { wantedS, atS, width } = await seen;
      expect(width).toBeGreaterThan(0);
      expect(Math.abs(atS - wantedS)).toBeLessThanOrEqual(2);
    }
    expect(await errors(page)).toEqual([]);
    await page.close();
  });

  it('is fed from them in Shaka', async () => {
    const page = await browser.newPage();
    const ranges: string[] = [];
    page.on('request', (request) => {
      const { range } = request.headers();
      if (range && request.url().endsWith('.m4s')) ranges.push(range);
    });
    await page.goto(players.url('shaka', stack.popUrl(1) + stack.run.hls));
    await seeFrames(page, 10);
    expect(ranges).toEqual([]);
    await page.evaluate('video.currentTime = player.seekRange().start + 0.5; player.trickPlay(4, true)');
    await pollUntil(() => ranges.length >= 2, 'two pictures', 15_000);
    for (const range of ranges) expect(range).toMatch(/^bytes=0-\d+$/);
    expect(await errors(page)).toEqual([]);
    await page.close();
  });
});

describe('low-latency DASH plays segments while they are made', () => {
  it.each([
    ['dash.js', () => `${stack.popUrl(0)}${stack.run.watch}?engine=dash`],
    ['Shaka', () => players.url('shaka-dash', stack.popUrl(2) + stack.run.dash)],
  ])('with %s', async (name, url) => {
    const page = await browser.newPage();
    let streamed = 0;
    const refused: string[] = [];
    page.on('response', (response) => {
      if (!/\/b\/.*\.m4s$/.test(response.url())) return;
      if (response.status() !== 200) refused.push(`${response.status()} ${response.url()}`);
      else if (response.headers()['content-length'] === undefined) streamed++;
    });
    await page.goto(url());
    checkFrames(await seeFrames(page, 90));
    await pollUntil(() => streamed >= 6, 'segments without a length', 30_000);
    expect(refused).toEqual([]);
    if (name === 'dash.js') {
      // Segments last 2 s: whoever is closer than that plays one that is not whole.
      const latency = () => page.evaluate(() => window.headwater.latencySeconds);
      await pollUntil(async () => ((await latency()) ?? 99) < 2, 'a latency below one segment', 40_000);
      expect(await page.evaluate(() => window.headwater.errors)).toEqual([]);
    }
    await page.close();
  });
});

describe('the watch page', () => {
  it('offers the rungs of the ladder, and not the sound alone', async () => {
    const page = await browser.newPage();
    await page.goto(stack.popUrl(0) + stack.run.watch);
    await seeFrames(page, 5);
    const lines = () =>
      page.evaluate(() => [...document.querySelectorAll('#quality-menu > *')].map((line) => line.textContent));
    expect((await lines()).slice(1)).toEqual(['360p', '240p']);
    expect(await page.evaluate(() => window.headwater.currentHeight)).toBeGreaterThan(0);
    await page.close();
  });

  it('switches quality by hand', async () => {
    const page = await browser.newPage();
    await page.goto(stack.popUrl(0) + stack.run.watch);
    await seeFrames(page, 10);
    const height = () => page.evaluate(() => window.headwater.currentHeight);
    for (const wanted of [240, 360]) {
      await page.evaluate(() => document.querySelector<HTMLButtonElement>('#quality')?.click());
      await page.evaluate((name) => {
        const items = [...document.querySelectorAll<HTMLButtonElement>('#quality-menu [role=menuitemradio]')];
        items.find((item) => item.textContent?.startsWith(name))?.click();
      }, `${wanted}p`);
      await pollUntil(async () => (await height()) === wanted, `${wanted}p`, 20_000);
    }
    checkFrames(await seeFrames(page, 30));
    await page.close();
  });

  it('goes on by itself when another encoder takes over with another ladder', async () => {
    const page = await browser.newPage();
    await page.goto(stack.popUrl(1) + stack.run.watch);
    await seeFrames(page, 10);
    const older = publisher;
    publisher = publishCodedPicture({ url: stack.publishUrl, width: 480, height: 270 });
    await older.exited;
    const taken = async () => {
      const frames = await takeFrames(page);
      return frames.some((frame) => frame.code !== null && [270, 240].includes(frame.height));
    };
    await pollUntil(taken, 'the picture of the new encoder', 40_000);
    checkFrames(await seeFrames(page, 30));
    await page.close();
  });
});
