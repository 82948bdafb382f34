import type { Page } from 'playwright-core';
import { pollUntil } from './poll.ts';

/** Media time of a page's video, seconds; 0 while there is none. */
export function timeS(page: Page): Promise<number> {
  return page.evaluate(() => document.querySelector('video')?.currentTime ?? 0);
}

/**
 * Resolves when pictures have come; the longest time that they then stand still is {@link standstillMs}. While the page's
 * own clock is late the machine has no time for it, and a picture that waits says nothing.
 */
export async function watchStandstill(page: Page): Promise<void> {
  await pollUntil(async () => (await timeS(page)) > 0.5, 'the first pictures', 60_000);
  await page.evaluate(() => {
    const scope = globalThis as unknown as { standstillMs: number };
    scope.standstillMs = 0;
    const video = document.querySelector('video');
    let [seenS, stillMs, tickMs] = [0, 0, performance.now()];
    setInterval(() => {
      const [currentS, nowMs] = [video?.currentTime ?? 0, performance.now()];
      if (currentS !== seenS) stillMs = 0;
      else if (nowMs - tickMs < 150) stillMs += nowMs - tickMs;
      [seenS, tickMs] = [currentS, nowMs];
      scope.standstillMs = Math.max(scope.standstillMs, stillMs);
    }, 50);
  });
}

/** The longest time that the picture stood still since {@link watchStandstill}, ms. */
export function standstillMs(page: Page): Promise<number> {
  return page.evaluate(() => (globalThis as unknown as { standstillMs: number }).standstillMs);
}
