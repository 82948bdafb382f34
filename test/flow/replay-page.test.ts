import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type {} from '../../web/src/player/window-api.ts';
import { launchChromium } from '../support/chromium.ts';
import { checkFrames, seeFrames } from '../support/coded-frames.ts';
import { publishCodedPicture } from '../support/coded-publisher.ts';
import { readMediaPlaylist } from '../support/oracles.ts';
import { pollUntil } from '../support/poll.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { type SeenFrame, takeFrames, watchFrames } from '../support/video-probe.ts';

const frameRate = 30;

let stack: TestStack;
let browser: Browser;
let context: BrowserContext;
let page: Page;
/** A watch page that is left alone. */
let faithful: Page;
let broadcast: string;
/** Wall-clock time of the broadcast's first picture, ms. */
let beginsMs: number;
/** Code of the picture at media time zero. */
let firstCode: number;
/** Link to a clip that was cut while the broadcast was live. */
let liveClip: URL;
const faults: string[] = [];

/** A broadcast that is watched on the watch page to its end. */
beforeAll(async () => {
  stack = await startTestStack();
  browser = await launchChromium();
  await stack.api('PATCH', `/channels/${stack.run.channel}`, { reconnectWindowMs: 500 });
  const publisher = publishCodedPicture({ url: stack.publishUrl });
  broadcast = (await stack.waitForState('live')).broadcast ?? '';
  context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  page = await openPage(`${stack.popUrl(1)}/watch/${stack.run.channel}`);
  await waitForState(page, 'live');
  faithful = await openPage(page.url());
  await waitForState(faithful, 'live');
  await page.bringToFront();
  const segments = async () => readMediaPlaylist(await playlist()).segments.length;
  await pollUntil(async () => (await segments()) >= 6, '6 segments', 40_000);
  liveClip = await cutClip(page);
  await page.keyboard.press('Escape');
  await publisher.stop();
  await stack.waitForState('ended');
  const isWhole = async () => (await playlist()).includes('#EXT-X-PLAYLIST-TYPE:VOD');
  await pollUntil(isWhole, 'the replay', 20_000);
  beginsMs = Date.parse(/PROGRAM-DATE-TIME:(.+)/.exec(await playlist())?.[1] ?? '');
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
}, 30_000);

async function openPage(url: string): Promise<Page> {
  const opened = await context.newPage();
  opened.on('pageerror', (error) => faults.push(String(error)));
  opened.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) faults.push(message.text());
  });
  await opened.goto(url);
  return opened;
}

const waitForState = (on: Page, state: string) =>
  on.waitForFunction((wanted) => window.headwater?.state === wanted, state, { timeout: 30_000 });

async function playlist(): Promise<string> {
  return (await fetch(`${stack.popUrl(2)}/b/${broadcast}/v360/index.m3u8`)).text();
}

/** Cuts a clip that begins two seconds later than what is offered; returns its link. */
async function cutClip(on: Page): Promise<URL> {
  await on.keyboard.press('x');
  await on.locator('#clip').waitFor();
  const start = on.getByRole('slider', { name: 'Beginning of the clip' });
  await start.focus();
  const before = Number(await start.inputValue());
  await on.keyboard.press('ArrowRight');
  await on.keyboard.press('ArrowRight');
  expect(Number(await start.inputValue()) - before).toBeCloseTo(2, 1);
  await on.getByRole('button', { name: 'Copy link' }).click();
  await on.locator('#clip-link').waitFor();
  const url = new URL(await on.locator('#clip-link').inputValue());
  expect(url.pathname).toBe(`/replay/${broadcast}`);
  return url;
}

/** Bounds of a link to a part, seconds since the broadcast began. */
function boundsOf(url: URL): readonly [number, number] {
  const [fromS = 0, toS = 0] = ['start', 'end'].map(
    (name) => (Date.parse(url.searchParams.get(name) ?? '') - beginsMs) / 1_000,
  );
  return [fromS, toS];
}

const codeAtZero = (frame: SeenFrame) => (frame.code?.frame ?? Number.NaN) - frame.mediaTimeS * frameRate;

it('the watch page offers the replay when the broadcast is over', async () => {
  await waitForState(page, 'ended');
  const link = page.getByRole('link', { name: 'Watch the replay' });
  await link.waitFor({ timeout: 20_000 });
  const card = page.locator('#replay-cards a');
  expect(await card.getAttribute('href')).toBe(`/replay/${broadcast}`);
  await link.click();
  await page.waitForURL(`**/replay/${broadcast}`);
  await waitForState(page, 'ready');
});

it('the replay page plays it from its first second, through a PoP, and seeks', async () => {
  const beganS = await page.evaluate(() => document.querySelector('video')?.played.start(0));
  expect(beganS).toBeLessThan(0.1);
  const frames = await seeFrames(page, 30);
  checkFrames(frames);
  firstCode = Math.round(codeAtZero(frames.find(({ code }) => code !== null) as SeenFrame));
  await page.locator('#scrubber').focus();
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 5);
  await takeFrames(page);
  const later = await seeFrames(page, 20);
  expect(Math.abs(codeAtZero(later.at(-1) as SeenFrame) - firstCode)).toBeLessThanOrEqual(1);
  await page.keyboard.press('End');
  await page.waitForFunction(() => document.querySelector('video')?.ended, null, { timeout: 20_000 });
  expect(await page.evaluate(() => window.headwater.errors)).toEqual([]);
});

it('a link to a slice shows exactly its pictures', async () => {
  const [fromS, toS] = [2.3, 5.1];
  const iso = (seconds: number) => new Date(beginsMs + seconds * 1_000).toISOString();
  const slice = await openPage(`${stack.popUrl(0)}/replay/${broadcast}?start=${iso(fromS)}&end=${iso(toS)}`);
  await checkPictures(slice, fromS, toS);
  expect(await slice.locator('#position').textContent()).toMatch(/\/ 0:02$/);
  await slice.close();
});

it('a clip shows exactly its pictures', async () => {
  const clip = 'cl_01jd5m3k8q2wxyz01234';
  // Segments are two seconds long: the first that is listed begins half a second before the clip.
  const media = (kind: string) => `/b/${broadcast}/index.${kind}?start=2.5&end=4.5`;
  const offsets = { startOffsetS: 0.5, endOffsetS: 2.5, durationS: 2, createdMs: Date.now() };
  const view = { id: clip, title: 'The goal', channel: stack.run.channel, broadcast, download: null, ...offsets };
  await context.route(`**/api/v1/watch-clip/${clip}`, (route) =>
    route.fulfill({ json: { ...view, hls: media('m3u8'), dash: media('mpd'), pop: 'fra', nowMs: Date.now() } }),
  );
  const page = await openPage(`${stack.popUrl(2)}/clip/${clip}`);
  await checkPictures(page, 2.5, 4.5);
  expect(await page.getByRole('link', { name: 'See the whole replay' }).getAttribute('href')).toBe(
    `/replay/${broadcast}`,
  );
  await page.close();
});

/** Plays a part of the broadcast to its end, and once more from its first picture to its last. */
async function checkPictures(slice: Page, fromS: number, toS: number): Promise<void> {
  await waitForState(slice, 'ready');
  const stopped = () => slice.waitForFunction(() => document.querySelector('video')?.paused, null, { timeout: 30_000 });
  await slice.waitForFunction(() => (document.querySelector('video')?.played.length ?? 0) > 0);
  await stopped();
  // Once more, now that each picture is looked at from the first on.
  await watchFrames(slice);
  await slice.keyboard.press('k');
  await slice.waitForFunction(() => document.querySelector('video')?.paused === false);
  await stopped();
  const frames: SeenFrame[] = [];
  const lastCode = firstCode + toS * frameRate - 1;
  const codeOf = (frame: SeenFrame | undefined) => frame?.code?.frame ?? Number.NaN;
  const isAtEnd = async () => {
    frames.push(...(await takeFrames(slice)));
    return Math.abs(codeOf(frames.at(-1)) - lastCode) <= 1;
  };
  await pollUntil(isAtEnd, 'the page to stand on the last picture', 10_000);
  const codes = frames.flatMap(({ code }) => (code ? [code.frame] : []));
  expect(Math.abs(Math.min(...codes) - (firstCode + fromS * frameRate))).toBeLessThanOrEqual(1);
  // A busy machine is told late of what it shows, and goes back to the last picture.
  expect(Math.max(...codes) - lastCode).toBeLessThan(frameRate / 3);
}

it('a clip is cut with the keyboard, out of full screen too, and its link leads to a slice', async () => {
  await page.bringToFront();
  await page.keyboard.press('f');
  await page.waitForFunction(() => document.fullscreenElement !== null);
  const url = await cutClip(page);
  expect(await page.evaluate(() => document.fullscreenElement)).toBeNull();
  const [fromS, toS] = boundsOf(url);
  expect(fromS).toBeCloseTo(2, 1);
  const slice = await openPage(url.href);
  await waitForState(slice, 'ready');
  await expect
    .poll(() => slice.locator('#scrubber').evaluate((slider: HTMLInputElement) => Number(slider.max)))
    .toBeCloseTo(toS - fromS, 1);
  await slice.close();
});

it('a clip that was cut while the broadcast was live shows exactly its pictures', async () => {
  const [fromS, toS] = boundsOf(liveClip);
  expect(toS - fromS).toBeGreaterThan(4);
  const slice = await openPage(liveClip.href);
  await checkPictures(slice, fromS, toS);
  await slice.close();
});

it('a watch page that saw the end shows the next broadcast by itself', async () => {
  await faithful.bringToFront();
  await waitForState(faithful, 'ended');
  const publisher = publishCodedPicture({ url: stack.publishUrl });
  try {
    const next = (await stack.waitForState('live')).broadcast;
    expect(next).not.toBe(broadcast);
    await waitForState(faithful, 'live');
    checkFrames(await seeFrames(faithful, 20));
  } finally {
    await publisher.stop();
  }
  await faithful.close();
});

it('dash.js plays it too, from its first second', async () => {
  const dash = await openPage(`${stack.popUrl(1)}/replay/${broadcast}?engine=dash`);
  await waitForState(dash, 'ready');
  checkFrames(await seeFrames(dash, 20));
  expect(await dash.evaluate(() => document.querySelector('video')?.played.start(0))).toBeLessThan(0.1);
  expect(await dash.evaluate(() => [window.headwater.engine, ...window.headwater.errors])).toEqual(['dash.js']);
  await dash.close();
  expect(faults).toEqual([]);
});
