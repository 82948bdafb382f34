import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { codesOf, probeFile } from '../support/coded-broadcast.ts';
import type { PictureCode } from '../support/coded-picture.ts';
import { publishCodedPicture } from '../support/coded-publisher.ts';
import { readMediaPlaylist, readMultivariant } from '../support/oracles.ts';
import { type PlayersPage, startPlayersPage } from '../support/players-page.ts';
import { pollUntil } from '../support/poll.ts';
import { hashOf, SegmentWitness } from '../support/segment-witness.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { expectWhole, nameOf, watchWhole } from '../support/watch-whole.ts';

/**
 * How long the broadcast lasts, seconds; `HEADWATER_BROADCAST_S=180` is the run that docs/operate/storage.md tells of. All
 * that is done to it comes at a third and at two thirds of that.
 */
const lengthS = Number(process.env.HEADWATER_BROADCAST_S ?? 24);
const [third, twoThirds, whole] = [1, 2, 3].map((thirds) => Math.round((thirds * lengthS) / 6)) as [
  number,
  number,
  number,
];
/** What is played takes that long. */
const playMs = 4_000 * lengthS;
const frameRate = 30;
const renditions = ['v360', 'v240', 'a1'];

let stack: TestStack;
let browser: Browser;
let players: PlayersPage;
let folder: string;
let broadcast: string;
let witness: SegmentWitness;
/** All pictures of the replay, as ffmpeg decodes it. */
let pictures: PictureCode[];

/** A broadcast with a killed encoder and a publisher that goes and comes back; over, and in the bucket. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headwater-whole-'));
  stack = await startTestStack();
  browser = await launchChromium();
  players = await startPlayersPage();
  const first = publishCodedPicture({ url: stack.publishUrl });
  broadcast = (await stack.waitForState('live')).broadcast ?? '';
  witness = new SegmentWitness(urlAt(0), renditions);
  await untilSegments(third);
  const started = () => stack.originLog.filter(({ event }) => event === 'transcoder_started');
  process.kill(Number(started().at(-1)?.pid), 'SIGKILL');
  await pollUntil(() => started().length === 2, 'the encoder to be back', 20_000);
  await untilSegments(twoThirds);
  await first.stop();
  await stack.waitForState('interrupted');
  // What a channel allows is asked when a publisher joins.
  await stack.api('PATCH', `/channels/${stack.run.channel}`, { reconnectWindowMs: 500 });
  const second = publishCodedPicture({ url: stack.publishUrl });
  await stack.waitForState('live');
  await untilSegments(whole);
  await second.stop();
  await stack.waitForState('ended');
  await witness.stop();
  const isReplay = async () => (await playlist('v360', 1)).includes('#EXT-X-PLAYLIST-TYPE:VOD');
  await pollUntil(isReplay, 'the replay', 20_000);
}, 200_000 + playMs);

afterAll(async () => {
  await browser?.close();
  await players?.close();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

const urlAt = (pop: number) => `${stack.popUrl(pop)}/b/${broadcast}`;
const playlist = async (rendition: string, pop: number) =>
  (await fetch(`${urlAt(pop)}/${rendition}/index.m3u8`)).text();

async function untilSegments(count: number): Promise<void> {
  await pollUntil(() => witness.count('v360') >= count, `${count} segments`, 40_000 + 2_000 * lengthS);
}

/** Pictures that can all be read. */
async function picturesOf(file: string): Promise<PictureCode[]> {
  const codes = await codesOf(file);
  expect(codes.filter((code) => code === null)).toEqual([]);
  return codes.flatMap((code) => code ?? []);
}

it.each([1, 2])('PoP %i replays every segment that was announced, with the same bytes', async (pop) => {
  const there = new Map<string, string>();
  for (const rendition of renditions) {
    const { segments, gaps, mediaSequence } = readMediaPlaylist(await playlist(rendition, pop));
    expect([mediaSequence, segments]).toEqual([0, segments.map((_, msn) => `${msn}.m4s`)]);
    // A killed encoder may have had no byte of its last segment out yet, in one rendition or the other, nor of the one
    // that had just been announced.
    expect([rendition, gaps.length <= 2 || (await playlist(rendition, pop))]).toEqual([rendition, true]);
    for (const name of segments.filter((one) => !gaps.includes(one)))
      there.set(`${rendition}/${name}`, await hashOf(`${urlAt(pop)}/${rendition}/${name}`));
  }
  expect(witness.count('v360')).toBeGreaterThanOrEqual(whole);
  expect([...witness.seen].filter(([path, hash]) => there.get(path) !== hash)).toEqual([]);
});

it.each(['v360', 'v240'])('ffmpeg decodes all of %s: every picture once and in order', async (rendition) => {
  const codes = await picturesOf(`${urlAt(1)}/${rendition}/index.m3u8`);
  if (rendition === 'v360') pictures = codes;
  expect(new Set(codes.map(nameOf)).size).toBe(codes.length);
  const comesBack = codes.findIndex(({ frame }, i) => i > 0 && frame === 0);
  const [before, after] = [codes.slice(0, comesBack), codes.slice(comesBack)];
  const steps = (of: readonly PictureCode[]) => of.slice(1).map(({ frame }, i) => frame - (of[i]?.frame ?? 0));
  expect([codes[0]?.frame, steps(after).filter((step) => step !== 1)]).toEqual([0, []]);
  // What the encoder had not handed over when it was killed is lost, once.
  const lost = steps(before).filter((step) => step !== 1);
  expect(lost).toHaveLength(1);
  expect(lost[0]).toBeGreaterThan(1);
  expect(lost[0]).toBeLessThan(3 * frameRate);
});

it('ffmpeg decodes all of the sound', async () => {
  const { durationS } = await probeFile(`${urlAt(2)}/a1/index.m3u8`);
  expect(Math.abs(durationS - pictures.length / frameRate)).toBeLessThan(0.5);
});

it.each([
  ['hls.js', 'hls-standard', 'index.m3u8', 1],
  ['dash.js', 'dash', 'index.mpd', 2],
] as const)(
  '%s plays the replay from the first second to the last',
  async (_, player, manifest, pop) => {
    const shown = await watchWhole(browser, players.url(player, `${urlAt(pop)}/${manifest}`), lengthS);
    expectWhole(shown, pictures, frameRate);
  },
  120_000 + playMs,
);

interface Clip {
  readonly durationS: number;
  readonly startOffsetS: number;
  readonly playback: { readonly hls: string; readonly dash: string; readonly download: string };
}

/** All but the first and the last seconds, both breaks included; the bounds lie within segments. */
async function makeClip(): Promise<Clip> {
  const text = await playlist('v360', 0);
  const datesMs = [...text.matchAll(/PROGRAM-DATE-TIME:(.+)/g)].map(([, date]) => Date.parse(date ?? ''));
  const afterLast = text.slice(text.lastIndexOf('PROGRAM-DATE-TIME'));
  const lastRunS = [...afterLast.matchAll(/EXTINF:([\d.]+)/g)].reduce((sum, [, s]) => sum + Number(s), 0);
  const endMs = Math.round((datesMs.at(-1) ?? 0) + 1_000 * lastRunS - 1_700);
  const response = await stack.api('POST', '/clips', { broadcast, startMs: (datesMs[0] ?? 0) + 3_300, endMs });
  expect([response.status, response.status === 201 ? '' : await response.text()]).toEqual([201, '']);
  return (await response.json()) as Clip;
}

/** Asserts that pictures are a piece of the replay; where it begins. */
function expectPiece(codes: readonly PictureCode[]): number {
  const [first] = codes;
  const at = first ? pictures.findIndex((code) => nameOf(code) === nameOf(first)) : -1;
  expect(codes.map(nameOf)).toEqual(pictures.slice(at, at + codes.length).map(nameOf));
  return at;
}

it(
  'a clip of it plays through two PoPs, whole and in order, and so does its file',
  async () => {
    const { playback, durationS, startOffsetS } = await makeClip();
    const master = `${stack.popUrl(1)}${playback.hls}`;
    const [best = ''] = readMultivariant(await (await fetch(master)).text());
    const slice = await picturesOf(new URL(best, master).href);
    const sliceAt = expectPiece(slice);
    const file = join(folder, 'clip.mp4');
    const response = await fetch(`${stack.popUrl(2)}${playback.download}`);
    writeFileSync(file, Buffer.from(await response.arrayBuffer()));
    const exact = await picturesOf(file);
    // What lies before the exact start only serves decoding, and is over in a moment.
    const lead = exact.length - Math.round(durationS * frameRate);
    expect(Math.abs(expectPiece(exact) + lead - (sliceAt + startOffsetS * frameRate))).toBeLessThanOrEqual(1);
    expect(Math.abs((await probeFile(file)).durationS - durationS)).toBeLessThan(0.2);
    for (const [player, url] of [
      ['hls-standard', `${stack.popUrl(1)}${playback.hls}`],
      ['dash', `${stack.popUrl(2)}${playback.dash}`],
      ['shaka', `${stack.popUrl(1)}${playback.dash}`],
    ] as const) {
      expectWhole(await watchWhole(browser, players.url(player, url), lengthS), slice, frameRate);
    }
  },
  200_000 + playMs,
);
