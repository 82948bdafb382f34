import { rm } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { broadcastLimits } from '#shared/limits/origin.ts';
import { buildPages } from '../../support/built-pages.ts';
import { launchChromium } from '../../support/chromium.ts';
import { apiToken } from '../../support/edge.ts';
import { EdgeStage } from '../../support/edge-stage.ts';

/** The section of the studio with the real API: a second origin joins, and is drained, resumed and removed from the page. */
const faults: string[] = [];
let dir: string;
let stage: EdgeStage;
let browser: Browser;
let page: Page;
let key: { readonly kid: string; readonly secret: string };
let beating: NodeJS.Timeout | undefined;
const patience = { timeout: 25_000 };

beforeAll(async () => {
  dir = await buildPages();
  const pops = [{ name: 'fra', continent: 'EU' }];
  [stage, browser] = await Promise.all([EdgeStage.start({ pops, pagesDir: dir }), launchChromium()]);
  page = await signedIn(apiToken);
}, 120_000);
afterAll(async () => {
  clearInterval(beating);
  await browser?.close();
  await stage?.stop();
  await rm(dir, { recursive: true, force: true });
});

async function signedIn(token: string): Promise<Page> {
  const opened = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  opened.on('pageerror', (error) => faults.push(String(error)));
  opened.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) faults.push(message.text());
  });
  await opened.goto(`${stage.edge.url()}/studio`);
  await opened.getByLabel('API token').fill(token);
  await opened.keyboard.press('Enter');
  return opened;
}

const row = (id: string) =>
  page.locator('#origins > li', { has: page.getByRole('heading', { name: id, exact: true }) });
const state = (id: string) => row(id).locator('.state').textContent();
const originOf = async (id: string) => {
  const { json } = await stage.edge.person('GET', '/origins');
  return json.origins.find((origin: { readonly id: string }) => origin.id === id);
};

function beat(): Promise<unknown> {
  const ingest = { rtmpUrl: 'rtmp://desk.test:1951/live', rtmpsUrl: null, place: null };
  const message = { origin: 'desk-1', url: 'http://127.0.0.1:9081', version: '0.1.0', broadcasts: [], load: 0.25 };
  return stage.edge.say('heartbeat', { ...message, ingest, capacity: 55_296_000, region: 'eu' }, key);
}

it('lists a second origin that joins with what the page hands out', async () => {
  await page.getByRole('link', { name: 'Origins' }).click();
  await row('o-test').waitFor();
  await page.getByLabel('Id', { exact: true }).fill('desk-1');
  await page.getByLabel('Address for PoPs').fill('http://127.0.0.1:9081');
  await page.getByRole('button', { name: 'Create join token' }).click();
  await page.getByRole('button', { name: 'Show Settings' }).click();
  const lines = await page.locator('textarea[aria-label="Settings"]').inputValue();
  const settings = Object.fromEntries(lines.split('\n').map((line) => line.split('=', 2)));
  const control = settings.HEADWATER_CONTROL_URL;
  expect(`${control}/`).toBe(stage.edge.url());
  const question = { token: settings.HEADWATER_JOIN_TOKEN, origin: settings.HEADWATER_ORIGIN_ID, version: '0.1.0' };
  const joined = await fetch(`${control}/api/v1/origin/join`, { method: 'POST', body: JSON.stringify(question) });
  expect(joined.status).toBe(200);
  key = (await joined.json()) as typeof key;
  await page.getByRole('button', { name: 'Done' }).click();
  beating = setInterval(beat, broadcastLimits.heartbeatMs);
  await row('desk-1').waitFor(patience);
  expect(await row('desk-1').textContent()).toContain('rtmp://desk.test:1951/live');
  expect(await row('desk-1').textContent()).toContain('25 %');
  await page.getByRole('row', { name: /desk-1 Any new origin .* Used up .* 1 of 1/ }).waitFor(patience);
});

it('drains it, and takes it back', async () => {
  await page.getByRole('button', { name: 'Drain desk-1' }).click();
  await page.locator('#confirm-action').click();
  await expect.poll(() => state('desk-1'), patience).toBe('Drained: it can be stopped');
  expect(await originOf('desk-1')).toMatchObject({ draining: true });
  const { ingests } = (await (await fetch(new URL('/ingests', stage.edge.url()))).json()) as { ingests: object[] };
  expect(ingests).toEqual([]);
  await page.getByRole('button', { name: 'Resume desk-1' }).click();
  await expect.poll(() => state('desk-1'), patience).toBe('Takes publishers');
  expect(await originOf('desk-1')).toMatchObject({ draining: false });
});

it('says why it is not removed while it was heard a moment ago, and removes it later', async () => {
  await stage.edge.person('PATCH', '/origins/desk-1', { draining: true });
  const remove = async () => {
    await page.getByRole('button', { name: 'Remove desk-1' }).click(patience);
    await page.locator('#confirm-action').click();
  };
  await remove();
  await page
    .getByText(/^Origin desk-1 was heard, or joined, a moment ago\. Stop it;/)
    .first()
    .waitFor();
  expect(await originOf('desk-1')).toBeDefined();
  clearInterval(beating);
  await stage.edge.sql("UPDATE origins SET seen_ms = seen_ms - 60000 WHERE id = 'desk-1'");
  await stage.edge.sql("UPDATE origin_keys SET created_ms = 1 WHERE origin = 'desk-1'");
  await expect.poll(() => state('desk-1'), patience).toMatch(/^Not heard since .*, and drained$/);
  await remove();
  await page.getByText('desk-1 is removed.').first().waitFor();
  expect(await originOf('desk-1')).toBeUndefined();
  expect(await row('desk-1').count()).toBe(0);
});

it('is not there for the owner of a channel', async () => {
  await stage.edge.person('POST', '/channels', { id: 'news', title: 'Evening news' });
  const made = await stage.edge.person('POST', '/tokens', { role: 'owner', channel: 'news', label: 'The anchor' });
  const theirs = await signedIn(made.json.token);
  await theirs.locator(':root[data-role="owner"]').waitFor();
  await theirs.getByRole('link', { name: 'Settings' }).waitFor();
  expect(await theirs.getByRole('link', { name: 'Origins' }).count()).toBe(0);
  await theirs.evaluate(() => Object.assign(location, { hash: '#/origins/news' }));
  await theirs.locator('#section-live').waitFor();
  expect(await theirs.locator('#section-origins').isVisible()).toBe(false);
  await theirs.context().close();
  expect(faults).toEqual([]);
});
