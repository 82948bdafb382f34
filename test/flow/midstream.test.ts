import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BroadcastReport } from '#shared/wire/control.ts';
import type { FlvTag } from '../../origin/ingest/flv.ts';
import { launchChromium } from '../support/chromium.ts';
import { makeFlvFile, picture, readFlvFile, tone } from '../support/flv-file.ts';
import { type PlayersPage, startPlayersPage } from '../support/players-page.ts';
import { pollUntil } from '../support/poll.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { publishTags, type TagPublisher } from '../support/tag-publisher.ts';

/** One connection, second by second: no sound 9–12, no picture 14–18, another size from 20 on, a jump of an hour at 25. */
const noSoundMs = [9_000, 12_000] as const;
const noPictureMs = [14_000, 18_000] as const;
const resizedMs = 20_000;
const jumpedMs = 25_000;
const lengthS = 60;

const run = promisify(execFile);
let stack: TestStack;
let browser: Browser;
let players: PlayersPage;
let publisher: TagPublisher | null = null;

beforeAll(async () => {
  stack = await startTestStack();
  browser = await launchChromium();
  players = await startPlayersPage();
}, 90_000);

afterAll(async () => {
  await publisher?.stop();
  await browser?.close();
  await players?.close();
  await stack?.stop();
}, 30_000);

const isConfig = (tag: FlvTag) => tag.type !== 'script' && tag.body[1] === 0;
const within = (ms: number, [from, to]: readonly [number, number]) => ms >= from && ms < to;

async function makeTags(): Promise<FlvTag[]> {
  const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-g', '25'];
  const source = (size: string) =>
    makeFlvFile(...picture(size, '25', lengthS), ...tone(lengthS), ...x264, '-c:a', 'aac');
  const first = readFlvFile(await source('480x270'), 0);
  const second = readFlvFile(await source('448x252'), 0);
  const configs = second.filter(isConfig).map((tag) => ({ ...tag, timestampMs: resizedMs, arrivalMs: resizedMs }));
  const frames = (tags: readonly FlvTag[], from: number, to: number) =>
    tags.filter((tag) => tag.type !== 'script' && !isConfig(tag) && within(tag.timestampMs, [from, to]));
  const tags = [
    ...first.filter(isConfig),
    ...frames(first, 0, resizedMs),
    ...configs,
    ...frames(second, resizedMs, lengthS * 1_000),
  ];
  const sent = tags.filter(({ type, timestampMs }) => {
    if (type === 'audio' && within(timestampMs, noSoundMs)) return false;
    return !(type === 'video' && within(timestampMs, noPictureMs));
  });
  return sent.map((tag) => (tag.timestampMs < jumpedMs ? tag : { ...tag, timestampMs: tag.timestampMs + 3_600_000 }));
}

interface Viewer {
  readonly name: string;
  readonly page: Page;
}

const shownS = (page: Page) => page.evaluate(() => document.querySelector('video')?.currentTime ?? 0);
const shownWidth = (page: Page) => page.evaluate(() => document.querySelector('video')?.videoWidth ?? 0);
const sent = (ms: number) => pollUntil(() => (publisher?.atMs() ?? 0) >= ms, `second ${ms / 1_000}`, 90_000);

/** The picture moves on by two seconds. */
async function expectPlaying(viewers: readonly Viewer[], when: string): Promise<void> {
  await Promise.all(
    viewers.map(async ({ name, page }) => {
      const fromS = await shownS(page);
      await pollUntil(async () => (await shownS(page)) > fromS + 2, `${name} to play on ${when}`, 15_000);
    }),
  );
}

it('players play on whatever the encoder does inside its connection', async () => {
  publisher = await publishTags(stack.publishUrl, await makeTags());
  await stack.waitForState('live');
  // Shaka does not start on a playlist that has parts only.
  await sent(5_000);
  const viewers: Viewer[] = await Promise.all(
    [
      ['hls.js', stack.popUrl(0) + stack.run.watch],
      ['dash.js', `${stack.popUrl(1)}${stack.run.watch}?engine=dash`],
      ['Shaka', players.url('shaka', stack.popUrl(2) + stack.run.hls)],
    ].map(async ([name = '', url = '']) => {
      const page = await browser.newPage();
      await page.goto(url);
      return { name, page };
    }),
  );
  await expectPlaying(viewers, 'at first');

  await sent(noSoundMs[1] - 500);
  await expectPlaying(viewers, 'without sound');
  await sent(noPictureMs[1] + 1_000);
  await expectPlaying(viewers, 'after a picture that stood still');
  await sent(resizedMs + 2_000);
  const resized = async () => (await Promise.all(viewers.map(({ page }) => shownWidth(page)))).includes(448);
  await pollUntil(resized, 'the other size', 25_000);
  await expectPlaying(viewers, 'with another size');
  await sent(jumpedMs + 2_000);
  await expectPlaying(viewers, 'after a jump of the clock');
  const { broadcast } = await stack.view();
  const lines = stack.originLog.filter((line) => line.broadcast === broadcast);
  expect(lines.filter((line) => line.event === 'encoder_started').map((line) => line.renditions)).toEqual([
    ['v270:copy', 'v240:encode'],
    ['v270:copy', 'v240:encode'],
  ]);
  expect(lines.filter((line) => line.event === 'encoder_died')).toEqual([]);
  const answer = await stack.api('GET', `/broadcasts/${broadcast}`);
  const { report } = (await answer.json()) as { report: BroadcastReport };
  const { ingest, transcoder, packager, total } = report.health?.dwell ?? {};
  for (const stage of [ingest, transcoder, packager, total]) expect(stage?.p50Ms).toBeLessThan(2_000);
  expect(report.findings.map((finding) => finding.code)).toEqual(
    expect.arrayContaining(['video.changed_midstream', 'ts.jump']),
  );
  for (const manifest of [stack.run.hls, stack.run.dash]) {
    const input = ['-v', 'error', '-xerror', '-i', stack.popUrl(0) + manifest];
    await run('ffmpeg', [...input, '-t', '3', '-f', 'null', '-'], { timeout: 30_000 });
  }
}, 150_000);
