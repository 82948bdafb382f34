import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { checkFrames, seeFrames } from '../support/coded-frames.ts';
import { type CodedPublisher, publishCodedPicture } from '../support/coded-publisher.ts';
import { type EdgeWitness, witnessPlaylist } from '../support/edge-witness.ts';
import { readMedia, readMediaPlaylist } from '../support/oracles.ts';
import { type PlayersPage, startPlayersPage } from '../support/players-page.ts';
import { pollUntil } from '../support/poll.ts';
import { type SecondOrigin, startSecondOrigin } from '../support/second-origin.ts';
import { followFetches } from '../support/segment-fetches.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { standstillMs, timeS, watchStandstill } from '../support/standstill.ts';
import { takeFrames } from '../support/video-probe.ts';

/**
 * Two origins with an encoder each, and three PoPs: hls.js behind two of them, dash.js behind the third, and a witness of the
 * playlists behind each.
 */

const resumedMsMax = 10_000;
const rendition = 'v180';
const shape = { width: 320, height: 180 };
/** What is made by both origins: passed through, no rung is encoded. */
const ladder = { encodeRungsMax: 0 };

let stack: TestStack;
let browser: Browser;
let players: PlayersPage;
let first: SecondOrigin;
let publishers: CodedPublisher[];
let broadcast: string;
/** With hls.js. */
let viewers: Page[];
let dashViewer: Page;
let witnesses: EdgeWitness[];

beforeAll(async () => {
  [stack, browser, players] = await Promise.all([startTestStack({ ladder }), launchChromium(), startPlayersPage()]);
  first = await startSecondOrigin(stack, 'first', ladder);
  publishers = [publishCodedPicture({ url: first.publishUrl, ...shape })];
  broadcast = (await stack.waitForState('live')).broadcast ?? '';
  const open = async (url: string) => {
    const page = await browser.newPage();
    await page.goto(url);
    await watchStandstill(page);
    return page;
  };
  const urls = [0, 1].map((pop) => players.url('hls', stack.popUrl(pop) + stack.run.hls));
  const dashUrl = players.url('dash', stack.popUrl(2) + stack.run.dash);
  [viewers, dashViewer] = await Promise.all([Promise.all(urls.map(open)), open(dashUrl)]);
  // Once they play: pages that open take all of a small machine, and the active origin would be taken for gone.
  for (const page of [...viewers, dashViewer]) await seeFrames(page, 15);
  publishers.push(publishCodedPicture({ url: stack.publishUrl, ...shape }));
  await pollUntil(hasBackup, 'the backup to be told of', 20_000);
  witnesses = [0, 1, 2].map((pop) => witnessPlaylist(`${stack.popUrl(pop)}/b/${broadcast}/${rendition}/index.m3u8`));
}, 180_000);

afterAll(async () => {
  await Promise.all((witnesses ?? []).map((witness) => witness.stop()));
  await browser?.close();
  await players?.close();
  await Promise.all((publishers ?? []).map((publisher) => publisher.stop()));
  await first?.kill('SIGKILL');
  await stack?.stop();
}, 30_000);

/** Whether the streamer is told that a backup is there. */
async function hasBackup(): Promise<boolean> {
  const { report } = await (await stack.api('GET', `/broadcasts/${broadcast}`)).json();
  return (report?.findings ?? []).some(({ code }: { code: string }) => code === 'ingest.backup');
}

const makerOf = async () => (await (await stack.api('GET', `/broadcasts/${broadcast}`)).json()).origin as string;

/** Id of the Period that dash.js plays. */
const periodOf = (page: Page) => page.evaluate('player.getActiveStream().getId()') as Promise<string>;

/**
 * Viewers play, and half a segment is announced in parts. Where a segment has just begun hls.js has none of what gets lost, and
 * then does not go over the hole by itself (docs/operate/backup-encoder.md).
 * @param isMet what has to be so besides, at the same moment
 */
async function playWithinSegment(pages: readonly Page[], isMet = () => true): Promise<void> {
  for (const page of pages) await seeFrames(page, 15);
  const url = `${stack.popUrl(0)}/b/${broadcast}/${rendition}/index.m3u8`;
  const isHalf = async () => /PRELOAD-HINT.*URI="\d+\.[5-7]\.m4s"/.test(await (await fetch(url)).text());
  await pollUntil(async () => (await isHalf()) && isMet(), 'half a segment', 30_000);
}

/** Viewers see what was drawn after a moment, in order. */
async function seeAfter(pages: readonly Page[], sinceMs: number): Promise<void> {
  const seesNew = async (page: Page) =>
    (await takeFrames(page)).some(({ code }) => code !== null && code.atMs > sinceMs);
  for (const page of pages) await seeFrames(page, 1);
  await pollUntil(
    async () => (await Promise.all(pages.map(seesNew))).every(Boolean),
    'pictures of the other encoder',
    60_000,
  );
  for (const page of pages) {
    const fromS = await timeS(page);
    await pollUntil(async () => (await timeS(page)) > fromS + 3, 'three seconds of playing', 30_000);
    checkFrames((await seeFrames(page, 30)).slice(-30));
  }
}

it('the active origin is killed: viewers go on at the same URL with what the other encoder sends', async () => {
  expect(await makerOf()).toBe('o-first');
  const period = await periodOf(dashViewer);
  const { open, ends } = followFetches(dashViewer, rendition);
  // A segment that it is just fetching is what dash.js would wait for without end.
  await playWithinSegment([...viewers, dashViewer], () => open.size > 0);
  const cut = Math.max(...open);
  await first.kill('SIGKILL');
  await pollUntil(async () => (await makerOf()) !== 'o-first', 'the other origin to take over', 30_000);
  const sinceMs = Date.now();
  await Promise.all([seeAfter(viewers, sinceMs), seeAfter([dashViewer], sinceMs)]);
  const stillMs = await Promise.all(viewers.map(standstillMs));
  expect(Math.max(...stillMs)).toBeLessThan(resumedMsMax);
  // It was lost, unless the origin had stored it before it died.
  expect([200, 303]).toContain(ends.get(cut));
  expect(Math.max(...ends.keys())).toBeGreaterThan(cut);
  expect(await periodOf(dashViewer)).not.toBe(period);
  expect((await stack.view()).broadcast).toBe(broadcast);
  await dashViewer.close();
}, 150_000);

it('the active encoder is gone: the other origin takes over, and again it is one discontinuity', async () => {
  first = await startSecondOrigin(stack, 'first', ladder);
  publishers[0] = publishCodedPicture({ url: first.publishUrl, ...shape });
  await pollUntil(hasBackup, 'the backup to be told of', 30_000);
  await playWithinSegment(viewers);
  const lostMs = Date.now();
  publishers[1]?.process.kill('SIGKILL');
  await pollUntil(async () => (await makerOf()) === 'o-first', 'the first origin to take over again', 30_000);
  await seeAfter(viewers, lostMs);
  const stillMs = await Promise.all(viewers.map(standstillMs));
  expect(Math.max(...stillMs)).toBeLessThan(resumedMsMax);
}, 240_000);

it('the active origin is drained: it hands over, and viewers go on at the same URL', async () => {
  publishers[1] = publishCodedPicture({ url: stack.publishUrl, ...shape });
  await pollUntil(hasBackup, 'the backup to be told of', 30_000);
  await playWithinSegment(viewers);
  expect((await stack.api('PATCH', '/origins/o-first', { draining: true })).status).toBe(204);
  await pollUntil(async () => (await makerOf()) !== 'o-first', 'the other origin to take over', 30_000);
  await publishers[0]?.exited;
  await seeAfter(viewers, Date.now());
  expect(Math.max(...(await Promise.all(viewers.map(standstillMs))))).toBeLessThan(resumedMsMax);
  expect((await stack.view()).broadcast).toBe(broadcast);
}, 180_000);

it('numbers never went back, nothing was told to be over, and one replay has all parts', async () => {
  await Promise.all(witnesses.map((witness) => witness.stop()));
  for (const { numbers, ends } of witnesses) {
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(ends).toBe(0);
  }
  await stack.api('PATCH', `/channels/${stack.run.channel}`, { reconnectWindowMs: 500 });
  const accepted = () => stack.originLog.filter(({ event }) => event === 'publisher_accepted').length;
  const before = accepted();
  const last = publishCodedPicture({ url: stack.publishUrl, ...shape });
  await pollUntil(() => accepted() > before, 'the last encoder to be accepted', 30_000);
  await publishers[1]?.exited;
  await last.stop();
  await stack.waitForState('ended');
  const base = `${stack.popUrl(1)}/b/${broadcast}/${rendition}/`;
  const playlist = async () => (await fetch(`${base}index.m3u8`)).text();
  await pollUntil(async () => (await playlist()).includes('#EXT-X-PLAYLIST-TYPE:VOD'), 'the replay', 60_000);
  const { segments, runs } = readMediaPlaylist(await playlist());
  expect(segments).toEqual(segments.map((_, msn) => `${msn}.m4s`));
  expect(runs.length).toBeGreaterThanOrEqual(3);
  // The last encoder is stopped as soon as it has taken over: on a slow machine it has made something by then, cut short.
  for (const { init, segments: files } of runs.slice(0, 3)) {
    const kept = files.slice(0, 2);
    const answers = await Promise.all([init, ...kept].map((file) => fetch(base + file)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(readMedia(await Promise.all(answers.map((answer) => answer.arrayBuffer()))).samples).toBe(60 * kept.length);
  }
  const { replays } = await (await stack.api('GET', `/channels/${stack.run.channel}/replays`)).json();
  expect(replays.map(({ id }: { id: string }) => id)).toEqual([broadcast]);
}, 180_000);
