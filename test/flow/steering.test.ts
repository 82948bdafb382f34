import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { type CountingProxy, startCountingProxy } from '../support/counting-proxy.ts';
import { EdgeStage } from '../support/edge-stage.ts';
import { type ForeignMuxer, startForeignMuxer } from '../support/foreign-muxer.ts';
import { type PagePlayer, type PlayersPage, startPlayersPage } from '../support/players-page.ts';
import { pollUntil } from '../support/poll.ts';

const muxers: Partial<Record<'hls' | 'dash', ForeignMuxer>> = {};
let near: CountingProxy;
let far: CountingProxy;
let before: EdgeStage;
let drained: EdgeStage;
let front: Server;
let browser: Browser;
let players: PlayersPage;
const frontUrl = () => `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
const channels = { hls: '', dash: '' };

beforeAll(async () => {
  const [hls, dash] = await Promise.all([startForeignMuxer('hls'), startForeignMuxer('dash')]);
  Object.assign(muxers, { hls, dash });
  [near, far, browser, players] = await Promise.all([
    startCountingProxy(),
    startCountingProxy(),
    launchChromium(),
    startPlayersPage(),
  ]);
  // The near PoP is drained between a viewer's manifest and what its player asks next.
  front = createServer(async (request, response) => {
    const base = request.url?.startsWith('/steering/') ? drained.edge.url('fra') : near.url;
    const answer = await fetch(new URL(request.url ?? '/', base));
    const headers = { 'access-control-allow-origin': '*', 'content-type': answer.headers.get('content-type') ?? '' };
    response.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const list = [
    { id: 'near', url: frontUrl(), region: 'weur' },
    { id: 'far', url: far.url, region: 'enam' },
  ];
  const drainedList = list.map((pathway) => ({ ...pathway, drained: pathway.id === 'near' }));
  before = await EdgeStage.start({ vars: { FOREIGN_HOSTS: `${hls.host} ${dash.host}`, PATHWAYS: list } });
  drained = await EdgeStage.start({ vars: { PATHWAYS: drainedList } });
  near.target = before.edge.url('fra');
  far.target = before.edge.url('nyc');
  for (const [kind, { url }] of [['hls', hls] as const, ['dash', dash] as const]) {
    channels[kind] = await before.edge.addChannel();
    const sourceUrl = url.replace('stream.m3u8', 'index.m3u8');
    await before.edge.sql('UPDATE channels SET source_url = ?1 WHERE id = ?2', sourceUrl, channels[kind]);
  }
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await players?.close();
  front?.closeAllConnections();
  front?.close();
  await Promise.all([near?.close(), far?.close(), before?.stop(), drained?.stop()]);
  await Promise.all([muxers.hls?.stop(), muxers.dash?.stop()]);
}, 30_000);

it.each<[PagePlayer, keyof typeof channels, string, RegExp]>([
  ['hls-standard', 'hls', 'index.m3u8', /\.ts$/],
  ['dash', 'dash', 'index.mpd', /\.m4s$/],
])(
  'draining a PoP moves the viewers of %s to the other one, without an error',
  async (player, kind, file, media) => {
    const manifest = `${frontUrl()}/live/${channels[kind]}/${file}`;
    await pollUntil(async () => (await fetch(manifest)).status === 200, 'the stream to begin', 30_000);
    const page = await browser.newPage();
    await page.goto(players.url(player, manifest));
    const timeS = () => page.evaluate(() => document.querySelector('video')?.currentTime ?? 0);
    const segments = ({ requests }: CountingProxy) => requests.filter(({ target }) => media.test(target)).length;
    const farBefore = segments(far);
    await pollUntil(
      async () => segments(far) > farBefore + 3 && (await timeS()) > 0,
      'media from the other PoP',
      40_000,
    );
    const [startS, nearBefore] = [await timeS(), segments(near)];
    await pollUntil(async () => (await timeS()) > startS + 4, 'four seconds of playing', 30_000);
    expect(segments(near)).toBe(nearBefore);
    const errors = await page.evaluate(() => (globalThis as unknown as { playerErrors: string[] }).playerErrors);
    // ffmpeg's MPD names no clock, which dash.js tells as error 16.
    expect(errors.filter((error) => !error.startsWith('16 '))).toEqual([]);
    await page.close();
  },
  90_000,
);
