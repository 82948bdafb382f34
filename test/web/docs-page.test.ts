import { rm } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildPages } from '../support/built-pages.ts';
import { launchChromium } from '../support/chromium.ts';
import { EdgeStage } from '../support/edge-stage.ts';

let dir: string;
let stage: EdgeStage;
let browser: Browser;

beforeAll(async () => {
  dir = await buildPages();
  const pops = [{ name: 'fra', continent: 'EU' }];
  [stage, browser] = await Promise.all([EdgeStage.start({ pops, pagesDir: dir }), launchChromium()]);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await stage?.stop();
  await rm(dir, { recursive: true, force: true });
});

it('the API’s page shows its calls, under the policy of all pages and with nothing of another server', async () => {
  const page = await browser.newPage();
  const [faults, hosts]: [string[], Set<string>] = [[], new Set()];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) faults.push(message.text());
  });
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  await page.goto(`${stage.edge.url()}/docs`);
  await page.getByText('Creates a channel.').first().waitFor();
  expect(faults).toEqual([]);
  expect([...hosts].filter((host) => host !== '' && host !== new URL(stage.edge.url()).host)).toEqual([]);
});
