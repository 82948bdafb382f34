import { launchChromium } from '../test/support/chromium.ts';
import { publishCodedPicture } from '../test/support/coded-publisher.ts';
import { startPlayersPage } from '../test/support/players-page.ts';
import { startTestStack } from '../test/support/stack.ts';
import { takeFrames, watchFrames } from '../test/support/video-probe.ts';

/**
 * Glass to glass through a PoP: the wall clock is drawn into each frame when it is made, and read from the picture
 * when Chromium presents it. Everything in between is the real thing: x264, RTMP, ingest, ffmpeg, packager, origin,
 * Worker, player. One viewer at a time; source 640 × 360 at 30 fps, keyframes every 2 s.
 */

const settleMs = 4_000;
const measureMs = 15_000;

const stack = await startTestStack();
const publisher = publishCodedPicture({ url: stack.publishUrl });
const browser = await launchChromium();
const players = await startPlayersPage();
try {
  await stack.waitForState('live');
  const pop = stack.popUrl(0);
  const viewers = [
    ['LL-HLS, hls.js on the watch page', pop + stack.run.watch],
    ['LL-HLS, Shaka', players.url('shaka', pop + stack.run.hls)],
    ['HLS, hls.js without low-latency mode', players.url('hls-standard', pop + stack.run.hls)],
    ['LL-DASH, dash.js on the watch page', `${pop}${stack.run.watch}?engine=dash`],
    ['LL-DASH, Shaka', players.url('shaka-dash', pop + stack.run.dash)],
  ] as const;
  process.stdout.write('glass to glass, ms                        p50    p95    min    max   join  stalls\n');
  for (const [name, url] of viewers) {
    const row = await measure(url);
    const cells = [row.p50, row.p95, row.min, row.max, row.joinMs, row.stalls].map((cell) => String(cell).padStart(6));
    process.stdout.write(`${name.padEnd(38)} ${cells.join(' ')}\n`);
  }
} finally {
  await browser.close();
  await players.close();
  await publisher.stop();
  await stack.stop();
}

async function measure(url: string) {
  const page = await browser.newPage();
  const startedMs = Date.now();
  await page.goto(url);
  await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0, null, { timeout: 30_000 });
  const joinMs = Date.now() - startedMs;
  await watchFrames(page);
  await page.evaluate(() => {
    const scope = globalThis as unknown as { stalls: number };
    scope.stalls = 0;
    document.querySelector('video')?.addEventListener('waiting', () => scope.stalls++);
  });
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  await takeFrames(page);
  await new Promise((resolve) => setTimeout(resolve, measureMs));
  const frames = await takeFrames(page);
  const stalls = await page.evaluate(() => (globalThis as unknown as { stalls: number }).stalls);
  await page.close();
  const delays = frames.flatMap(({ code, shownMs }) => (code ? [shownMs - code.atMs] : [])).sort((a, b) => a - b);
  const at = (share: number) => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), min: at(0), max: at(1), joinMs, stalls };
}
