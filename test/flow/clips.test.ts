import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { framesOf, probeFile } from '../support/coded-broadcast.ts';
import { checkFrames, seeFrames } from '../support/coded-frames.ts';
import { type CodedPublisher, publishCodedPicture } from '../support/coded-publisher.ts';
import { readMediaPlaylist } from '../support/oracles.ts';
import { type PlayersPage, startPlayersPage } from '../support/players-page.ts';
import { pollUntil } from '../support/poll.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let browser: Browser;
let players: PlayersPage;
let folder: string;
let publisher: CodedPublisher;
let broadcast: string;

/** A broadcast that goes on, with a killed encoder in it. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headwater-clips-'));
  stack = await startTestStack();
  browser = await launchChromium();
  players = await startPlayersPage();
  publisher = publishCodedPicture({ url: stack.publishUrl });
  broadcast = (await stack.waitForState('live')).broadcast ?? '';
  await untilSegments(4);
  const started = () => stack.originLog.filter(({ event }) => event === 'transcoder_started');
  process.kill(Number(started().at(-1)?.pid), 'SIGKILL');
  await pollUntil(() => started().length === 2, 'the encoder to be back', 20_000);
  await untilSegments(8);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await players?.close();
  await publisher?.stop();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

async function untilSegments(count: number): Promise<void> {
  const url = `${stack.popUrl(0)}/b/${broadcast}/v360/index.m3u8`;
  const there = async () => readMediaPlaylist(await (await fetch(url)).text()).segments.length >= count;
  await pollUntil(there, `${count} segments`, 40_000);
}

async function clip(body: object) {
  const response = await stack.api('POST', '/clips', body);
  expect(response.status).toBe(201);
  return (await response.json()) as {
    readonly durationS: number;
    readonly startOffsetS: number;
    readonly endOffsetS: number;
    readonly playback: { readonly hls: string; readonly dash: string; readonly download: string };
  };
}

it.each([
  ['hls.js', 'hls-standard', 'hls'],
  ['Shaka and DASH', 'shaka', 'dash'],
] as const)(
  '%s plays the last seconds of what is live, from the exact start, at another PoP',
  async (_, player, kind) => {
    const { playback, startOffsetS } = await clip({ channel: stack.run.channel, lastS: 7.3 });
    const page = await browser.newPage();
    await page.goto(players.url(player, `${stack.popUrl(2)}${playback[kind]}`));
    checkFrames(await seeFrames(page, 40));
    const playedS = await page.evaluate(() => document.querySelector('video')?.played.start(0) ?? -1);
    expect(Math.abs(playedS - (kind === 'hls' ? startOffsetS : 0))).toBeLessThan(0.2);
    await page.waitForFunction('video.ended', null, { timeout: 30_000 });
    const errors = await page.evaluate(() => (globalThis as unknown as { playerErrors: string[] }).playerErrors);
    expect(errors).toEqual([]);
    await page.close();
  },
);

it('is downloaded as one file, whole and in order over the killed encoder, which Chromium plays too', async () => {
  const { playback, durationS } = await clip({ channel: stack.run.channel, lastS: 600 });
  const response = await fetch(`${stack.popUrl(1)}${playback.download}`);
  expect(response.status).toBe(200);
  const file = join(folder, 'clip.mp4');
  writeFileSync(file, Buffer.from(await response.arrayBuffer()));
  expect(Math.abs((await probeFile(file)).durationS - durationS)).toBeLessThan(0.15);
  const frames = await framesOf(file);
  expect(frames).not.toContain(null);
  const steps = frames.slice(1).map((frame, i) => (frame ?? 0) - (frames[i] ?? 0));
  // What the encoder had not handed over when it was killed is lost, once.
  expect(steps.filter((step) => step !== 1).length).toBeLessThanOrEqual(1);
  expect(Math.min(...steps)).toBe(1);
  const page = await browser.newPage();
  await page.goto(players.url('hls', 'about:blank'));
  await page.evaluate(
    (url) => {
      const video = document.createElement('video');
      video.id = 'file';
      video.muted = true;
      video.src = url;
      document.body.append(video);
      void video.play();
    },
    `${stack.popUrl(1)}${playback.download}`,
  );
  const fileVideo = 'document.querySelector("#file")';
  await page.waitForFunction(`${fileVideo}.currentTime > 1`, null, { timeout: 30_000 });
  const chromiumS = Number(await page.evaluate(`${fileVideo}.duration`));
  expect(Math.abs(chromiumS - durationS)).toBeLessThan(0.15);
  await page.evaluate(`${fileVideo}.currentTime = ${fileVideo}.duration - 1`);
  await page.waitForFunction(`${fileVideo}.ended`, null, { timeout: 30_000 });
  await page.close();
});
