import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runConformance } from '../../conformance/run.ts';
import { launchChromium } from '../support/chromium.ts';
import { seeFrames } from '../support/coded-frames.ts';
import { type CodedPublisher, publishCodedPicture } from '../support/coded-publisher.ts';
import { readMedia, readMediaPlaylist, readMpd, readMultivariant } from '../support/oracles.ts';
import { startPlayersPage } from '../support/players-page.ts';
import { pollUntil } from '../support/poll.ts';
import { readManifests } from '../support/read-manifests.ts';
import { expectRecovery, recoveryText } from '../support/recovery.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { takeFrames } from '../support/video-probe.ts';
import { WatchedPage } from '../support/watched-page.ts';

const run = promisify(execFile);
const ffmpeg = process.env.FFMPEG_PATH ?? 'ffmpeg';

let stack: TestStack;
let publisher: CodedPublisher;

beforeAll(async () => {
  stack = await startTestStack();
  publisher = publishCodedPicture({ url: stack.publishUrl });
  await stack.waitForState('live');
}, 60_000);

afterAll(async () => {
  await publisher?.stop();
  await stack?.stop();
}, 30_000);

/** Whatever happened, parsers that others wrote read every manifest of it. */
afterEach(async () => {
  const { broadcast } = await stack.view();
  await readManifests(`${stack.popUrl(1)}/b/${broadcast}/`);
});

const playlistOf = async (broadcast: string | null) =>
  (await fetch(`${stack.popUrl(0)}/b/${broadcast}/v360/index.m3u8`)).text();
const lastMsn = (text: string) => Number(/(\d+)\.m4s\n(?!.*\d+\.m4s\n)/s.exec(text)?.[1] ?? -1);
const events = (name: string) => stack.originLog.filter((line) => line.event === name);

describe('what is served', () => {
  it('is understood by parsers that others wrote, and every listed object is there', async () => {
    const manifest = new URL(stack.popUrl(2) + stack.run.hls);
    const get = async (url: URL) => {
      const response = await fetch(url);
      expect([response.status, url.pathname]).toEqual([200, url.pathname]);
      return response;
    };
    const variants = readMultivariant(await (await get(manifest)).text());
    expect(variants).toHaveLength(3);
    for (const variant of variants) {
      const playlist = new URL(variant, manifest);
      const read = readMediaPlaylist(await (await get(playlist)).text());
      expect(read.parts.length).toBeGreaterThan(read.segments.length);
      const files = [read.init ?? '', ...read.segments];
      const bodies = await Promise.all(files.map(async (file) => (await get(new URL(file, playlist))).arrayBuffer()));
      const { codec, samples } = readMedia(bodies);
      expect(codec).toMatch(/\/a1\//.test(variant) ? /^mp4a\./ : /^avc1\./);
      if (codec.startsWith('avc1')) expect(samples).toBe(60 * read.segments.length);
    }
    const mpd = new URL(stack.popUrl(2) + stack.run.dash);
    const segments = readMpd(await (await get(mpd)).text(), mpd.href);
    for (const segment of segments.slice(-3)) await get(new URL(segment, mpd));
  });

  it.each(['hls', 'dash'] as const)('ffmpeg decodes ten seconds of %s without an error', async (kind) => {
    const url = stack.popUrl(0) + stack.run[kind];
    // -xerror and -v error: any damage ends the run or is printed.
    const args = ['-v', 'error', '-xerror', '-i', url, '-t', '10', '-f', 'null', '-'];
    const { stderr } = await run(ffmpeg, args, { timeout: 60_000 });
    expect(stderr).toBe('');
  });
});

describe('a wrong stream key', () => {
  it('is refused at once, and the broadcast goes on', async () => {
    const before = lastMsn(await playlistOf((await stack.view()).broadcast));
    const started = performance.now();
    const intruder = publishCodedPicture({ url: `${stack.run.rtmp}/sk_00000000000000000000_wrong` });
    expect(await intruder.exited).not.toBe(0);
    expect(events('publish_refused').at(-1)).toMatchObject({ code: 'unknown_key' });
    const refusedMs = performance.now() - started;
    expect(refusedMs).toBeLessThan(3_000);
    const { broadcast } = await stack.view();
    await pollUntil(async () => lastMsn(await playlistOf(broadcast)) > before + 1, 'more segments', 20_000);
  });
});

describe('a killed encoder process', () => {
  it('is started again; the same broadcast goes on after a discontinuity', async () => {
    const { broadcast } = await stack.view();
    const pid = Number(events('transcoder_started').at(-1)?.pid);
    const lives = events('broadcast_live').length;
    process.kill(pid, 'SIGKILL');
    await pollUntil(() => events('broadcast_live').length > lives, 'media of the new encoder', 20_000);
    const text = await playlistOf(broadcast);
    expect(text).toContain('#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="init-1.mp4"');
    expect((await stack.view()).state).toBe('live');
    const { stderr } = await run(ffmpeg, [
      '-v',
      'error',
      '-i',
      stack.popUrl(1) + stack.run.hls,
      '-t',
      '4',
      '-f',
      'null',
      '-',
    ]);
    expect(stderr).toBe('');
  });
});

describe('a killed origin', () => {
  it('comes back with all that it had stored; the same broadcast and its viewers go on with numbers that were never used', async ({
    annotate,
    onTestFinished,
  }) => {
    const browser = await launchChromium();
    onTestFinished(() => browser.close());
    // In another region than where the test looks for what nobody had asked for.
    const viewer = await WatchedPage.open(browser, stack.popUrl(1) + stack.run.watch);
    const { broadcast } = await stack.view();
    const before = lastMsn(await playlistOf(broadcast));
    const [ready, lives] = [events('origin_ready').length, events('broadcast_live').length];
    process.kill(stack.run.pids.origin, 'SIGKILL');
    await publisher.exited;
    await pollUntil(() => events('origin_ready').length > ready, 'the origin to be back', 20_000);
    expect(events('broadcast_restored').at(-1)).toMatchObject({ broadcast });
    publisher = publishCodedPicture({ url: stack.publishUrl });
    const back = () => pollUntil(() => events('broadcast_live').length > lives, 'media of the new origin', 20_000);
    await annotate(recoveryText(await expectRecovery([viewer], back)));
    await viewer.checkNothingTwice();
    expect((await viewer.seen()).states).not.toContain('ended');
    // An engine that begins inside the hole waits behind it for media, and not for ever.
    expect((await viewer.troubles()).errors).not.toContain('page.frozen');
    await pollUntil(async () => lastMsn(await playlistOf(broadcast)) > before + 4, 'new segments', 20_000);
    expect((await stack.view()).broadcast).toBe(broadcast);
    const rendition = `${stack.popUrl(0)}/b/${broadcast}/v240/`;
    const { segments, init, gaps } = readMediaPlaylist(await (await fetch(`${rendition}index.m3u8`)).text());
    const all = segments.map((file) => Number.parseInt(file, 10));
    expect(all).toEqual(Array.from({ length: all.length }, (_, msn) => msn));
    // What was open, and at most the one before it, had been announced and was not stored.
    const lost = gaps.filter((file) => Number.parseInt(file, 10) >= before - 1);
    expect(lost.length).toBeGreaterThanOrEqual(1);
    expect(lost.length).toBeLessThanOrEqual(3);
    const kept = segments.filter((file) => !gaps.includes(file) && Number.parseInt(file, 10) < before);
    const files = [init ?? '', ...kept];
    const answers = await Promise.all(files.map((file) => fetch(rendition + file)));
    expect(answers.map((answer) => answer.status)).toEqual(files.map(() => 200));
    // Nobody had asked for this rendition before: it comes from the disk of the origin.
    const bodies = await Promise.all(answers.map((answer) => answer.arrayBuffer()));
    expect(readMedia(bodies.slice(0, 4)).samples).toBe(180);
  });
});

describe('an origin that is told to stop', () => {
  it('hands over: the next one goes on where it was, without a gap and without an end', async () => {
    const { broadcast } = await stack.view();
    const before = lastMsn(await playlistOf(broadcast));
    const [ready, lives] = [events('origin_ready').length, events('broadcast_live').length];
    process.kill(stack.run.pids.origin, 'SIGTERM');
    await publisher.exited;
    await pollUntil(() => events('origin_ready').length > ready, 'the origin to be back', 20_000);
    publisher = publishCodedPicture({ url: stack.publishUrl });
    await pollUntil(() => events('broadcast_live').length > lives, 'media of the new origin', 20_000);
    await pollUntil(async () => lastMsn(await playlistOf(broadcast)) > before + 4, 'new segments', 20_000);
    expect((await stack.view()).broadcast).toBe(broadcast);
    const { gaps } = readMediaPlaylist(await playlistOf(broadcast));
    expect(gaps.filter((file) => Number.parseInt(file, 10) >= before)).toEqual([]);
  });
});

describe('a publisher that leaves', () => {
  it('finds the same broadcast when it comes back, with numbers going up', async () => {
    const { broadcast } = await stack.view();
    await publisher.stop();
    await stack.waitForState('interrupted');
    const before = lastMsn(await playlistOf(broadcast));
    publisher = publishCodedPicture({ url: stack.publishUrl });
    await stack.waitForState('live');
    expect((await stack.view()).broadcast).toBe(broadcast);
    await pollUntil(async () => lastMsn(await playlistOf(broadcast)) > before + 1, 'more segments', 20_000);
    expect(await playlistOf(broadcast)).not.toContain('#EXT-X-ENDLIST');
  });

  it('may come back with another picture: DASH players take its parameter sets with its first segment', async () => {
    const [browser, players] = await Promise.all([launchChromium(), startPlayersPage()]);
    try {
      const viewers = (['dash', 'shaka-dash'] as const).map((player, pop) =>
        players.url(player, stack.popUrl(pop) + stack.run.dash),
      );
      const pages = await Promise.all(
        viewers.map(async (url) => {
          const page = await browser.newPage();
          await page.goto(url);
          await seeFrames(page, 30);
          return page;
        }),
      );
      const judged = runConformance({ url: stack.popUrl(2) + stack.run.dash, durationS: 25 });
      const { broadcast } = await stack.view();
      publisher.process.kill('SIGKILL');
      await publisher.exited;
      await stack.waitForState('interrupted');
      publisher = publishCodedPicture({ url: stack.publishUrl, width: 480, height: 360 });
      await stack.waitForState('live');
      const sinceMs = Date.now();
      const showsNew = async (page: Page) =>
        (await takeFrames(page)).some(({ code, width }) => code !== null && code.atMs > sinceMs && width === 480);
      for (const page of pages) await pollUntil(() => showsNew(page), 'the new picture', 40_000);
      const errors = pages.map((page) => page.evaluate(() => (globalThis as { playerErrors?: string[] }).playerErrors));
      expect(await Promise.all(errors)).toEqual([[], []]);
      const { results } = await judged;
      expect(results.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
      expect((await stack.view()).broadcast).toBe(broadcast);
    } finally {
      await browser.close();
      await players.close();
    }
  }, 150_000);

  it('gives way to a newer publisher with the right key', async () => {
    const { broadcast } = await stack.view();
    const older = publisher;
    publisher = publishCodedPicture({ url: stack.publishUrl });
    await older.exited;
    await stack.waitForState('live');
    expect((await stack.view()).broadcast).toBe(broadcast);
  });

  it('for good ends the broadcast: ENDLIST, a static MPD, and a state in words', async () => {
    const { broadcast } = await stack.view();
    await publisher.stop();
    await stack.waitForState('interrupted');
    await stack.api('PATCH', `/channels/${stack.run.channel}`, { reconnectWindowMs: 500 });
    publisher = publishCodedPicture({ url: stack.publishUrl });
    await stack.waitForState('live');
    await publisher.stop();
    await stack.waitForState('ended');
    expect((await stack.view()).broadcast).toBe(broadcast);
    expect(await playlistOf(broadcast)).toMatch(/#EXT-X-ENDLIST\n$/);
    const mpd = await (await fetch(`${stack.popUrl(0)}/b/${broadcast}/index.mpd`)).text();
    expect(mpd).toContain('type="static"');
  });
});
