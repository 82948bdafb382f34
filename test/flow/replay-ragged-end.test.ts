import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { ClipStage } from '../support/clip-stage.ts';
import { makeCodedBroadcast } from '../support/coded-broadcast.ts';
import { type PlayersPage, startPlayersPage } from '../support/players-page.ts';
import { watchWhole } from '../support/watch-whole.ts';

let stage: ClipStage;
let browser: Browser;
let players: PlayersPage;
let broadcast: string;

/** A replay whose sound ends a segment and a half before its picture. */
beforeAll(async () => {
  stage = await ClipStage.start();
  browser = await launchChromium();
  players = await startPlayersPage();
  const run = { startS: 0, seconds: 8, firstFrame: 0, soundSeconds: 5 };
  ({ broadcast } = await stage.keep(await makeCodedBroadcast([run], Date.UTC(2026, 10, 21))));
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await players?.close();
  await stage?.stop();
});

it.each([
  ['hls.js', 'hls-standard', 'index.m3u8'],
  ['dash.js', 'dash', 'index.mpd'],
] as const)('%s plays on where the sound ends before the picture', async (_, player, manifest) => {
  const url = new URL(`/b/${broadcast}/${manifest}`, stage.edge.url()).href;
  const shown = await watchWhole(browser, players.url(player, url));
  expect(shown.at(-1)?.frame).toBeGreaterThan(230);
});
