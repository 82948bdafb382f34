import { rm } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runConformance } from '../../conformance/run.ts';
import type {} from '../../web/src/player/window-api.ts';
import { buildPages } from '../support/built-pages.ts';
import { launchChromium } from '../support/chromium.ts';
import { EdgeStage } from '../support/edge-stage.ts';
import { type ForeignMuxer, startForeignMuxer } from '../support/foreign-muxer.ts';
import { servePages } from '../support/pages-server.ts';
import { type PagePlayer, type PlayersPage, startPlayersPage } from '../support/players-page.ts';
import { pollUntil } from '../support/poll.ts';
import { viewOf } from '../web/views.ts';

let hls: ForeignMuxer;
let dash: ForeignMuxer;
let stage: EdgeStage;
let browser: Browser;
let players: PlayersPage;
const channels: Partial<Record<'hls' | 'dash', string>> = {};

const manifestOf = (kind: 'hls' | 'dash', pop: string) =>
  `${stage.edge.url(pop).replace(/\/$/, '')}/live/${channels[kind]}/index.${kind === 'hls' ? 'm3u8' : 'mpd'}`;

beforeAll(async () => {
  [hls, dash, browser, players] = await Promise.all([
    startForeignMuxer('hls'),
    startForeignMuxer('dash'),
    launchChromium(),
    startPlayersPage(),
  ]);
  stage = await EdgeStage.start({ vars: { FOREIGN_HOSTS: `${hls.host} ${dash.host}` } });
  for (const [kind, { url }] of [['hls', hls] as const, ['dash', dash] as const]) {
    const channel = await stage.edge.addChannel();
    await stage.edge.sql('UPDATE channels SET source_url = ?1 WHERE id = ?2', url, channel);
    channels[kind] = channel;
    await pollUntil(async () => (await fetch(manifestOf(kind, 'fra'))).status === 200, `${kind} to begin`, 30_000);
  }
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await players?.close();
  await stage?.stop();
  await Promise.all([hls?.stop(), dash?.stop()]);
}, 30_000);

it.each<[string, 'hls' | 'dash', PagePlayer]>([
  ['HLS of ffmpeg, in hls.js', 'hls', 'hls-standard'],
  ['DASH of ffmpeg, in Shaka', 'dash', 'shaka'],
])('%s, on two PoPs: plays, and each segment is fetched once', async (_, kind, player) => {
  const viewers = await Promise.all(
    ['fra', 'ams'].map(async (pop) => {
      const page = await browser.newPage();
      await page.goto(players.url(player, manifestOf(kind, pop)));
      return page;
    }),
  );
  for (const page of viewers) {
    const timeS = () => page.evaluate(() => document.querySelector('video')?.currentTime ?? 0);
    await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0, null, {
      timeout: 30_000,
    });
    const startS = await timeS();
    await pollUntil(async () => (await timeS()) > startS + 5, 'five seconds of playing', 30_000);
    expect(await page.evaluate(() => (globalThis as unknown as { playerErrors: string[] }).playerErrors)).toEqual([]);
    await page.close();
  }
  const { counts } = kind === 'hls' ? hls : dash;
  const media = [...counts].filter(([path]) => /\.(?:ts|m4s)$/.test(path));
  expect(media.length).toBeGreaterThan(4);
  expect(media.filter(([, count]) => count > 1)).toEqual([]);
});

it('the watch page plays on where a channel leads to a media playlist itself', async ({ onTestFinished }) => {
  const pagesDir = await buildPages();
  onTestFinished(() => rm(pagesDir, { recursive: true }));
  const site = await servePages(pagesDir, hls.folder);
  onTestFinished(() => site.close());
  site.answer('/api/v1/watch/demo', 200, () => viewOf({ hls: '/live/demo/stream.m3u8', nowMs: Date.now() }));
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  await page.goto(`${site.url}/watch/demo`);
  const shownS = () => page.evaluate(() => document.querySelector('video')?.currentTime ?? 0);
  await pollUntil(async () => (await shownS()) > 0, 'a picture', 30_000);
  // Longer than what its playlist lists at a time.
  const fromS = await shownS();
  await pollUntil(async () => (await shownS()) > fromS + 9, 'nine seconds of playing', 40_000);
  expect(await page.evaluate(() => window.headwater.errors)).toEqual([]);
});

it.each(['hls', 'dash'] as const)(
  'the conformance suite says nothing worse of %s through a PoP than of the server itself',
  async (kind) => {
    const [direct, through] = await Promise.all([
      runConformance({ url: (kind === 'hls' ? hls : dash).url, durationS: 8 }),
      runConformance({ url: manifestOf(kind, 'nyc'), durationS: 8 }),
    ]);
    const failed = (report: typeof direct) =>
      report.results.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
    const before = new Set(failed(direct));
    expect(failed(through).filter((id) => !before.has(id))).toEqual([]);
    expect(through.counts.pass).toBeGreaterThanOrEqual(direct.counts.pass);
  },
  60_000,
);
