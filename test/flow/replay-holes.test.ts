import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { ClipStage } from '../support/clip-stage.ts';
import { type CodedRun, makeCodedBroadcast } from '../support/coded-broadcast.ts';
import { readMediaPlaylist } from '../support/oracles.ts';
import { type PagePlayer, type PlayersPage, startPlayersPage } from '../support/players-page.ts';
import { pollUntil } from '../support/poll.ts';
import { watchWhole } from '../support/watch-whole.ts';

let stage: ClipStage;
let browser: Browser;
let players: PlayersPage;

beforeAll(async () => {
  stage = await ClipStage.start();
  browser = await launchChromium();
  players = await startPlayersPage();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await players?.close();
  await stage?.stop();
});

/** A replay of 240 pictures in four segments. */
async function keep(change: Partial<CodedRun> = {}): Promise<string> {
  const run = { startS: 0, seconds: 8, firstFrame: 0, ...change };
  return (await stage.keep(await makeCodedBroadcast([run], Date.UTC(2026, 10, 21)))).broadcast;
}

const both = [
  ['hls.js', 'hls-standard', 'index.m3u8'],
  ['dash.js', 'dash', 'index.mpd'],
] as const;

async function framesShown(player: PagePlayer, path: string): Promise<number[]> {
  const shown = await watchWhole(browser, players.url(player, new URL(path, stage.edge.url()).href));
  return shown.map(({ frame }) => frame);
}

/** The sound ends a segment and a half before the picture. */
it.each(both)('%s plays on where the sound ends before the picture', async (_, player, manifest) => {
  const broadcast = await keep({ soundSeconds: 5 });
  expect((await framesShown(player, `/b/${broadcast}/${manifest}`)).at(-1)).toBeGreaterThan(230);
});

it.each(both)('%s crosses the hole where the bucket has lost a segment', async (_, player, manifest) => {
  const broadcast = await keep();
  const folder = `/b/${broadcast}/v180/`;
  await stage.edge.removeObject(`${folder.slice(1)}1.m4s`);
  // Whoever finds out is told so; from then on manifests say it.
  expect((await stage.get(`${folder}1.m4s`)).status).toBe(404);
  const gaps = async () => readMediaPlaylist((await stage.get(`${folder}index.m3u8`)).text).gaps;
  await pollUntil(async () => (await gaps()).includes('1.m4s'), 'the gap');
  const frames = await framesShown(player, `/b/${broadcast}/${manifest}`);
  expect(frames.filter((frame) => frame >= 60 && frame < 120)).toEqual([]);
  expect(frames.filter((frame) => frame < 60).length).toBeGreaterThan(30);
  expect(frames.filter((frame) => frame >= 120).length).toBeGreaterThan(60);
  expect(frames.at(-1)).toBeGreaterThan(230);
});
