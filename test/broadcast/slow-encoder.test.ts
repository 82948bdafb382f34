import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultLadderWish } from '../../origin/transcoder/ladder.ts';
import { makeFlvFile, readFlvFile } from '../support/flv-file.ts';
import { pollUntil } from '../support/poll.ts';
import { type BroadcastLab, clicks, flashes, startBroadcastLab } from './broadcast-lab.ts';
import { writeSlowFfmpeg } from './slow-ffmpeg.ts';

const lengthS = 40;
let dir: string;
let lab: BroadcastLab | null = null;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'headwater-slow-'));
});

afterAll(async () => {
  await lab?.stop();
  await rm(dir, { recursive: true, force: true });
}, 30_000);

it('an encoder that cannot keep up loses its most expensive rung, and viewers are on time again', async () => {
  const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-g', '25'];
  const file = await makeFlvFile(...flashes('320x180', '25', lengthS), ...clicks(lengthS), ...x264, '-c:a', 'aac');
  // A ladder with v120 is fed at half the speed of its source.
  const ffmpegPath = await writeSlowFfmpeg(dir, 'v120', file.length / lengthS / 2);
  lab = await startBroadcastLab({ ffmpegPath, ladder: { ...defaultLadderWish, heights: [120, 90] } });
  const broadcast = await lab.join();
  const codes = () => broadcast.report()?.findings.map((finding) => finding.code) ?? [];
  const dwell = () => broadcast.report()?.health?.dwell?.transcoder ?? null;
  const stop = new AbortController();
  const playing = broadcast.play(readFlvFile(file, 0), stop.signal);

  await pollUntil(() => broadcast.multivariant()?.includes('v120/') === true, 'the whole ladder', 20_000);
  await pollUntil(() => codes().includes('transcode.slow'), 'the finding', 30_000);
  expect(dwell()?.p95Ms).toBeGreaterThan(2_000);
  await pollUntil(() => broadcast.multivariant()?.includes('v120/') === false, 'the smaller ladder', 20_000);
  expect(broadcast.renditions()).toEqual(['a1', 'v180', 'v90']);
  expect(broadcast.report()?.health?.shedRungs).toBe(1);

  // Its playlist goes on as gaps, and the others are at the live edge.
  const gaps = () => broadcast.playlist('v120').match(/#EXT-X-GAP/g)?.length ?? 0;
  await pollUntil(() => gaps() >= 2, 'gaps', 20_000);
  const edgeMs = Date.parse([...broadcast.playlist('v90').matchAll(/PROGRAM-DATE-TIME:(\S+)/g)].at(-1)?.[1] ?? '');
  expect(Date.now() - edgeMs).toBeLessThan(5_000);
  expect(codes()).toContain('transcode.slow');
  const runs = lab.log.filter((line) => line.event === 'encoder_started').map((line) => line.renditions);
  expect(runs).toEqual([
    ['v180:copy', 'v120:encode', 'v90:encode'],
    ['v180:copy', 'v90:encode'],
  ]);
  stop.abort();
  await playing;
  for (const rendition of ['v180', 'v90', 'a1']) {
    for (const { errors } of await broadcast.decode(rendition)) expect(errors).toBe('');
  }
}, 120_000);
