import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { type CodedPublisher, publishCodedPicture } from '../support/coded-publisher.ts';
import { type PlayersPage, startPlayersPage } from '../support/players-page.ts';
import { pollUntil } from '../support/poll.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { type SeenFrame, takeFrames, watchFrames } from '../support/video-probe.ts';

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

const playerErrors = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as { playerErrors: string[] }).playerErrors);

async function collect(page: Page, isEnough: (frames: readonly SeenFrame[]) => Promise<boolean>, what: string) {
  await watchFrames(page);
  const frames: SeenFrame[] = [];
  await pollUntil(
    async () => {
      frames.push(...(await takeFrames(page)));
      return isEnough(frames);
    },
    what,
    45_000,
  );
  return frames.filter((frame) => frame.code !== null);
}

/** Codes go up one by one with media time. */
function checkOrder(coded: readonly SeenFrame[]): void {
  for (const [i, frame] of coded.entries()) {
    const previous = coded[i - 1];
    if (!previous?.code || !frame.code) continue;
    const mediaFrames = Math.round((frame.mediaTimeS - previous.mediaTimeS) * 30);
    expect(Math.abs(frame.code.frame - previous.code.frame - mediaFrames)).toBeLessThanOrEqual(1);
  }
}

const lengthS = 8;

describe('options of a playback URL', () => {
  it('hls.js plays without low latency (ll=0) and low pictures only (max_height)', async () => {
    const asked: string[] = [];
    const page = await browser.newPage();
    page.on('request', (request) => asked.push(request.url()));
    const url = `${stack.popUrl(0)}${stack.run.hls}?ll=0&max_height=240`;
    await page.goto(players.url('hls', url));
    const coded = await collect(page, async (frames) => frames.length >= 90, '90 frames');
    checkOrder(coded);
    expect(new Set(coded.map(({ height }) => height))).toEqual(new Set([240]));
    expect(asked.filter((one) => /\/\d+\.\d+\.m4s/.test(one))).toEqual([]);
    expect(asked.some((one) => one.includes('/v240/index.m3u8?ll=0'))).toBe(true);
    expect(await playerErrors(page)).toEqual([]);
    await page.close();
  });

  it.each([
    // HLS names the start inside of its first segment and ends with a segment; DASH begins with one and ends exactly.
    { name: 'hls.js', player: 'hls', kind: 'hls', pop: 1, beginsS: 0.7, surplusS: 2 },
    { name: 'dash.js', player: 'dash', kind: 'dash', pop: 2, beginsS: 0, surplusS: 0.7 },
  ] as const)(
    '$name plays a closed slice of a running broadcast from its first second to its last',
    async ({ player, kind, pop, beginsS, surplusS }) => {
      const { startMs, endMs } = await pastRange(1_000 * lengthS);
      const range = `start=${new Date(startMs).toISOString()}&end=${new Date(endMs).toISOString()}`;
      const page = await browser.newPage();
      await page.goto(players.url(player, `${stack.popUrl(pop)}${stack.run[kind]}?${range}`));
      const ended = () => page.evaluate(() => document.querySelector('video')?.ended === true);
      const coded = await collect(page, ended, 'the end of the slice');
      checkOrder(coded);
      const first = coded[0] as SeenFrame;
      const last = coded.at(-1) as SeenFrame;
      // A slow machine sees the first pictures late; the element knows where it began.
      const playedS = await page.evaluate(() => document.querySelector('video')?.played.start(0) ?? -1);
      expect(Math.abs(playedS - beginsS)).toBeLessThan(0.5);
      expect(last.mediaTimeS - beginsS).toBeGreaterThan(lengthS - 0.5);
      const durationS = await page.evaluate(() => document.querySelector('video')?.duration ?? 0);
      expect(durationS).toBeGreaterThan(beginsS + lengthS - 0.1);
      expect(durationS).toBeLessThan(beginsS + lengthS + surplusS + 0.1);
      // Pictures carry the moment at which they were drawn: shortly before they came in, and by that the stream counts.
      const beginsMs = (first.code?.atMs ?? 0) - 1_000 * (first.mediaTimeS - beginsS);
      expect(Math.abs(beginsMs - startMs)).toBeLessThan(2_000);
      expect(await playerErrors(page)).toEqual([]);
      await page.close();
    },
  );
});

describe('a slice that is still live', () => {
  it.each([
    ['hls.js', 'hls', 1],
    ['dash.js', 'dash', 2],
  ] as const)('%s plays on when its end is reached, up to it', async (_, player, pop) => {
    const past = await pastRange(2_000);
    const startMs = Math.max(past.startMs, Date.now() - 6_000);
    const endMs = Date.now() + 5_000;
    const range = `start=${new Date(startMs).toISOString()}&end=${new Date(endMs).toISOString()}`;
    const page = await browser.newPage();
    await page.goto(players.url(player, `${stack.popUrl(pop)}${stack.run[player]}?${range}`));
    // dash.js has the last segment whole by then: it stops at the end, and the element goes no further.
    const ended = () =>
      page.evaluate(() => {
        const { playerEnded } = globalThis as unknown as { playerEnded?: boolean };
        return playerEnded === true || document.querySelector('video')?.ended === true;
      });
    const coded = await collect(page, ended, 'the end of the slice');
    checkOrder(coded);
    const last = coded.at(-1)?.code?.atMs ?? 0;
    expect(last).toBeGreaterThan(endMs - 1_500);
    expect(last).toBeLessThan(endMs + 2_500);
    expect(await playerErrors(page)).toEqual([]);
    await page.close();
  });
});

/** A range of so many ms that lies wholly in the past of the broadcast, not on a segment's bounds. */
async function pastRange(lengthMs: number) {
  const media = `${stack.popUrl(0)}/b/${(await stack.view()).broadcast}/v240/index.m3u8`;
  let first = 0;
  await pollUntil(
    async () => {
      const dates = [...(await (await fetch(media)).text()).matchAll(/PROGRAM-DATE-TIME:(.+)/g)];
      first = Date.parse(dates[0]?.[1] ?? '');
      return Date.parse(dates.at(-1)?.[1] ?? '') > first + lengthMs + 3_000;
    },
    'enough of the broadcast',
    40_000,
  );
  return { startMs: first + 700, endMs: first + 700 + lengthMs };
}
