import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AccessStage, startAccessStage } from '../support/access-stage.ts';
import { launchChromium } from '../support/chromium.ts';
import { type ForeignMuxer, startForeignMuxer } from '../support/foreign-muxer.ts';
import { type PlayersPage, startPlayersPage } from '../support/players-page.ts';
import { pollUntil } from '../support/poll.ts';
import { standstillMs, timeS, watchStandstill } from '../support/standstill.ts';

let hls: ForeignMuxer;
let dash: ForeignMuxer;
let browser: Browser;
let players: PlayersPage;
let at: AccessStage;
/** A signed channel for each protocol. */
let channels: Readonly<Record<'hls' | 'dash', string>>;

beforeAll(async () => {
  [hls, dash, browser, players] = await Promise.all([
    startForeignMuxer('hls'),
    startForeignMuxer('dash'),
    launchChromium(),
    startPlayersPage(),
  ]);
  const vars = { FOREIGN_HOSTS: `${hls.host} ${dash.host}` };
  at = await startAccessStage({ pops: [{ name: 'fra', continent: 'EU' }], vars });
  const { edge } = at.stage;
  channels = { hls: await edge.addChannel('signed'), dash: await edge.addChannel('signed') };
  const source = 'UPDATE channels SET source_url = ?1 WHERE id = ?2';
  await edge.sql(source, hls.url.replace('stream.m3u8', 'index.m3u8'), channels.hls);
  await edge.sql(source, dash.url, channels.dash);
}, 90_000);

afterAll(async () => {
  await browser?.close();
  await players?.close();
  await at?.stage.stop();
  await Promise.all([hls?.stop(), dash?.stop()]);
}, 30_000);

const lifeS = 4;
/** Three lives of a token, each with the leeway behind it. */
const watchedS = 3 * (lifeS + 5) + 1;

const nowS = () => Math.floor(Date.now() / 1_000);
const url = (path: string) => new URL(path, at.stage.edge.url()).href;

/** What the page has seen go wrong, and how long its picture stood still. */
interface Played {
  readonly playerErrors: readonly string[];
  readonly stoodStillMs: number;
}

const playerErrors = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as { playerErrors: readonly string[] }).playerErrors);

/** Waits until the page has played so long; a picture that does not come fails by the test's own deadline. */
async function play(page: Page, seconds: number): Promise<Played> {
  await watchStandstill(page);
  const [beganS, beganMs] = [await timeS(page), Date.now()];
  const isOver = async () => Date.now() - beganMs > 1_000 * seconds && (await timeS(page)) > beganS + 0.8 * seconds;
  await pollUntil(isOver, `${seconds} s of playing`, 2_000 * seconds + 20_000);
  return { playerErrors: await playerErrors(page), stoodStillMs: await standstillMs(page) };
}

/** The players' page with our helper around the player's requests; `/mint` gives it the next token. */
async function openWithHelper(kind: 'hls' | 'dash', file: string): Promise<{ page: Page; minted: () => number }> {
  const built = await build({
    stdin: {
      contents: `export { createTokenRenewal } from ${JSON.stringify(join(import.meta.dirname, '../../web/src/player/token-renewal.ts'))};`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    format: 'iife',
    globalName: 'helper',
    write: false,
  });
  const page = await browser.newPage();
  let minted = 0;
  const mint = () => at.token({ res: `channel:${channels[kind]}`, exp: nowS() + lifeS, jti: `t${minted++}` });
  await page.route('**/mint', (route) => route.fulfill({ body: mint() }));
  const first = mint();
  const player = {
    hls: `const player = new Hls({ xhrSetup: async (xhr, url) => xhr.open('GET', await renewal.freshUrl(url), true) });
      player.on(Hls.Events.ERROR, (_, data) => { if (data.fatal) playerErrors.push(data.details); });
      player.loadSource(manifest);
      player.attachMedia(video);
      player.on(Hls.Events.MANIFEST_PARSED, () => video.play());`,
    dash: `const player = dashjs.MediaPlayer().create();
      player.addRequestInterceptor(async (request) => ({ ...request, url: await renewal.freshUrl(request.url) }));
      player.on('error', ({ error }) => playerErrors.push(String(error.code)));
      player.initialize(video, manifest, true);`,
  };
  const body = `globalThis.playerErrors = [];
    ${built.outputFiles[0]?.text ?? ''}
    const video = document.querySelector('video');
    const manifest = new URLSearchParams(location.search).get('manifest');
    const lifeMs = ${1_000 * lifeS};
    const fetchToken = async () => ({ token: await (await fetch('/mint')).text(), lifeMs });
    const renewal = helper.createTokenRenewal({ token: ${JSON.stringify(first)}, lifeMs }, fetchToken);
    ${player[kind]}`;
  await page.route('**/page.js', (route) => route.fulfill({ contentType: 'text/javascript', body }));
  await page.goto(players.url(kind, url(`/t/${first}/live/${channels[kind]}/${file}`)));
  return { page, minted: () => minted };
}

it.concurrent.each([
  ['hls.js', 'hls', 'index.m3u8'],
  ['dash.js', 'dash', 'index.mpd'],
] as const)(
  '%s plays on with tokens that a page swaps itself',
  async (_, kind, file) => {
    const { page, minted } = await openWithHelper(kind, file);
    const played = await play(page, watchedS);
    expect(played.playerErrors).toEqual([]);
    expect(played.stoodStillMs).toBeLessThan(8_000);
    expect(minted()).toBeGreaterThan(3);
    await page.close();
  },
  150_000,
);

it('without either, the end of the token is the end of the picture, and the player does not hammer', async () => {
  const token = at.token({ res: `channel:${channels.hls}`, exp: nowS() + lifeS });
  const page = await browser.newPage();
  const statuses: number[] = [];
  page.on('response', (response) => void (response.url().includes('/t/') && statuses.push(response.status())));
  await page.goto(players.url('hls-standard', url(`/t/${token}/live/${channels.hls}/index.m3u8`)));
  await pollUntil(async () => (await playerErrors(page)).length > 0, 'the player to give up', 60_000);
  expect(statuses).toContain(200);
  expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(4);
  await page.close();
}, 90_000);
