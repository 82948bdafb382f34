import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { knownPops } from '../../scripts/local/pop-spec.ts';
import { launchChromium } from '../support/chromium.ts';
import { type CodedPublisher, publishCodedPicture } from '../support/coded-publisher.ts';
import { type PagePlayer, type PlayersPage, startPlayersPage } from '../support/players-page.ts';
import { pollUntil } from '../support/poll.ts';
import { writeSlowFfmpeg } from '../support/slow-ffmpeg.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

const kbps = 500;
const bytesPerSecond = ((kbps + 96) * 1_000) / 8;
/** The machine has time enough at first. */
const freeS = 40;
/** With this rung, half of what comes in is encoded in time. */
const slowRung = 'v144';
/** Shaka's low-latency HLS fails inside itself at a hint that does not come true (docs/operate/latency.md). */
const engines: readonly PagePlayer[] = ['hls', 'dash'];
const waitMsMax = 60_000;

let dir: string;
let stack: TestStack;
let browser: Browser;
let players: PlayersPage;
let publisher: CodedPublisher;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'headwater-shed-'));
  const before = process.env.FFMPEG_PATH;
  process.env.FFMPEG_PATH = await writeSlowFfmpeg(dir, slowRung, bytesPerSecond / 2, bytesPerSecond * freeS);
  try {
    stack = await startTestStack({ ladder: { heights: [144, 108], encodeRungsMax: 2 }, pops: knownPops.slice(0, 1) });
  } finally {
    if (before === undefined) delete process.env.FFMPEG_PATH;
    else process.env.FFMPEG_PATH = before;
  }
  [browser, players] = await Promise.all([launchChromium(), startPlayersPage()]);
  publisher = publishCodedPicture({ url: stack.publishUrl, width: 320, height: 180, constantKbps: kbps });
  await stack.waitForState('live');
}, 120_000);

afterAll(async () => {
  await publisher?.stop();
  await browser?.close();
  await players?.close();
  await stack?.stop();
  await rm(dir, { recursive: true, force: true });
}, 60_000);

/** How far behind the wall clock the page plays, ms; far when it plays nothing yet. */
const behindMs = async (page: Page) =>
  Date.now() - (await page.evaluate(() => (globalThis as unknown as { playedMs?(): number }).playedMs?.() ?? 0));

it('viewers who were there when a rung was shed go on with the others', async () => {
  const manifest = (engine: PagePlayer) =>
    `${stack.popUrl(0)}/live/${stack.run.channel}/index.${engine === 'dash' ? 'mpd' : 'm3u8'}`;
  const pages = await Promise.all(
    engines.map(async (engine) => {
      const page = await browser.newPage();
      await page.goto(players.url(engine, manifest(engine)));
      return { engine, page };
    }),
  );
  for (const { engine, page } of pages) {
    await pollUntil(async () => (await behindMs(page)) < waitMsMax, `${engine} to begin`, waitMsMax);
  }
  const multivariant = async () => (await fetch(manifest('hls'))).text();
  const isShed = async () => stack.originLog.some(({ event }) => event === 'ladder_changed');
  await pollUntil(isShed, 'the encoder to fall behind', 2 * waitMsMax);
  await pollUntil(async () => !(await multivariant()).includes(`${slowRung}/`), 'a ladder without the rung', waitMsMax);
  const shedMs = Date.now();
  for (const { engine, page } of pages) {
    // Past all that was there before, and near the live edge again.
    const goesOn = async () => {
      const late = await behindMs(page);
      return Date.now() - late > shedMs + 3_000 && late < 20_000;
    };
    await pollUntil(goesOn, `${engine} to go on`, waitMsMax);
    const errors = await page.evaluate(() => (globalThis as unknown as { playerErrors: string[] }).playerErrors);
    expect([engine, ...errors.filter((one) => !one.startsWith('recovered'))]).toEqual([engine]);
  }
}, 300_000);
