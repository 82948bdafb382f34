import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { pollUntil } from './poll.ts';
import { type SeenFrame, takeFrames, watchFrames } from './video-probe.ts';

/** Watches until enough coded frames were shown. */
export async function seeFrames(page: Page, count: number): Promise<SeenFrame[]> {
  await page.waitForFunction(() => (document.querySelector('video')?.videoWidth ?? 0) > 0, null, { timeout: 30_000 });
  await watchFrames(page);
  const frames: SeenFrame[] = [];
  const enough = async () => {
    frames.push(...(await takeFrames(page)));
    return frames.filter((frame) => frame.code !== null).length >= count;
  };
  await pollUntil(enough, `${count} coded frames`, 45_000);
  return frames;
}

/** The right frames in the right order: codes are readable and go up with media time, one by one. */
export function checkFrames(frames: readonly SeenFrame[]): void {
  const coded = frames.filter((frame) => frame.code !== null);
  expect(coded.length / frames.length).toBeGreaterThan(0.9);
  for (const [i, frame] of coded.entries()) {
    const previous = coded[i - 1];
    if (!previous?.code || !frame.code) continue;
    const framesApart = frame.code.frame - previous.code.frame;
    const mediaFrames = Math.round((frame.mediaTimeS - previous.mediaTimeS) * 30);
    expect(framesApart).toBeGreaterThanOrEqual(0);
    expect(Math.abs(framesApart - mediaFrames)).toBeLessThanOrEqual(1);
  }
}
