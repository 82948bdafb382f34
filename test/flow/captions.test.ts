import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type {} from '../../web/src/player/window-api.ts';
import { withCaptions } from '../support/captions.ts';
import { launchChromium } from '../support/chromium.ts';
import { makeFlvFile, picture, tone } from '../support/flv-file.ts';
import { pollUntil } from '../support/poll.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

const ffmpeg = process.env.FFMPEG_PATH ?? 'ffmpeg';
const text = 'WATER RUNS DOWNHILL';
const fileS = 60;
/** Captions begin when the ladder was chosen long ago. */
const captionsFromMs = 16_000;

let dir: string;
let stack: TestStack;
let browser: Browser;
let publisher: ChildProcess;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'headwater-captions-'));
  const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-b:v', '600k', '-g', '60'];
  const aac = ['-c:a', 'aac', '-b:a', '96k'];
  const plain = await makeFlvFile(...picture('640x360', '30', fileS), ...tone(fileS), ...x264, ...aac);
  const file = join(dir, 'captioned.flv');
  await writeFile(file, withCaptions(plain, text, captionsFromMs));
  [stack, browser] = await Promise.all([startTestStack(), launchChromium()]);
  const input = ['-v', 'error', '-re', '-stream_loop', '-1', '-i', file];
  publisher = spawn(ffmpeg, [...input, '-c', 'copy', '-f', 'flv', stack.publishUrl], { stdio: 'ignore' });
  await stack.waitForState('live');
}, 90_000);

afterAll(async () => {
  await browser?.close();
  const exited = publisher && once(publisher, 'exit');
  publisher?.kill('SIGTERM');
  await exited;
  await stack?.stop();
  await rm(dir, { recursive: true, force: true });
}, 30_000);

const multivariant = async () => (await fetch(stack.popUrl(0) + stack.run.hls)).text();

async function watch(): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(stack.popUrl(0) + stack.run.watch);
  await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0.5, null, {
    timeout: 30_000,
  });
  return page;
}

/** Whether a caption with the text has been read out of the pictures, and is not yet long past. */
const showsText = (page: Page) =>
  page.evaluate((wanted) => {
    const video = document.querySelector('video');
    const cues = [...(video?.textTracks ?? [])].flatMap((track) => [...(track.cues ?? [])]) as VTTCue[];
    return cues.some((cue) => cue.text.includes(wanted) && cue.endTime > (video?.currentTime ?? 0) - 2);
  }, text);

it('declares captions once they begin, and shows them from passthrough and encoded pictures alike', async () => {
  const before = await multivariant();
  expect(before.match(/#EXT-X-STREAM-INF.*CLOSED-CAPTIONS=NONE/g)).toHaveLength(3);
  const early = await watch();
  const button = early.locator('media-captions-button');
  expect(await button.isVisible()).toBe(false);

  await pollUntil(async () => (await multivariant()).includes('TYPE=CLOSED-CAPTIONS'), 'declared captions', 40_000);
  const after = await multivariant();
  expect(after.match(/#EXT-X-STREAM-INF.*CLOSED-CAPTIONS="cc"/g)).toHaveLength(2);
  expect(after).not.toContain('CLOSED-CAPTIONS=NONE');
  const { broadcast } = await stack.view();
  const report = await (await stack.api('GET', `/broadcasts/${broadcast}`)).json();
  expect(report).toMatchObject({ report: { source: { video: { captions: ['CC1'] } } } });
  expect(await early.evaluate(() => window.headwater.errors)).toEqual([]);
  await early.close();

  const page = await watch();
  for (const wanted of [360, 240]) {
    await page.evaluate((name) => {
      const items = [...document.querySelectorAll<HTMLButtonElement>('#quality-menu [role=menuitemradio]')];
      items.find((item) => item.textContent?.startsWith(name))?.click();
    }, `${wanted}p`);
    const height = () => page.evaluate(() => window.headwater.currentHeight);
    await pollUntil(async () => (await height()) === wanted, `${wanted}p`, 20_000);
    // What is left of the rung before does not count.
    await page.evaluate(() => {
      for (const track of document.querySelector('video')?.textTracks ?? []) {
        for (const cue of [...(track.cues ?? [])]) track.removeCue(cue);
      }
    });
    await pollUntil(() => showsText(page), `captions at ${wanted}p`, 30_000);
  }
  await page.locator('media-captions-button').waitFor({ state: 'visible' });
  expect(await page.evaluate(() => window.headwater.errors)).toEqual([]);
  await page.close();
}, 150_000);
