import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type {} from '../../web/src/player/window-api.ts';
import { launchChromium } from '../support/chromium.ts';
import { publishCodedPicture } from '../support/coded-publisher.ts';
import { pollUntil } from '../support/poll.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let browser: Browser;
let publisher: ReturnType<typeof publishCodedPicture>;
let broadcast: string;
const faults: string[] = [];

/** A signed channel that is live. */
beforeAll(async () => {
  stack = await startTestStack();
  browser = await launchChromium();
  publisher = publishCodedPicture({ url: stack.publishUrl });
  broadcast = (await stack.waitForState('live')).broadcast ?? '';
  await stack.api('PATCH', `/channels/${stack.run.channel}`, { reconnectWindowMs: 500, visibility: 'signed' });
  const isClosed = async (index: number) =>
    (await fetch(`${stack.popUrl(index)}/live/${stack.run.channel}/index.m3u8`)).status === 401;
  for (const index of [0, 1, 2]) await pollUntil(() => isClosed(index), `PoP ${index} to be closed`, 20_000);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await publisher?.stop();
  await stack?.stop();
}, 30_000);

interface Link {
  readonly id: string;
  readonly token: string;
  readonly urls: Readonly<Record<string, string>>;
}

async function makeLink(different: object): Promise<Link> {
  const response = await stack.api('POST', '/links', { channel: stack.run.channel, preset: '1h', ...different });
  expect(response.status).toBe(201);
  return response.json() as Promise<Link>;
}

/** A page in a browser of its own, which shares nothing with others. */
async function openPage(pop: number, path: string): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) faults.push(message.text());
  });
  await page.goto(stack.popUrl(pop) + path);
  return page;
}

const waitForState = (on: Page, state: string, timeout = 40_000) =>
  on.waitForFunction((wanted) => window.headwater?.state === wanted, state, { timeout });
const timeS = (on: Page) => on.evaluate(() => document.querySelector('video')?.currentTime ?? 0);

async function waitForPictures(on: Page): Promise<void> {
  const fromS = await timeS(on);
  await pollUntil(async () => (await timeS(on)) > fromS + 1, 'the picture to move', 40_000);
}

it('a revoked viewer stops within ten seconds and is told why, another one goes on', async () => {
  const [ann, bob] = await Promise.all(['ann', 'bob'].map((viewer) => makeLink({ viewer })));
  const [first, second] = await Promise.all([openPage(1, ann?.urls.watch ?? ''), openPage(2, bob?.urls.watch ?? '')]);
  await Promise.all([first, second].map((page) => waitForState(page, 'live')));
  await Promise.all([first, second].map(waitForPictures));
  expect(new URL(first.url()).hash).toBe('');

  const revokedMs = Date.now();
  expect((await stack.api('POST', '/revocations', { kind: 'viewer', value: 'ann' })).status).toBe(201);
  await waitForState(first, 'revoked', 10_000);
  expect(Date.now() - revokedMs).toBeLessThan(10_000);
  await first.getByRole('heading', { name: 'You can no longer watch this' }).waitFor();
  // No picture, and none in a buffer that could be played on.
  expect(await first.evaluate(() => [window.headwater.engine, document.querySelector('video')?.readyState])).toEqual([
    null,
    0,
  ]);

  await waitForPictures(second);
  expect(await second.evaluate(() => [window.headwater.state, window.headwater.errors])).toEqual(['live', []]);
  expect(faults).toEqual([]);
  await Promise.all([first, second].map((page) => page.context().close()));
}, 120_000);
