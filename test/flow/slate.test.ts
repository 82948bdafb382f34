import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BroadcastReport } from '#shared/wire/control.ts';
import { runConformance } from '../../conformance/run.ts';
import { launchChromium } from '../support/chromium.ts';
import { seeFrames } from '../support/coded-frames.ts';
import { type CodedPublisher, publishCodedPicture } from '../support/coded-publisher.ts';
import { findingsOfPace } from '../support/findings-of-pace.ts';
import { readMediaPlaylist } from '../support/oracles.ts';
import { type PlayersPage, startPlayersPage } from '../support/players-page.ts';
import { pollUntil } from '../support/poll.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { takeFrames } from '../support/video-probe.ts';

const run = promisify(execFile);
const ffmpeg = process.env.FFMPEG_PATH ?? 'ffmpeg';
const windowMs = 20_000;
const [slateWidth, slateHeight] = [64, 36];

let stack: TestStack;
let browser: Browser;
let players: PlayersPage;
let publisher: CodedPublisher;

beforeAll(async () => {
  stack = await startTestStack();
  browser = await launchChromium();
  players = await startPlayersPage();
  await stack.api('PATCH', `/channels/${stack.run.channel}`, { slate: true, reconnectWindowMs: 90_000 });
  publisher = publishCodedPicture({ url: stack.publishUrl });
  await stack.waitForState('live');
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await players?.close();
  await publisher?.stop();
  await stack?.stop();
}, 30_000);

const events = (name: string) => stack.originLog.filter((line) => line.event === name);
const playlistUrl = async (rendition: string) =>
  `${stack.popUrl(0)}/b/${(await stack.view()).broadcast}/${rendition}/index.m3u8`;
const playlistOf = async (rendition: string) => (await fetch(await playlistUrl(rendition))).text();

/** The publisher's machine is gone: nothing is said to the origin. */
async function losePublisher(): Promise<void> {
  const slates = events('slate_started').length;
  publisher.process.kill('SIGKILL');
  await publisher.exited;
  await stack.waitForState('interrupted');
  await pollUntil(() => events('slate_started').length > slates, 'the slate', 10_000);
}

/** Every run in the playlist: its init segment, and its segments. */
function runsOf(text: string): { init: string; segments: string[] }[] {
  const runs: { init: string; segments: string[] }[] = [];
  for (const line of text.split('\n')) {
    const init = /^#EXT-X-MAP:URI="([^"]+)"/.exec(line)?.[1];
    if (init) runs.push({ init, segments: [] });
    if (/^\d+\.m4s$/.test(line)) runs.at(-1)?.segments.push(line);
  }
  return runs;
}

/** The first picture of a rendition's newest run, small and grey. */
async function newestPicture(rendition: string): Promise<Buffer> {
  const url = await playlistUrl(rendition);
  const { init = '', segments = [] } = runsOf(await playlistOf(rendition)).at(-1) ?? {};
  const files = await Promise.all(
    [init, segments[0] ?? ''].map(async (file) => Buffer.from(await (await fetch(new URL(file, url))).arrayBuffer())),
  );
  const folder = await mkdtemp(join(tmpdir(), 'headwater-slate-'));
  try {
    const path = join(folder, 'first.mp4');
    await writeFile(path, Buffer.concat(files));
    return await smallGrey(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function smallGrey(path: string): Promise<Buffer> {
  const filter = `scale=${slateWidth}:${slateHeight}:flags=area,format=gray`;
  const output = ['-frames:v', '1', '-vf', filter, '-f', 'rawvideo', '-'];
  const { stdout } = await run(ffmpeg, ['-v', 'error', '-i', path, ...output], { encoding: 'buffer' });
  return stdout;
}

/** Mean difference of two pictures, 0 to 255. */
function difference(a: Buffer, b: Buffer): number {
  expect([a.length, b.length]).toEqual([slateWidth * slateHeight, slateWidth * slateHeight]);
  return a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / a.length;
}

const shownS = (page: Page) => page.evaluate(() => document.querySelector('video')?.currentTime ?? 0);

/** Pictures without a code follow each other for some seconds: what the player shows moves on, and it is the slate. */
async function expectSlate(name: string, page: Page): Promise<void> {
  const slated: number[] = [];
  const enough = async () => {
    for (const { code, mediaTimeS } of await takeFrames(page)) {
      if (code === null) slated.push(mediaTimeS);
      else slated.length = 0;
    }
    return (slated.at(-1) ?? 0) - (slated[0] ?? 0) > 5;
  };
  await pollUntil(enough, `${name} to show the slate for five seconds`, 30_000);
}

async function expectLive(name: string, page: Page): Promise<void> {
  const sinceMs = Date.now();
  const isLive = async () => (await takeFrames(page)).some(({ code }) => code !== null && code.atMs > sinceMs);
  await pollUntil(isLive, `${name} to show the live picture`, 30_000);
  const fromS = await shownS(page);
  await pollUntil(async () => (await shownS(page)) > fromS + 2, `${name} to play on`, 15_000);
}

/** What players report as errors; the watch page reports none. */
async function errorsOf(viewers: readonly [string, Page][]): Promise<string[]> {
  const told = viewers.map(async ([name, page]) => {
    const errors = await page.evaluate(() => (globalThis as { playerErrors?: string[] }).playerErrors ?? []);
    return errors.map((error) => `${name}: ${error}`);
  });
  return (await Promise.all(told)).flat();
}

// A retry in the same broadcast would find two gaps more in it.
it('players play on through the gap: the slate, and then the live picture', { retry: 0, timeout: 240_000 }, async ({
  onTestFinished,
}) => {
  const viewers: [string, Page][] = await Promise.all(
    [
      ['hls.js', stack.popUrl(0) + stack.run.watch],
      ['dash.js', players.url('dash', stack.popUrl(1) + stack.run.dash)],
      ['Shaka DASH', players.url('shaka-dash', stack.popUrl(2) + stack.run.dash)],
    ].map(async ([name = '', url = '']): Promise<[string, Page]> => {
      const page = await browser.newPage();
      onTestFinished(() => page.close());
      await page.goto(url);
      await seeFrames(page, 30);
      return [name, page];
    }),
  );
  const { broadcast } = await stack.view();
  // All of it is watched by the conformance suite, and read by ffmpeg, which stops at any damage. It reads the encoded
  // rung: its HLS reader takes no second init segment (5.1), and the passed-through rung's is another encoder's.
  const judged = Promise.all(
    [stack.run.hls, stack.run.dash].map((path) => runConformance({ url: stack.popUrl(1) + path, durationS: 30 })),
  );
  const inputs = ['-i', await playlistUrl('v240'), '-i', await playlistUrl('a1'), '-t', '25', '-f', 'null', '-'];
  const read = run(ffmpeg, ['-v', 'error', '-xerror', ...inputs], { timeout: 90_000 }).catch((cause) => cause);

  await losePublisher();
  await Promise.all(viewers.map(([name, page]) => expectSlate(name, page)));
  expect((await stack.view()).state).toBe('interrupted');
  const slate = await smallGrey('origin/transcoder/slate.png');
  for (const rendition of ['v360', 'v240']) {
    expect(difference(await newestPicture(rendition), slate)).toBeLessThan(4);
  }

  // What a channel allows is asked when a publisher joins.
  await stack.api('PATCH', `/channels/${stack.run.channel}`, { reconnectWindowMs: windowMs });
  publisher = publishCodedPicture({ url: stack.publishUrl });
  await stack.waitForState('live');
  await Promise.all(viewers.map(([name, page]) => expectLive(name, page)));

  expect((await read).stderr).toBe('');
  expect(await errorsOf(viewers)).toEqual([]);
  for (const { results } of await judged) {
    // How soon the slate begins is a matter of the machine.
    expect(results.filter(({ id, verdict }) => verdict === 'fail' && id !== 'hls-fresh')).toEqual([]);
  }
  expect((await stack.view()).broadcast).toBe(broadcast);
  const renditions = ['v360', 'v240', 'a1'];
  const texts = await Promise.all(renditions.map(playlistOf));
  // Where a run is cut off, its last segment may have a frame or two of one track, and nothing of another: a gap there.
  const lasts = texts.flatMap((text) =>
    readMediaPlaylist(text)
      .runs.slice(0, -1)
      .map((one) => one.segments.at(-1)),
  );
  for (const [i, text] of texts.entries()) {
    const { segments, gaps } = readMediaPlaylist(text);
    expect([renditions[i], gaps.filter((file) => !lasts.includes(file))]).toEqual([renditions[i], []]);
    expect(segments.map((file) => Number.parseInt(file, 10))).toEqual(segments.map((_, i) => i));
    expect(text.match(/#EXT-X-DISCONTINUITY\n/g)).toHaveLength(2);
    expect(runsOf(text)).toHaveLength(3);
  }
  const answer = await stack.api('GET', `/broadcasts/${broadcast}`);
  const { report } = (await answer.json()) as { report: BroadcastReport };
  expect(report.findings.filter(({ code }) => !findingsOfPace.includes(code))).toEqual([]);
});

it('an origin that is killed meanwhile goes on with the slate, and the reconnect window still runs out', async () => {
  const { broadcast } = await stack.view();
  await losePublisher();
  const goneMs = Number(events('encoder_stopped').at(-1)?.time);
  const segmentsOf = async () => readMediaPlaylist(await playlistOf('v240')).segments.length;
  const before = await segmentsOf();
  await pollUntil(async () => (await segmentsOf()) > before + 1, 'some of the slate', 15_000);
  const [ready, slates] = [events('origin_ready').length, events('slate_started').length];
  process.kill(stack.run.pids.origin, 'SIGKILL');
  await pollUntil(() => events('origin_ready').length > ready, 'the origin to be back', 20_000);
  await pollUntil(() => events('slate_started').length > slates, 'the slate of the new process', 15_000);
  const taken = await segmentsOf();
  await pollUntil(async () => (await segmentsOf()) > taken, 'more of the slate', 15_000);
  expect(await stack.view()).toMatchObject({ broadcast, state: 'interrupted' });
  const slate = await smallGrey('origin/transcoder/slate.png');
  expect(difference(await newestPicture('v360'), slate)).toBeLessThan(4);

  await pollUntil(() => events('broadcast_ended').length > 0, 'the end', windowMs + 10_000);
  const lastedMs = Number(events('broadcast_ended').at(-1)?.time) - goneMs;
  expect(lastedMs).toBeGreaterThan(windowMs - 1_000);
  expect(lastedMs).toBeLessThan(windowMs + 8_000);
  await stack.waitForState('ended');
  const text = await playlistOf('v360');
  expect(text).toMatch(/#EXT-X-ENDLIST\n$/);
  expect(readMediaPlaylist(text).gaps.length).toBeLessThanOrEqual(3);
  const mpd = await (await fetch(`${stack.popUrl(0)}/b/${broadcast}/index.mpd`)).text();
  expect(mpd).toContain('type="static"');
}, 120_000);
