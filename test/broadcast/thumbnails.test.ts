import { beforeAll, expect, it } from 'vitest';
import type { RecordEntry } from '#shared/model/record.ts';
import { foldRecord } from '#shared/model/record.ts';
import { readThumbnails, type ThumbnailList } from '../../origin/broadcast/thumbnail-list.ts';
import { Thumbnails } from '../../origin/broadcast/thumbnails.ts';
import { createPictureMaker, type PictureMaker } from '../../origin/transcoder/picture.ts';
import { jpegSize, readJpegCode } from '../support/coded-jpeg.ts';
import { encodeCodedTrack } from '../support/coded-track.ts';
import { createLiveWindow } from '../support/live-window.ts';
import { silentLog } from '../support/log.ts';

const frameRate = 5;
const seconds = 170;
const ffmpegPath = process.env.FFMPEG_PATH ?? 'ffmpeg';
let entries: RecordEntry[];
let media: Map<string, Buffer>;

/** What the packager makes of nearly three minutes in two rungs. */
beforeAll(async () => {
  const live = createLiveWindow({ stores: true });
  const rungs = [
    { name: 'v180', width: 320, height: 180 },
    { name: 'v90', width: 160, height: 90 },
  ];
  const renditions = rungs.map(({ name }) => ({
    ...({ name, kind: 'video', frameRate, bitrate: 100_000, passthrough: false } as const),
  }));
  const anchorMs = Date.UTC(2026, 10, 21, 12, 0, 0);
  const run = live.packager.beginRun({ renditions, keyframes: 2_000, gopMs: 2_000, partTargetMs: 200, anchorMs });
  const tracks = await Promise.all(
    rungs.map(async ({ name, width, height }) => {
      const bytes = await encodeCodedTrack({ width, height, frameRate, seconds });
      return { sink: live.packager.openTrack(run, name), bytes };
    }),
  );
  // Side by side, as an encoder sends them.
  for (let piece = 0; piece < seconds; piece++) {
    for (const { sink, bytes } of tracks) {
      const at = (index: number) => Math.ceil((bytes.length * index) / seconds);
      sink?.data(bytes.subarray(at(piece), at(piece + 1)));
    }
  }
  live.packager.end();
  entries = live.record;
  media = live.stored;
});

/** A broadcast's pictures, and how many of them were made. */
function create({ isBusy = (): boolean => false, files = new Map<string, Buffer>() } = {}) {
  const real = createPictureMaker(ffmpegPath, 60_000);
  const made = { tile: 0, poster: 0, sheet: 0 };
  const counted = (name: keyof PictureMaker) => {
    return async (input: readonly Buffer[], size: { width: number; height: number }) => {
      made[name]++;
      return real[name](input, size);
    };
  };
  const thumbnails = new Thumbnails({
    broadcast: 'b_0000000000abcdefghjk',
    pictures: { tile: counted('tile'), poster: counted('poster'), sheet: counted('sheet') },
    read: async (...path) => media.get(path.join('/')) ?? files.get(path.join('/')) ?? null,
    put: async (file, bytes) => files.set(file, bytes).size > 0,
    isBusy,
    log: silentLog,
  });
  /** Hands entries over as slowly as they come while live. */
  const play = async (some: readonly RecordEntry[]) => {
    for (const entry of some) {
      thumbnails.record(entry);
      await thumbnails.settled();
    }
  };
  return { thumbnails, files, made, play };
}

function listOf(files: ReadonlyMap<string, Buffer>): ThumbnailList {
  const list = readThumbnails(String(files.get('thumbs.vtt')));
  if (!list) throw new Error('no thumbnails are listed');
  return list;
}

/** Every listed picture is the one of its time. */
async function checkPictures(files: ReadonlyMap<string, Buffer>): Promise<void> {
  const { width, height, thumbnails } = listOf(files);
  for (const { startS, sheet, tile } of thumbnails) {
    const place = { x: (tile % 5) * width, y: Math.floor(tile / 5) * height, width, height };
    const code = await readJpegCode(files.get(`thumbs-${sheet}.jpg`) ?? Buffer.alloc(0), place);
    expect([startS, code?.frame]).toEqual([startS, startS * frameRate]);
  }
}

it('shows at each time the picture of that time, on sheets that never change', async () => {
  const { thumbnails, files, play } = create();
  await play(entries);
  const first = files.get('thumbs-0.jpg');
  await thumbnails.finish();
  const list = listOf(files);
  const startsS = list.thumbnails.map(({ startS }) => startS);
  expect(startsS).toEqual(Array.from({ length: Math.ceil(seconds / 6) }, (_, i) => i * 6));
  expect(files.get('thumbs-0.jpg')).toBe(first);
  expect([...files.keys()].sort()).toEqual(['poster.jpg', 'thumbs-0.jpg', 'thumbs-1.jpg', 'thumbs.vtt']);
  expect(String(files.get('thumbs.vtt'))).toContain(' --> 00:02:50.000\n');
  await checkPictures(files);
  const poster = files.get('poster.jpg') ?? Buffer.alloc(0);
  const size = jpegSize(poster);
  expect(size).toEqual({ width: 320, height: 180 });
  expect((await readJpegCode(poster, { x: 0, y: 0, ...size }))?.frame).toBeGreaterThanOrEqual(
    (seconds / 2) * frameRate,
  );
});

it('makes none while the machine is busy, and goes on afterwards', async () => {
  let busy = true;
  const { thumbnails, files, made, play } = create({ isBusy: () => busy });
  const half = entries.findIndex((entry) => msnOf(entry) === 40);
  await play(entries.slice(0, half));
  expect(made).toEqual({ tile: 0, poster: 0, sheet: 0 });
  busy = false;
  await play(entries.slice(half, half + 16));
  await thumbnails.finish();
  expect(listOf(files).thumbnails.map(({ startS }) => startS)).toEqual([80, 86, 92]);
  await checkPictures(files);
});

it('makes one at the end where the machine was busy all the time', async () => {
  const { thumbnails, files, play } = create({ isBusy: () => true });
  await play(entries.slice(0, 30));
  await thumbnails.finish();
  expect(listOf(files).thumbnails.length).toBe(1);
  await checkPictures(files);
});

it('goes on after a kill: sheets stay, and what was on none yet is made again', async () => {
  const { files, play } = create();
  const kill = entries.findIndex((entry) => msnOf(entry) === 80);
  await play(entries.slice(0, kill));
  expect(listOf(files).thumbnails.length).toBe(25);
  const next = create({ files });
  next.thumbnails.restore(foldRecord(entries.slice(0, kill)));
  await next.play(entries.slice(kill));
  await next.thumbnails.finish();
  expect(listOf(files).thumbnails.map(({ startS }) => startS)).toEqual(Array.from({ length: 29 }, (_, i) => i * 6));
  await checkPictures(files);
});

it('leaves out what ffmpeg cannot read', async () => {
  const { thumbnails, files, play } = create();
  const [track, segment] = ['track', 'segment'].map((kind) => entries.find((entry) => entry.kind === kind));
  if (track?.kind !== 'track' || segment?.kind !== 'segment') throw new Error('nothing was recorded');
  const real = media.get('v180/0.m4s') ?? Buffer.alloc(0);
  media.set('v180/0.m4s', Buffer.alloc(real.length, 7));
  await play([track, segment]).finally(() => media.set('v180/0.m4s', real));
  await thumbnails.finish();
  expect([...files.keys()]).toEqual([]);
});

function msnOf(entry: RecordEntry): number {
  return entry.kind === 'segment' ? entry.segment.msn : -1;
}
