import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest';
import type { FindingCode } from '#shared/model/finding.ts';
import { checkFfmpeg } from '../../origin/transcoder/ffmpeg.ts';
import { knownPops } from '../../scripts/local/pop-spec.ts';
import { launchChromium } from '../support/chromium.ts';
import { decodeRuns } from '../support/decode-runs.ts';
import { publishWithFfmpeg } from '../support/ffmpeg-publisher.ts';
import { type PlayersPage, startPlayersPage } from '../support/players-page.ts';
import { pollUntil } from '../support/poll.ts';
import type { ReadManifests } from '../support/read-manifests.ts';
import { SourceChannel } from '../support/source-channel.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { publishTags } from '../support/tag-publisher.ts';
import { enhancedCases, fitSource, type SourceCase, sourceCases } from './source-cases.ts';
import { makeSourceTags, type SourceTags } from './source-tags.ts';

/**
 * Whatever an encoder does: it is pushed over RTMP, and ends in a stream that is played, decoded and read without an
 * error, or in a refusal in words; what is found of it is told, and goes with its cause.
 */

/** Pictures are tiny and sources mostly wait, so more of them go side by side than elsewhere. */
vi.setConfig({ maxConcurrency: 3 });
const caseMsMax = 300_000;
/** For what comes within seconds on a machine with nothing else to do. */
const waitMsMax = 90_000;
/** Of what a player shows at least. */
const playMs = 3_000;
const lookMs = 250;
/** A finding of a moment lasts a minute. */
const calmMsMax = 60_000 + waitMsMax;

const { enhancedFlv } = await checkFfmpeg(process.env.FFMPEG_PATH ?? 'ffmpeg');
const cases = Object.entries({ ...sourceCases, ...(enhancedFlv ? enhancedCases : {}) });

let stack: TestStack;
let browser: Browser;
let players: PlayersPage;
let tags: SourceTags;

beforeAll(async () => {
  const ladder = { heights: [109, 108, 64], encodeRungsMax: 2 };
  [stack, browser, players, tags] = await Promise.all([
    startTestStack({ ladder, pops: knownPops.slice(0, 1) }),
    launchChromium(),
    startPlayersPage(),
    makeSourceTags(),
  ]);
}, 120_000);

afterAll(async () => {
  await Promise.allSettled(calming.values());
  await browser?.close();
  await players?.close();
  await stack?.stop();
}, caseMsMax);

type Publisher = Pick<Awaited<ReturnType<typeof publishTags>>, 'refusal' | 'stop'>;

/** Cases whose findings are about to go, while others are played. */
const calming = new Map<string, Promise<void>>();

const needsMinute = ({ clearedBy }: SourceCase) => clearedBy?.startsWith('calm') === true;

async function publish({ publishUrl }: SourceChannel, push: SourceCase['push']): Promise<Publisher> {
  return typeof push === 'function' ? publishTags(publishUrl, push(tags)) : publishWithFfmpeg(publishUrl, push);
}

describe.concurrent('a source with', () => {
  it.for(cases)('%s', { timeout: caseMsMax }, async ([name, wanted], { onTestFinished, onTestFailed }) => {
    const channel = await SourceChannel.create(stack, name, needsMinute(wanted) ? calmMsMax : 0);
    onTestFailed(() => {
      for (const line of channel.logged()) console.error(name, JSON.stringify(line));
    });
    onTestFinished(async () => {
      if (!calming.has(name)) await channel.close();
    });
    const publisher = await publish(channel, wanted.push);
    onTestFinished(() => publisher.stop());
    if (wanted.runs) await expectPlayed(channel, wanted, publisher);
    if (wanted.refusal) await expectRefused(channel, wanted, publisher);
    if (wanted.clearedBy?.endsWith('next')) await expectMended(channel, onTestFinished);
    const over = expectOver(channel, wanted);
    if (!needsMinute(wanted)) return over;
    // Without the publisher, as nothing more is expected of him.
    calming.set(name, over.finally(channel.close));
    calming.get(name)?.catch(() => {});
  });
});

describe('a finding of a moment ends after a calm minute:', () => {
  it.for(cases.filter(([, wanted]) => needsMinute(wanted)))('%s', { timeout: caseMsMax }, async ([name]) => {
    expect([...calming.keys()]).toContain(name);
    await calming.get(name);
  });
});

const codes = (found: SourceCase['found']) => Object.keys(found) as FindingCode[];
const asWanted = (found: SourceCase['found']) => Object.entries(found).toSorted();
const allFound = (channel: SourceChannel, { found }: SourceCase) =>
  codes(found).every((code) => channel.found.has(code));

/** A player goes on behind the moment at which all was found that there is to find. */
async function expectPlayed(channel: SourceChannel, wanted: SourceCase, publisher: Publisher): Promise<void> {
  await channel.reach();
  const manifest = channel.manifest(wanted.player.endsWith('dash') ? 'index.mpd' : 'index.m3u8');
  const viewer = await Viewer.open(players.url(wanted.player, manifest));
  // It may be left with a rendition that a busy machine no longer makes; whoever comes then is not.
  const orAnew = <Result>(step: () => Promise<Result>): Promise<Result> =>
    step().catch(async (error) => {
      if (!channel.isCutDown) throw error;
      await viewer.reload();
      return step();
    });
  const firstMs = await orAnew(() => viewer.begin());
  if (wanted.refusal) return viewer.close();
  const { clearedBy, runs = [] } = wanted;
  const known = () => allFound(channel, wanted) && channel.logged('encoder_started').length >= runs.length;
  await pollUntil(known, 'everything to be found', waitMsMax, lookMs);
  if (clearedBy === 'itself') await pollUntil(() => channel.open.length === 0, 'its end', waitMsMax, lookMs);
  const untilMs = Math.max(Date.now(), firstMs + playMs);
  await orAnew(() => viewer.playUntil(untilMs));
  const sizes = wanted.pictures?.map((one) => one.split('@')[0]) ?? [];
  expect(sizes.length > 0 ? sizes : [null]).toContain(await viewer.size());
  const errors = await withoutWithdrawn(await viewer.errors(), runs.length);
  await viewer.close();
  expect(publisher.refusal()).toBe('');
  expect([...channel.found].toSorted()).toEqual(asWanted(wanted.found));
  const manifests = await channel.read();
  if (channel.isCutDown) return;
  expect(errors).toEqual([]);
  expect(channel.logged('encoder_died')).toEqual([]);
  expect(channel.logged('encoder_started').map((line) => line.renditions)).toEqual(runs);
  expectFacts(manifests, wanted);
}

/**
 * Where a run ends with whole parts, the next one was hinted and does not come: 404, as rfc8216bis 6.2.6 has it. Shaka, where it
 * had asked for that already, tells it as an error and goes on.
 */
async function withoutWithdrawn(errors: readonly string[], runs: number): Promise<readonly string[]> {
  const left = await Promise.all(
    errors.map(async (error) => {
      const [, url] = /^critical 1001 (\S+\/\d+\.\d+\.m4s) 404 /.exec(error) ?? [];
      const isWithdrawn = runs > 1 && url !== undefined && (await fetch(url)).status === 404;
      return isWithdrawn ? [] : [error];
    }),
  );
  return left.flat();
}

/** In the page. */
declare const playedMs: () => number;
declare const playerErrors: readonly string[];

function stateOfPlayer(): string {
  const { currentTime, readyState, paused, buffered, error } = document.querySelector('video') as HTMLVideoElement;
  const ranges = Array.from({ length: buffered.length }, (_, i) => [buffered.start(i), buffered.end(i)]);
  const state = { playedMs: playedMs(), currentTime, readyState, paused, ranges, error: error?.message, playerErrors };
  return JSON.stringify(state);
}

const waiting = { polling: lookMs, timeout: waitMsMax };

/** A player in a page of its own. */
class Viewer {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  static async open(url: string): Promise<Viewer> {
    const page = await browser.newPage({ viewport: { width: 320, height: 240 } });
    await page.goto(url);
    return new Viewer(page);
  }

  /** Resolves once it plays with the time at which that was captured, ms since the Unix epoch. */
  async begin(): Promise<number> {
    const plays = () => {
      const { readyState, currentTime } = document.querySelector('video') as HTMLVideoElement;
      return readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && currentTime > 0;
    };
    await this.#wait(() => this.#page.waitForFunction(plays, null, waiting), 'begin');
    return this.#page.evaluate(() => playedMs());
  }

  /** Resolves once what is shown was captured later than `ms`, ms since the Unix epoch. */
  async playUntil(ms: number): Promise<void> {
    await this.#wait(() => this.#page.waitForFunction((until) => playedMs() > until, ms, waiting), `play up to ${ms}`);
  }

  async #wait(condition: () => Promise<unknown>, what: string): Promise<void> {
    try {
      await condition();
    } catch (cause) {
      throw new Error(`It does not ${what}: ${await this.#page.evaluate(stateOfPlayer)}`, { cause });
    }
  }

  async reload(): Promise<void> {
    await this.#page.reload();
  }

  /** `192x108`; null without a picture. */
  size(): Promise<string | null> {
    return this.#page.evaluate(() => {
      const { videoWidth, videoHeight } = document.querySelector('video') as HTMLVideoElement;
      return videoWidth > 0 ? `${videoWidth}x${videoHeight}` : null;
    });
  }

  /** What it did not get over by itself. */
  errors(): Promise<readonly string[]> {
    return this.#page.evaluate(() => playerErrors.filter((error) => !error.startsWith('recovered')));
  }

  close(): Promise<void> {
    return this.#page.close();
  }
}

/** Manifests say what the pictures and the sound are, and where one encoder run ends and the next begins. */
function expectFacts(manifests: ReadManifests, { pictures = [], channels = null, runs = [] }: SourceCase): void {
  const { multivariant, mpd, media } = manifests;
  const listed = [...multivariant.matchAll(/#EXT-X-STREAM-INF:.*RESOLUTION=(\d+x\d+),FRAME-RATE=([\d.]+)/g)];
  expect(listed.map(([, size, rate]) => `${size}@${rate}`)).toEqual(pictures);
  const wantedChannels = channels === null ? null : String(channels);
  if (pictures.length > 0) expect(/CHANNELS="(\d)"/.exec(multivariant)?.[1] ?? null).toBe(wantedChannels);
  const last = mpd.slice(mpd.lastIndexOf('<Period'));
  const represented = [...last.matchAll(/<Representation .* width="(\d+)" height="(\d+)" frameRate="([^"]+)"/g)];
  expect(represented.map(([, width, height]) => `${width}x${height}`)).toEqual(
    pictures.map((one) => one.split('@')[0]),
  );
  expect(/<AudioChannelConfiguration .*value="(\d)"/.exec(last)?.[1] ?? null).toBe(wantedChannels);
  expect(mpd.match(/<Period/g)).toHaveLength(runs.length);
  const keepsOwn = runs.length === 1 && (runs[0] ?? []).every((rung) => rung.endsWith(':encode'));
  for (const [name, { text, read }] of media) {
    expect(read.complaints, name).toEqual([]);
    expectPlaylist(name, text, runs.length);
    if (keepsOwn && name.startsWith('v')) expectOwnKeyframes(name, text);
  }
}

/** One init segment for each run, durations within their targets, and segments that begin with a picture of their own. */
function expectPlaylist(name: string, text: string, runs: number): void {
  expect(text.match(/#EXT-X-MAP/g), name).toHaveLength(runs);
  expect(text.match(/#EXT-X-DISCONTINUITY$/gm) ?? [], name).toHaveLength(runs - 1);
  const target = Number(/TARGETDURATION:(\d+)/.exec(text)?.[1]);
  const partTarget = Number(/PART-TARGET=([\d.]+)/.exec(text)?.[1]);
  for (const duration of durations(text)) expect(Math.round(duration), name).toBeLessThanOrEqual(target);
  const parts = [...text.matchAll(/#EXT-X-PART:DURATION=([\d.]+),URI="(\d+)\.(\d+)\.m4s"(,INDEPENDENT=YES)?/g)];
  for (const [, duration, , part, independent] of parts) {
    expect(Number(duration), name).toBeLessThanOrEqual(partTarget);
    if (part === '0') expect(independent, name).toBe(',INDEPENDENT=YES');
  }
}

const durations = (text: string) => [...text.matchAll(/#EXTINF:([\d.]+)/g)].map(([, duration]) => Number(duration));

/** Rungs that are encoded have a keyframe every two seconds, or with the first frame after that, whatever the source has. */
function expectOwnKeyframes(name: string, text: string): void {
  for (const duration of durations(text)) expect(Math.abs(duration - 2), name).toBeLessThan(0.05);
}

async function expectRefused(channel: SourceChannel, wanted: SourceCase, publisher: Publisher): Promise<void> {
  await pollUntil(() => publisher.refusal() !== '', 'a refusal in words', waitMsMax);
  expect(publisher.refusal()).toMatch(wanted.refusal ?? '');
  const isOver = () => channel.logged('broadcast_ended').length > 0 && allFound(channel, wanted);
  await pollUntil(isOver, 'the end', waitMsMax, lookMs);
  expect([...channel.found].toSorted()).toEqual(asWanted(wanted.found));
}

/** The same publisher without the fault is passed through. */
async function expectMended(channel: SourceChannel, onTestFinished: TestContext['onTestFinished']): Promise<void> {
  const before = channel.logged('encoder_started').length;
  const next = publishWithFfmpeg(channel.publishUrl, fitSource);
  onTestFinished(() => next.stop());
  const started = () => channel.logged('encoder_started').slice(before);
  await pollUntil(() => started().length > 0, 'the next publisher', waitMsMax, lookMs);
  expect(started()[0]?.renditions).toContain('v108:copy');
}

/** Its findings go with their cause, and everything that it left behind, of every run, is decoded without an error. */
async function expectOver(channel: SourceChannel, { refusal, runs }: SourceCase): Promise<void> {
  if (!refusal) await pollUntil(() => channel.open.length === 0, 'no finding any more', calmMsMax, lookMs);
  if (!runs) return;
  await channel.reach();
  const { media } = await channel.read();
  for (const [rendition, { text }] of media) {
    await decodeRuns(text, (file) => channel.file(rendition, file), waitMsMax);
  }
}
