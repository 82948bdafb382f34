import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { type CountingProxy, startCountingProxy } from '../support/counting-proxy.ts';
import { EdgeStage } from '../support/edge-stage.ts';
import { type ForeignMuxer, startForeignMuxer } from '../support/foreign-muxer.ts';
import { type PlayersPage, startPlayersPage } from '../support/players-page.ts';
import { pollUntil } from '../support/poll.ts';

let muxer: ForeignMuxer;
let near: CountingProxy;
let far: CountingProxy;
let before: EdgeStage;
let drained: EdgeStage;
let front: Server;
let browser: Browser;
let players: PlayersPage;
let channel: string;

beforeAll(async () => {
  [muxer, near, far, browser, players] = await Promise.all([
    startForeignMuxer('hls'),
    startCountingProxy(),
    startCountingProxy(),
    launchChromium(),
    startPlayersPage(),
  ]);
  const list = [
    { id: 'near', url: near.url, region: 'weur' },
    { id: 'far', url: far.url, region: 'enam' },
  ];
  const drainedList = list.map((pathway) => ({ ...pathway, drained: pathway.id === 'near' }));
  before = await EdgeStage.start({ vars: { FOREIGN_HOSTS: muxer.host, PATHWAYS: list } });
  drained = await EdgeStage.start({ vars: { PATHWAYS: drainedList } });
  near.target = before.edge.url('fra');
  far.target = before.edge.url('nyc');
  channel = await before.edge.addChannel();
  const sourceUrl = muxer.url.replace('stream.m3u8', 'index.m3u8');
  await before.edge.sql('UPDATE channels SET source_url = ?1 WHERE id = ?2', sourceUrl, channel);
  // The PoP is drained between a viewer's manifest and what its player asks next.
  front = createServer(async (request, response) => {
    const { edge } = request.url?.startsWith('/steering/') ? drained : before;
    const answer = await fetch(new URL(request.url ?? '/', edge.url('fra')));
    const headers = { 'access-control-allow-origin': '*', 'content-type': answer.headers.get('content-type') ?? '' };
    response.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await players?.close();
  front?.closeAllConnections();
  front?.close();
  await Promise.all([near?.close(), far?.close(), before?.stop(), drained?.stop()]);
  await muxer?.stop();
}, 30_000);

it('draining a PoP moves the viewers of hls.js to the other one, without an error', async () => {
  const manifest = `http://127.0.0.1:${(front.address() as AddressInfo).port}/live/${channel}/index.m3u8`;
  await pollUntil(async () => (await fetch(manifest)).status === 200, 'the stream to begin', 30_000);
  const page = await browser.newPage();
  await page.goto(players.url('hls-standard', manifest));
  const timeS = () => page.evaluate(() => document.querySelector('video')?.currentTime ?? 0);
  const segments = ({ requests }: CountingProxy) => requests.filter(({ target }) => target.endsWith('.ts')).length;
  await pollUntil(async () => segments(far) > 3 && (await timeS()) > 0, 'media from the other PoP', 40_000);
  const [startS, nearBefore] = [await timeS(), segments(near)];
  await pollUntil(async () => (await timeS()) > startS + 4, 'four seconds of playing', 30_000);
  expect(segments(near)).toBe(nearBefore);
  expect(await page.evaluate(() => (globalThis as unknown as { playerErrors: string[] }).playerErrors)).toEqual([]);
}, 90_000);
