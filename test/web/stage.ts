import { rm } from 'node:fs/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, vi } from 'vitest';
import type { WatchView } from '#shared/model/view.ts';
import { buildPages } from '../support/built-pages.ts';
import { launchChromium } from '../support/chromium.ts';
import { type PagesServer, servePages } from '../support/pages-server.ts';
import { viewOf } from './views.ts';

/** The built pages in Chromium, with an API that the test makes up. */
export interface Stage {
  readonly dir: string;
  readonly server: PagesServer;
  /** Opens a path in a context of its own; every script error and breach of the policy is kept in `faults`. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>;
  /** What the API says about the channel `demo` from now on. */
  say(different?: Partial<WatchView>): void;
  readonly faults: string[];
}

/** Builds the pages and starts server and browser for the tests of one file. */
export function useStage(): Stage {
  vi.setConfig({ testTimeout: 30_000 });
  let dir = '';
  let server: PagesServer;
  let browser: Browser;
  const faults: string[] = [];
  beforeAll(async () => {
    dir = await buildPages();
    [server, browser] = await Promise.all([servePages(dir), launchChromium()]);
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await server.close();
    await rm(dir, { recursive: true, force: true });
  });
  return {
    get dir() {
      return dir;
    },
    get server() {
      return server;
    },
    async open(path, options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      context.setDefaultTimeout(10_000);
      const page = await context.newPage();
      page.on('pageerror', (error) => faults.push(String(error)));
      page.on('console', (message) => {
        if (/Content Security Policy/.test(message.text())) faults.push(message.text());
      });
      await page.goto(server.url + path);
      return page;
    },
    say(different = {}) {
      const startedMs = Date.now() - 12 * 60_000 - 5_000;
      server.answer('/api/v1/watch/demo', 200, () => viewOf({ nowMs: Date.now(), startedMs, ...different }));
    },
    faults,
  };
}

/** Waits until the page says that it is in a state. */
export async function waitForState(page: Page, state: string): Promise<void> {
  await page.waitForFunction((wanted) => window.headwater?.state === wanted, state);
}
