import type { Page } from 'playwright-core';
import { type PictureCode, readCode } from './coded-picture.ts';

/** One presented video frame, as the page saw it. */
export interface SeenFrame {
  readonly code: PictureCode | null;
  /** Wall clock at presentation, ms. */
  readonly shownMs: number;
  readonly mediaTimeS: number;
  readonly width: number;
  readonly height: number;
}

interface RawFrame {
  readonly brightness: number[];
  readonly shownMs: number;
  readonly mediaTimeS: number;
  readonly width: number;
  readonly height: number;
}

/** Starts reading the code of every presented frame of the page's video. */
export async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    const scope = globalThis as unknown as { seenFrames?: unknown[] };
    if (scope.seenFrames) return;
    const frames: unknown[] = [];
    scope.seenFrames = frames;
    const canvas = document.createElement('canvas');
    canvas.width = 64;
    canvas.height = 64;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const find = (root: Document | ShadowRoot): HTMLVideoElement | null => root.querySelector('video');
    const video = find(document);
    if (!video || !context) throw new Error('the page has no video');
    const look = (_: number, metadata: { mediaTime: number }) => {
      context.drawImage(video, 0, 0, 64, 64);
      const { data } = context.getImageData(0, 0, 64, 64);
      const brightness: number[] = [];
      for (let row = 0; row < 8; row++) {
        for (let column = 0; column < 8; column++)
          brightness.push(data[4 * ((8 * row + 4) * 64 + 8 * column + 4)] ?? 0);
      }
      const { videoWidth: width, videoHeight: height } = video;
      frames.push({ brightness, shownMs: Date.now(), mediaTimeS: metadata.mediaTime, width, height });
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  });
}

/** Takes the frames seen since the last call. */
export async function takeFrames(page: Page): Promise<SeenFrame[]> {
  const raw = await page.evaluate(() => {
    const scope = globalThis as unknown as { seenFrames?: unknown[] };
    return (scope.seenFrames?.splice(0) ?? []) as RawFrame[];
  });
  return raw.map(({ brightness, ...rest }) => ({ ...rest, code: readCode(brightness) }));
}
