import type { Browser } from 'playwright-core';
import { expect } from 'vitest';
import type { PictureCode } from './coded-picture.ts';
import { pollUntil } from './poll.ts';
import { takeFrames, watchFrames } from './video-probe.ts';

/**
 * Plays what a page of a player shows from its beginning to its end; the readable codes of all pictures that were shown.
 * @param lengthS of what is longer than half a minute
 */
export async function watchWhole(browser: Browser, url: string, lengthS = 0): Promise<PictureCode[]> {
  const page = await browser.newPage();
  await page.goto(url);
  await page.waitForFunction('document.querySelector("video").readyState >= 2', null, { timeout: 30_000 });
  const beginning = 'video.seekable.length ? video.seekable.start(0) : 0';
  // Within the first second it stays: a seek in the moment of its start makes dash.js stand still now and then.
  await page.evaluate(`video.pause(); if (video.currentTime - (${beginning}) > 1) video.currentTime = ${beginning};`);
  await page.waitForFunction('!video.seeking && video.readyState >= 2', null, { timeout: 30_000 });
  await watchFrames(page);
  await page.evaluate('video.play()');
  const shown: PictureCode[] = [];
  const isOver = async () => {
    // Sound may last a few frames longer than the last picture, and a player wait there.
    const over = await page.evaluate('video.ended || video.currentTime > video.duration - 0.25');
    shown.push(...(await takeFrames(page)).flatMap(({ code }) => code ?? []));
    return over === true;
  };
  await pollUntil(isOver, `the end of ${url}`, 60_000 + 1_500 * lengthS).catch(async (cause) => {
    const at = 'JSON.stringify({ atS: video.currentTime, ofS: video.duration, ready: video.readyState, playerErrors })';
    throw new Error(`it stands at ${await page.evaluate(at)}`, { cause });
  });
  const errors = await page.evaluate(() => (globalThis as unknown as { playerErrors: string[] }).playerErrors);
  expect(errors).toEqual([]);
  await page.close();
  return shown;
}

/**
 * Asserts that pictures which a player showed are those that there are, in order, and some of most seconds: a browser that
 * has no time leaves some out, and that all are there is for a decoder to say.
 */
export function expectWhole(shown: readonly PictureCode[], all: readonly PictureCode[], frameRate: number): void {
  const index = new Map(all.map((code, i) => [nameOf(code), i]));
  const places = shown.map((code) => index.get(nameOf(code)) ?? -1);
  expect(places.filter((place) => place === -1)).toEqual([]);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  const seconds = new Set(places.map((place) => Math.floor(place / frameRate)));
  expect(seconds.size).toBeGreaterThan((0.75 * all.length) / frameRate);
}

/** One picture among those of several publishers, each of which counts from zero. */
export function nameOf({ frame, atMs }: PictureCode): string {
  return `${atMs} ${frame}`;
}
