import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { screenFor } from '../../web/src/watch/screens.ts';
import type { PageState } from '../../web/src/watch/state.ts';
import { buildPages } from '../support/built-pages.ts';
import { launchChromium } from '../support/chromium.ts';
import { ClipStage } from '../support/clip-stage.ts';
import { makeCodedBroadcast } from '../support/coded-broadcast.ts';
import { pollUntil } from '../support/poll.ts';
import { enterKeys, mintJwt, newTestKey } from '../support/token-mint.ts';

const key = newTestKey('es', 'ES256');
let dir: string;
let stage: ClipStage;
let browser: Browser;
/** A site that shows our pages in frames: another one than the PoPs', which are at 127.0.0.1. */
let site: Server;
let open: { channel: string; broadcast: string };
let signed: { channel: string; broadcast: string };

beforeAll(async () => {
  dir = await buildPages();
  const pops = [{ name: 'fra', continent: 'EU', country: 'DE' }];
  [stage, browser] = await Promise.all([ClipStage.start({ pops, pagesDir: dir }), launchChromium()]);
  const made = await makeCodedBroadcast([{ startS: 0, seconds: 12, firstFrame: 0 }], Date.now() - 12_000);
  made.packager.end();
  [open, signed] = [await stage.serve(made), await stage.serve(made)];
  await stage.edge.sql("UPDATE channels SET visibility = 'signed', title = 'Town hall' WHERE id = ?1", signed.channel);
  await enterKeys(stage.edge, [key]);
  site = createServer((request, response) => {
    const [, src = ''] = (request.url ?? '').split('?src=');
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html><iframe src="${decodeURIComponent(src)}" width="640" height="360"></iframe>`);
  });
  await new Promise<void>((resolve) => site.listen(0, 'localhost', resolve));
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await new Promise((resolve) => site.close(resolve));
  await stage?.stop();
  await rm(dir, { recursive: true, force: true });
});

const token = (more: Record<string, unknown> = {}) =>
  mintJwt(key, {
    aud: 'headwater',
    res: `channel:${signed.channel}`,
    exp: Math.floor(Date.now() / 1_000) + 300,
    ...more,
  });

/** The PoP, without a slash at its end. */
const url = () => new URL(stage.edge.url()).origin;

/** The site's page with one of ours in its frame. */
async function show(path: string): Promise<{ page: Page; frame: Frame; console: string[]; asked: string[] }> {
  const page = await browser.newPage();
  const told: string[] = [];
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (message) => told.push(message.text()));
  page.on('pageerror', (error) => told.push(String(error)));
  const { port } = site.address() as AddressInfo;
  await page.goto(`http://localhost:${port}/?src=${encodeURIComponent(url() + path)}`);
  const frame = page.frames()[1];
  if (!frame) throw new Error('the page has no frame');
  return { page, frame, console: told, asked };
}

async function waitFor(frame: Frame, state: PageState): Promise<void> {
  await frame.waitForFunction((wanted) => window.headwater?.state === wanted, state, { timeout: 20_000 });
}

const mediaAsked = (broadcast: string) =>
  stage.origin.seen.filter(({ target }) => target.startsWith(`/b/${broadcast}/`));

async function expectToPlay(frame: Frame): Promise<void> {
  await waitFor(frame, 'live');
  const video = frame.locator('video');
  await pollUntil(
    () => video.evaluate((element: HTMLVideoElement) => element.currentTime > 0 && element.videoHeight > 0),
    'a picture that moves',
  );
  expect(await video.evaluate((element: HTMLVideoElement) => element.muted)).toBe(true);
}

test('an open channel plays by itself and without sound in a frame of another site, and fills it', async () => {
  const { page, frame, console: told } = await show(`/embed/${open.channel}`);
  await expectToPlay(frame);
  expect(await frame.locator('#unmute').isVisible()).toBe(true);
  const box = await frame.locator('#stage').evaluate((element) => {
    const { width, height } = element.getBoundingClientRect();
    const { scrollWidth, scrollHeight } = document.documentElement;
    return [width, height, scrollWidth, scrollHeight];
  });
  expect(box).toEqual([640, 360, 640, 360]);
  const out = frame.locator('#open-watch');
  expect(await out.getAttribute('href')).toBe(`/watch/${open.channel}`);
  expect([await out.getAttribute('target'), await out.getAttribute('rel')]).toEqual(['_blank', 'noopener noreferrer']);
  await frame.locator('#unmute').click();
  expect(await frame.locator('video').evaluate((element: HTMLVideoElement) => element.muted)).toBe(false);
  expect(told).toEqual([]);
  await page.close();
});

test('a signed channel without a token says that it is private, in the words of the watch page, and nothing is fetched', async () => {
  const { page, frame } = await show(`/embed/${signed.channel}`);
  await waitFor(frame, 'private');
  const words = screenFor('private');
  expect(await frame.locator('#screen-headline').textContent()).toBe(words?.headline);
  expect(await frame.locator('#screen-sentence').textContent()).toBe(words?.sentence);
  expect(await frame.locator('#title').textContent()).toBe(signed.channel);
  expect(mediaAsked(signed.broadcast)).toEqual([]);
  await page.close();
});

test('a token in the address plays on its sites, leaves the address, and its session is for this page alone', async () => {
  const link = token({ sites: ['localhost'] });
  const { page, frame, asked } = await show(`/embed/${signed.channel}?engine=hls&token=${link}`);
  await expectToPlay(frame);
  const playlist = asked.find((address) => /\/t\/s1\.[^/]+\/live\//.test(address)) ?? '';
  expect(frame.url()).toBe(`${url()}/embed/${signed.channel}?engine=hls`);
  expect(await frame.locator('#title').textContent()).toBe('Town hall');
  const ask = async (headers: Record<string, string>) => (await fetch(playlist, { headers })).status;
  expect(await ask({ origin: url() })).toBe(200);
  expect(await ask({ origin: 'http://localhost' })).toBe(403);
  expect(await ask({})).toBe(403);
  await page.close();
});

test('a site that is not listed gets no page, and the page alone plays nothing', async () => {
  const path = `/embed/${signed.channel}?token=${token({ sites: ['blog.example.com'] })}`;
  const asked = mediaAsked(signed.broadcast).length;
  const { page, frame, console: told } = await show(path);
  await pollUntil(() => told.some((text) => text.includes('frame-ancestors')), 'the browser to refuse the frame');
  expect(await frame.evaluate(() => 'headwater' in window)).toBe(false);
  await page.goto(url() + path);
  await page.waitForFunction(() => window.headwater?.state === 'wrong-site');
  const leading = page.getByRole('link', { name: 'See what is live' });
  expect(await leading.getAttribute('target')).toBe('_blank');
  expect(mediaAsked(signed.broadcast).length).toBe(asked);
  await page.close();
});

test('who may show it in a frame is said for every page', async () => {
  const policyOf = async (path: string) => {
    const response = await fetch(url() + path);
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('id="stage"')]);
    return /frame-ancestors (.*)$/.exec(response.headers.get('content-security-policy') ?? '')?.[1];
  };
  const embed = `/embed/${signed.channel}`;
  const sites = ['*.example.com', 'tv.example.org:8443'];
  expect(await policyOf(`/watch/${open.channel}`)).toBe("'self'");
  expect(await policyOf(embed)).toBeUndefined();
  expect(await policyOf(`${embed}?token=${token()}`)).toBeUndefined();
  expect(await policyOf(`${embed}?token=${token({ sites })}x`)).toBeUndefined();
  expect(await policyOf(`${embed}?token=${token({ sites })}`)).toBe(
    [
      ...['https://*.example.com:*', 'http://*.example.com:*', 'https://example.com:*', 'http://example.com:*'],
      ...['https://tv.example.org:8443', 'http://tv.example.org:8443'],
    ].join(' '),
  );
});

test('nobody but our own page is believed where it is shown', async () => {
  const begin = async (origin: string, embeddedOn: string) => {
    const response = await fetch(`${url()}/api/v1/session`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token({ sites: ['blog.example.com'] })}`,
        'content-type': 'application/json',
        origin,
      },
      body: JSON.stringify({ channel: signed.channel, embeddedOn }),
    });
    return [response.status, ((await response.json()) as { code?: string }).code];
  };
  expect(await begin(url(), 'blog.example.com')).toEqual([201, undefined]);
  expect(await begin(url(), 'other.example.com')).toEqual([403, 'site_refused']);
  expect(await begin('https://evil.example.com', 'blog.example.com')).toEqual([403, 'site_refused']);
  expect(await begin(url(), 'Not a host')).toEqual([400, 'bad_request']);
});
