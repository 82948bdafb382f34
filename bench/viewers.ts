import type { Page, Response } from 'playwright-core';
import { launchChromium } from '../test/support/chromium.ts';
import { publishCodedPicture } from '../test/support/coded-publisher.ts';
import { startPlayersPage } from '../test/support/players-page.ts';
import { startTestStack } from '../test/support/stack.ts';

/**
 * What one viewer asks of a PoP, by kind of request, while it plays for a while: the figures that a bill is made of. Counts
 * and not times, so a busy machine does not change them.
 */

const settleMs = 5_000;
const countMs = 30_000;
const hourS = 3_600;
const kinds = ['playlist', 'part', 'segment', 'other'] as const;
type Kind = (typeof kinds)[number];

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
  const heads = [...kinds, 'per s', 'per hour', 'kbit/s'].map((head) => head.padStart(9)).join('');
  process.stdout.write(`requests in ${countMs / 1_000} s                      ${heads}\n`);
  for (const [name, url] of viewers) {
    const { counts, bytes } = await count(url, pop);
    const all = kinds.reduce((sum, kind) => sum + counts[kind], 0);
    const perS = (1_000 * all) / countMs;
    const kbits = (8 * bytes) / countMs;
    const cells = [...kinds.map((kind) => counts[kind]), perS.toFixed(1), Math.round(perS * hourS), Math.round(kbits)];
    process.stdout.write(`${name.padEnd(38)}${cells.map((cell) => String(cell).padStart(9)).join('')}\n`);
  }
} finally {
  await browser.close();
  await players.close();
  await publisher.stop();
  await stack.stop();
}

async function count(url: string, pop: string): Promise<{ counts: Record<Kind, number>; bytes: number }> {
  const page = await browser.newPage();
  await page.goto(url);
  await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0, null, { timeout: 30_000 });
  await pass(page, settleMs);
  const counts: Record<Kind, number> = { playlist: 0, part: 0, segment: 0, other: 0 };
  let bytes = 0;
  page.on('response', (response) => {
    if (!response.url().startsWith(pop)) return;
    counts[kindOf(response)]++;
    void response
      .body()
      .then((body) => {
        bytes += body.length;
      })
      .catch(() => undefined);
  });
  await pass(page, countMs);
  await page.close();
  return { counts, bytes };
}

function kindOf(response: Response): Kind {
  const { pathname } = new URL(response.url());
  if (/\.(?:m3u8|mpd)$/.test(pathname)) return 'playlist';
  if (/\/\d+\.\d+\.m4s$/.test(pathname)) return 'part';
  return /\/\d+\.m4s$/.test(pathname) ? 'segment' : 'other';
}

async function pass(page: Page, ms: number): Promise<void> {
  await page.waitForTimeout(ms);
}
