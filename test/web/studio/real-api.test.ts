import { rm } from 'node:fs/promises';
import { unzipSync } from 'fflate';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildPages } from '../../support/built-pages.ts';
import { launchChromium } from '../../support/chromium.ts';
import { apiToken } from '../../support/edge.ts';
import { EdgeStage } from '../../support/edge-stage.ts';

/** A signing secret of this test: made up here, good for nothing else. */
const vars = { ACCESS_KEYS: 'a1:secret-of-the-studio-test-32-chars' };
const faults: string[] = [];
let dir: string;
let stage: EdgeStage;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  dir = await buildPages();
  const pops = [{ name: 'fra', continent: 'EU' }];
  [stage, browser] = await Promise.all([EdgeStage.start({ pops, vars, pagesDir: dir }), launchChromium()]);
  const ingest = { rtmpUrl: 'rtmp://o.test:1935/live', rtmpsUrl: null, place: null };
  await stage.edge.sql("UPDATE origins SET ingest = ?1 WHERE id = 'o-test'", JSON.stringify(ingest));
  page = await browser.newPage();
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) faults.push(message.text());
  });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await stage?.stop();
  await rm(dir, { recursive: true, force: true });
});

const secretOf = (label: string) => page.locator(`input[aria-label="${label}"]`).inputValue();

it('signs in, makes a channel, publishes with a key of it, and makes a link', async () => {
  await page.goto(`${stage.edge.url()}/studio`);
  await page.getByLabel('API token').fill(apiToken);
  await page.keyboard.press('Enter');
  await page.locator('#first-channel').click();
  await page.locator('#new-channel-name').fill('Evening news');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Listening for your encoder…' }).waitFor();
  expect(await page.locator('#rtmp').textContent()).toBe('rtmp://o.test:1935/live');

  await page.getByRole('button', { name: 'Create a stream key' }).click();
  await page.locator('#live-secret').waitFor();
  const streamKey = await secretOf('Stream key');
  expect(await stage.edge.publish(streamKey)).toMatchObject({ accepted: true, channel: 'evening-news' });
  await page.getByRole('heading', { name: 'Your encoder is here' }).waitFor();

  await page.getByRole('link', { name: 'Keys' }).click();
  await page.getByText(/last used less than a minute ago by OBS 31 from 192\.0\.2\.7/).waitFor();

  await page.getByRole('link', { name: 'Links' }).click();
  await page.locator('#link-label').fill('For the press');
  await page.locator('#link-uses').fill('3');
  await page.getByRole('button', { name: 'Create link' }).click();
  await page.getByRole('cell', { name: 'For the press The channel' }).waitFor();
  expect(await secretOf('Watch link')).toContain(`${stage.edge.url().replace(/\/$/, '')}/watch/evening-news#token=`);
  expect(await secretOf('Embed code')).toContain(`src="${new URL(stage.edge.url()).origin}/embed/evening-news?token=`);
  const { json } = await stage.edge.person('GET', '/links?channel=evening-news');
  expect(json.links).toMatchObject([{ label: 'For the press', usesMax: 3, state: 'active' }]);
});

it('hands out a profile for OBS with a key that works', async () => {
  await page.getByRole('link', { name: 'Go live' }).click();
  await page.getByText('Connect your encoder').click();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download OBS profile' }).click(),
  ]);
  expect(file.suggestedFilename()).toBe('headwater-evening-news.zip');
  const chunks: Buffer[] = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
  const service = unzipSync(Buffer.concat(chunks))['headwater-evening-news/service.json'];
  const { settings } = JSON.parse(new TextDecoder().decode(service));
  expect(await stage.edge.publish(settings.key)).toMatchObject({ accepted: true, channel: 'evening-news' });
});

it('ends the broadcast by closing the channel, and opens it again', async () => {
  await page.getByRole('button', { name: 'End and close' }).click();
  await page.locator('#confirm-action').click();
  await page.getByRole('heading', { name: 'This channel is closed' }).waitFor();
  const { json } = await stage.edge.person('GET', '/channels/evening-news');
  expect(json).toMatchObject({ disabled: true, state: 'ended' });
  await page.locator('#reopen').click();
  await page.getByRole('heading', { name: 'Listening for your encoder…' }).waitFor();
});

it('saves settings, and tells what the API refuses in its own words', async () => {
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.locator('#settings-visibility').selectOption('signed');
  await page.locator('#settings-keep').selectOption('last');
  await page.locator('#settings-count').fill('3');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').first().waitFor();
  const { json } = await stage.edge.person('GET', '/channels/evening-news');
  expect(json).toMatchObject({ visibility: 'signed', retention: { keep: 'last', count: 3 } });
  await page.getByRole('link', { name: 'Webhooks' }).click();
  await page.locator('#webhook-url').fill('http://127.0.0.1/hook');
  await page.getByRole('button', { name: 'Create webhook' }).click();
  await page.getByText('url: must be an https address on the public internet.').waitFor();
});

it('breaks no rule of the page, and shows the token nowhere', async () => {
  expect(faults).toEqual([]);
  expect(await page.content()).not.toContain(apiToken);
  expect(stage.edge.logs).not.toContain(apiToken);
  const { headers } = await stage.get('/studio');
  expect(headers['content-security-policy']).toContain("script-src 'self'");
  expect(headers['content-security-policy']).toContain("default-src 'none'");
});
