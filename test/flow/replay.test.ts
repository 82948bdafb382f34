import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { checkFrames, seeFrames } from '../support/coded-frames.ts';
import { jpegSize, readJpegCode } from '../support/coded-jpeg.ts';
import { publishCodedPicture } from '../support/coded-publisher.ts';
import { readMediaPlaylist } from '../support/oracles.ts';
import { type PlayersPage, startPlayersPage } from '../support/players-page.ts';
import { pollUntil } from '../support/poll.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

const run = promisify(execFile);
const ffmpeg = process.env.FFMPEG_PATH ?? 'ffmpeg';

let stack: TestStack;
let browser: Browser;
let players: PlayersPage;
let base: string;

const events = (name: string) => stack.originLog.filter((line) => line.event === name);

/** A broadcast with a reconnect in it, over; and its origin killed at once, before everything is in the bucket. */
beforeAll(async () => {
  stack = await startTestStack();
  browser = await launchChromium();
  players = await startPlayersPage();
  const first = publishCodedPicture({ url: stack.publishUrl });
  const { broadcast } = await stack.waitForState('live');
  base = `/b/${broadcast}`;
  await untilSegments(4);
  await first.stop();
  await stack.waitForState('interrupted');
  // What a channel allows is asked when a publisher joins.
  await stack.api('PATCH', `/channels/${stack.run.channel}`, { reconnectWindowMs: 500 });
  const second = publishCodedPicture({ url: stack.publishUrl });
  await stack.waitForState('live');
  await untilSegments(8);
  await second.stop();
  await stack.waitForState('ended');
  const ready = events('origin_ready').length;
  process.kill(stack.run.pids.origin, 'SIGKILL');
  await pollUntil(() => events('origin_ready').length > ready, 'the origin to be back', 20_000);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await players?.close();
  await stack?.stop();
}, 30_000);

async function playlist(rendition: string, pop = 0) {
  const response = await fetch(`${stack.popUrl(pop)}${base}/${rendition}/index.m3u8`);
  const text = await response.text();
  return { status: response.status, text };
}

async function untilSegments(count: number): Promise<void> {
  const there = async () => readMediaPlaylist((await playlist('v360')).text).segments.length >= count;
  await pollUntil(there, `${count} segments`, 40_000);
}

it('what was streamed is what is replayed, through every PoP, from the first second to the last', async () => {
  const whole = async () => (await playlist('v360', 2)).text.includes('#EXT-X-ENDLIST');
  await pollUntil(whole, 'the replay', 20_000);
  const { text } = await playlist('v360', 1);
  const { segments, gaps, mediaSequence } = readMediaPlaylist(text);
  expect([mediaSequence, gaps]).toEqual([0, []]);
  expect(text).toContain('#EXT-X-PLAYLIST-TYPE:VOD');
  expect(text.match(/#EXT-X-DISCONTINUITY\n/g)).toHaveLength(1);
  expect(segments).toEqual(segments.map((_, msn) => `${msn}.m4s`));
  const listedS = [...text.matchAll(/#EXTINF:([\d.]+)/g)].reduce((sum, [, s]) => sum + Number(s), 0);
  const url = `${stack.popUrl(1)}${base}/v360/index.m3u8`;
  const args = ['-v', 'error', '-xerror', '-i', url, '-map', '0:v:0', '-c', 'copy', '-f', 'framecrc', '-'];
  const { stdout, stderr } = await run(ffmpeg, args, { timeout: 60_000 });
  expect(stderr).toBe('');
  const frames = stdout.split('\n').filter((line) => /^0,/.test(line));
  expect(frames.length).toBe(Math.round(listedS * 30));
  const mpd = await (await fetch(`${stack.popUrl(1)}${base}/index.mpd`)).text();
  expect([mpd.includes('type="static"'), mpd.match(/<Period /g)?.length]).toEqual([true, 2]);
});

it('has a poster and thumbnails of the right moments, through every PoP', async () => {
  const get = async (file: string, pop: number) => {
    const response = await fetch(`${stack.popUrl(pop)}${base}/${file}`);
    return { response, bytes: Buffer.from(await response.arrayBuffer()) };
  };
  const text = String((await get('thumbs.vtt', 1)).bytes);
  const cues = [...text.matchAll(/(\d\d):(\d\d):([\d.]+) --> .*\n(thumbs-\d+\.jpg)#xywh=(\d+),(\d+),(\d+),(\d+)/g)];
  expect(cues.length).toBeGreaterThanOrEqual(2);
  expect(text).toMatch(/first segment of the broadcast, \d{4}-.*Z\.\n/);
  for (const [i, [, hours, minutes, seconds, file = '', ...place]] of cues.entries()) {
    const startS = Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
    const [x = 0, y = 0, width = 0, height = 0] = place.map(Number);
    const { response, bytes } = await get(file, i % 3);
    expect(response.headers.get('cache-control')).toContain('immutable');
    const code = await readJpegCode(bytes, { x, y, width, height });
    // The first publisher counts its frames from 0.
    if (startS < 8) expect(Math.abs((code?.frame ?? -99) - startS * 30)).toBeLessThanOrEqual(2);
    expect(code).not.toBeNull();
  }
  const { response, bytes } = await get('poster.jpg', 2);
  expect([response.headers.get('content-type'), jpegSize(bytes)]).toEqual(['image/jpeg', { width: 640, height: 360 }]);
});

it.each([
  ['hls.js', 'hls-standard', 'index.m3u8'],
  ['Shaka and DASH', 'shaka', 'index.mpd'],
] as const)('%s plays it in Chromium, every frame in order', async (_, player, manifest) => {
  const page = await browser.newPage();
  await page.goto(players.url(player, `${stack.popUrl(2)}${base}/${manifest}`));
  checkFrames(await seeFrames(page, 60));
  await page.evaluate('video.currentTime = video.duration - 2');
  await page.waitForFunction('video.ended', null, { timeout: 30_000 });
  const errors = await page.evaluate(() => (globalThis as unknown as { playerErrors: string[] }).playerErrors);
  expect(errors).toEqual([]);
  await page.close();
});
