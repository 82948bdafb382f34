import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type {} from '../../web/src/player/window-api.ts';
import { launchChromium } from '../support/chromium.ts';
import { checkFrames, seeFrames } from '../support/coded-frames.ts';
import { type CodedPublisher, publishCodedPicture } from '../support/coded-publisher.ts';
import { readMedia, readMediaPlaylist, readMpd, readMultivariant } from '../support/oracles.ts';
import { type PlayersPage, startPlayersPage } from '../support/players-page.ts';
import { pollUntil } from '../support/poll.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

/** Small enough for a machine that is busy with other things; in Chromium, which has no HEVC, a height tells a codec. */
const ladder = {
  extraRungs: [
    { encoder: 'libvpx-vp9', height: 160 },
    { encoder: 'libsvtav1', height: 120 },
    { encoder: 'libx265', height: 120 },
  ],
  opus: true,
};
const rungs = ['v180', 'v160-vp9', 'v120-av1', 'v120-hevc'];

let stack: TestStack;
let publisher: CodedPublisher;
let browser: Browser;
let players: PlayersPage;

beforeAll(async () => {
  stack = await startTestStack({ ladder });
  publisher = publishCodedPicture({ url: stack.publishUrl, width: 320, height: 180 });
  browser = await launchChromium();
  players = await startPlayersPage();
  await stack.waitForState('live');
  await pollUntil(async () => (await mediaUris('v180')).length > 3, 'three segments', 30_000);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await players?.close();
  await publisher?.stop();
  await stack?.stop();
}, 30_000);

const text = async (path: string) => {
  const response = await fetch(new URL(path, stack.popUrl(0)));
  expect(response.status, path).toBe(200);
  return response.text();
};

async function renditionPath(name: string): Promise<string> {
  const { broadcast } = await stack.view();
  return `/b/${broadcast}/${name}`;
}

/** Init segment and complete segments of a rendition. */
async function mediaUris(name: string): Promise<string[]> {
  const folder = await renditionPath(name);
  const { init, segments } = readMediaPlaylist(await text(`${folder}/index.m3u8`));
  return [init ?? '', ...segments].map((uri) => `${folder}/${uri}`);
}

async function mediaOf(name: string): Promise<ArrayBuffer[]> {
  const uris = await mediaUris(name);
  return Promise.all(uris.map(async (uri) => (await fetch(new URL(uri, stack.popUrl(0)))).arrayBuffer()));
}

describe('a ladder of several codecs', () => {
  it('is one multivariant playlist, H.264 first, and without Opus', async () => {
    const playlist = await text(stack.run.hls);
    const variants = readMultivariant(playlist);
    expect(variants.map((uri) => /\/([^/]+)\/index\.m3u8$/.exec(uri)?.[1])).toEqual([...rungs, 'a1']);
    expect(playlist).not.toMatch(/opus/i);
    const codecs = [...playlist.matchAll(/CODECS="([^"]+),mp4a\.40\.2"/g)].map(([, codec]) => codec);
    expect(codecs).toEqual(['avc1.64000d', 'vp09.00.11.08.00.02.02.02.00', 'av01.0.00M.08', 'hvc1.1.6.L60.90']);
    expect(await text(`${await renditionPath('v180')}/index.m3u8`)).not.toMatch(/RENDITION-REPORT:URI="[^"]*opus/);
  });

  it('is one MPD with a set for each codec, and Opus beside AAC', async () => {
    const url = new URL(stack.run.dash, stack.popUrl(0)).href;
    const mpd = await text(stack.run.dash);
    const sets = [...mpd.matchAll(/<AdaptationSet id="(\d+)" contentType="(\w+)"[\s\S]*?<\/AdaptationSet>/g)];
    const shape = sets.map(([body, id, kind]) => {
      const names = [...body.matchAll(/<Representation id="([^"]+)"/g)].map(([, name]) => name);
      const switchable = /adaptation-set-switching:2016" value="([^"]*)"/.exec(body)?.[1] ?? '';
      return [id, kind, names.join(), switchable];
    });
    expect(shape).toEqual([
      ['1', 'video', 'v180', '11,12,13'],
      ['11', 'video', 'v120-hevc', '1,12,13'],
      ['12', 'video', 'v160-vp9', '1,11,13'],
      ['13', 'video', 'v120-av1', '1,11,12'],
      ['2', 'audio', 'a1', ''],
      ['3', 'audio', 'a1-opus', ''],
    ]);
    const segments = readMpd(mpd, url);
    for (const name of [...rungs, 'a1'])
      expect(
        segments.some((one) => one.includes(`/${name}/`)),
        name,
      ).toBe(true);
  });

  it.each([...rungs, 'a1', 'a1-opus'])(
    '%s: decoded by ffmpeg without an error, and named as mp4box names it',
    async (name) => {
      const pieces = await mediaOf(name);
      const folder = await mkdtemp(join(tmpdir(), 'headwater-codecs-'));
      onTestFinished(() => rm(folder, { recursive: true, force: true }));
      const path = join(folder, 'media.mp4');
      await writeFile(path, Buffer.concat(pieces.map((piece) => Buffer.from(piece))));
      const options = [
        '-nostdin',
        '-loglevel',
        'error',
        '-xerror',
        '-err_detect',
        'explode',
        '-i',
        path,
        '-f',
        'null',
        '-',
      ];
      const { stderr } = await promisify(execFile)(process.env.FFMPEG_PATH ?? 'ffmpeg', options);
      expect(stderr).toBe('');
      const { codec, samples } = readMedia(pieces);
      expect(samples).toBeGreaterThan(100);
      const declared = new RegExp(`id="${name}" codecs="([^"]+)"`).exec(await text(stack.run.dash))?.[1] ?? '';
      // mp4box leaves the optional end off the VP9 string, and names Opus by its sample entry.
      expect(declared.toLowerCase().startsWith(codec.toLowerCase()), `${declared} and ${codec}`).toBe(true);
    },
  );
});

describe.each([
  ['hls.js', ''],
  ['dash.js', '?engine=dash'],
])('%s on the watch page', (_, query) => {
  it('plays VP9 and AV1 when they are chosen, and leaves out what the browser cannot decode', async () => {
    const page = await browser.newPage();
    await page.goto(stack.popUrl(1) + stack.run.watch + query);
    checkFrames(await seeFrames(page, 20));
    const names = await menuNames(page);
    expect(names.slice(1)).toEqual(['180p', '160p VP9', '120p AV1']);
    await pollUntil(async () => (await shown(page)) === 'Auto (180p)', 'the tallest picture by itself', 20_000);
    for (const [name, height] of [
      ['160p VP9', 160],
      ['120p AV1', 120],
      ['Auto', 180],
    ] as const) {
      await choose(page, name);
      await pollUntil(async () => (await shown(page))?.startsWith(name) === true, `${name} to be chosen`, 20_000);
      const seen = async () => (await seeFrames(page, 10)).at(-1)?.height === height;
      await pollUntil(seen, `a picture of ${height} lines`, 30_000);
      checkFrames(await seeFrames(page, 40));
    }
    expect(await page.evaluate(() => window.headwater.errors)).toEqual([]);
    await page.close();
  });
});

it('Opus begins in Chromium where AAC does, within a frame of either', async () => {
  const page = await browser.newPage();
  await page.goto(stack.popUrl(0));
  const starts: number[] = [];
  for (const [name, type] of [
    ['a1', 'audio/mp4; codecs="mp4a.40.2"'],
    ['a1-opus', 'audio/mp4; codecs="opus"'],
  ] as const) {
    const [init = '', first = ''] = await mediaUris(name);
    starts.push(await page.evaluate(bufferedStart, { type, uris: [init, first] }));
  }
  const [aac = 0, opus = 0] = starts;
  expect(Math.abs(aac - opus)).toBeLessThan(1_024 / 48_000);
  await page.close();
});

it('Shaka plays it in both forms', async () => {
  for (const manifest of [stack.run.hls, stack.run.dash]) {
    const page = await browser.newPage();
    await page.goto(players.url('shaka', stack.popUrl(2) + manifest));
    checkFrames(await seeFrames(page, 40));
    expect(await page.evaluate(() => (globalThis as unknown as { playerErrors: string[] }).playerErrors)).toEqual([]);
    await page.close();
  }
});

const menuNames = (page: Page) =>
  page.evaluate(() => {
    return [...document.querySelectorAll('#quality-menu [role=menuitemradio]')].map((item) => item.textContent ?? '');
  });

const shown = (page: Page) => page.evaluate(() => document.querySelector('#quality')?.textContent);

async function choose(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.querySelector<HTMLButtonElement>('#quality')?.click());
  await page.evaluate((wanted) => {
    const items = [...document.querySelectorAll<HTMLButtonElement>('#quality-menu [role=menuitemradio]')];
    items.find((item) => item.textContent?.startsWith(wanted))?.click();
  }, name);
}

/** In the page: where the media that was appended begins, seconds. */
async function bufferedStart({ type, uris }: { type: string; uris: string[] }): Promise<number> {
  const source = new MediaSource();
  const audio = document.createElement('audio');
  audio.src = URL.createObjectURL(source);
  await new Promise((opened) => source.addEventListener('sourceopen', opened));
  const buffer = source.addSourceBuffer(type);
  for (const uri of uris) {
    const bytes = await (await fetch(uri)).arrayBuffer();
    await new Promise((done, failed) => {
      buffer.addEventListener('updateend', done, { once: true });
      buffer.addEventListener('error', failed, { once: true });
      buffer.appendBuffer(bytes);
    });
  }
  return buffer.buffered.start(0);
}
