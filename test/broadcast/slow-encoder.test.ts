import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultLadderWish } from '../../origin/transcoder/ladder.ts';
import { makeFlvFile, readFlvFile } from '../support/flv-file.ts';
import { readMediaPlaylist, readMpd } from '../support/oracles.ts';
import { pollUntil } from '../support/poll.ts';
import { writeSlowFfmpeg } from '../support/slow-ffmpeg.ts';
import { type BroadcastLab, clicks, flashes, startBroadcastLab } from './broadcast-lab.ts';

const lengthS = 60;
const calmMsMin = 5_000;
let dir: string;
let lab: BroadcastLab | null = null;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'headwater-slow-'));
});

afterAll(async () => {
  await lab?.stop();
  await rm(dir, { recursive: true, force: true });
}, 30_000);

it('an encoder that cannot keep up loses its most expensive rung, viewers are on time again, and it comes back', async () => {
  const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-g', '25'];
  const file = await makeFlvFile(...flashes('320x180', '25', lengthS), ...clicks(lengthS), ...x264, '-c:a', 'aac');
  // A ladder with v120 is fed at half the speed of its source.
  const ffmpegPath = await writeSlowFfmpeg(dir, 'v120', file.length / lengthS / 2);
  lab = await startBroadcastLab({ calmMsMin, ffmpegPath, ladder: { ...defaultLadderWish, heights: [120, 90] } });
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

  // Its playlist goes on as gaps, a new Period is without it, and the others are at the live edge.
  const gaps = () => broadcast.playlist('v120').match(/#EXT-X-GAP/g)?.length ?? 0;
  const periods = () => broadcast.mpd().split('<Period ').slice(1);
  const sizes = (period = '') => [...period.matchAll(/height="(\d+)"/g)].map(([, height]) => Number(height)).toSorted();
  await pollUntil(() => gaps() >= 2, 'gaps', 20_000);
  expect(periods().map(sizes)).toEqual([
    [120, 180, 90],
    [180, 90],
  ]);
  const edgeMs = Date.parse([...broadcast.playlist('v90').matchAll(/PROGRAM-DATE-TIME:(\S+)/g)].at(-1)?.[1] ?? '');
  expect(Date.now() - edgeMs).toBeLessThan(5_000);
  expect(codes()).toContain('transcode.slow');

  await pollUntil(() => broadcast.multivariant()?.includes('v120/') === true, 'the rung that came back', 40_000);
  await pollUntil(() => !codes().includes('transcode.slow'), 'the end of the finding', 20_000);
  const back = broadcast.playlist('v120').split('#EXT-X-GAP').at(-1) ?? '';
  expect(back).toContain('#EXT-X-DISCONTINUITY');
  await pollUntil(() => periods().length === 3, 'a Period with it', 20_000);
  expect(sizes(periods()[2])).toEqual([120, 180, 90]);
  readMpd(broadcast.mpd(), 'http://localhost/index.mpd');
  for (const name of broadcast.renditions()) readMediaPlaylist(broadcast.playlist(name));
  const runs = lab.log.filter((line) => line.event === 'encoder_started').map((line) => line.renditions);
  const whole = ['v180:copy', 'v120:encode', 'v90:encode'];
  expect(runs).toEqual([whole, ['v180:copy', 'v90:encode'], whole]);
  stop.abort();
  await playing;
  for (const rendition of ['v180', 'v120', 'v90', 'a1']) {
    for (const { errors } of await broadcast.decode(rendition)) expect(errors).toBe('');
  }
}, 180_000);
