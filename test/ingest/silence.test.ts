import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flvHeader, flvTagBytes } from '../../origin/ingest/flv.ts';
import { silentFrame, silentMp3Frame } from '../../origin/ingest/silence.ts';
import { makeFlvFile, readFlvFile } from '../support/flv-file.ts';

const run = promisify(execFile);
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'headwater-silence-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Loudest sample, dB, of a stream of such tags; throws when ffmpeg finds anything wrong with it. */
async function loudness(name: string, bodies: readonly Buffer[], stepMs: number): Promise<string> {
  const tags = bodies.flatMap((body, i) => flvTagBytes('audio', Math.round(Math.max(0, i - 1) * stepMs), body));
  const file = join(dir, `${name}.flv`);
  await writeFile(file, Buffer.concat([flvHeader({ hasAudio: true, hasVideo: false }), ...tags]));
  const args = ['-nostdin', '-hide_banner', '-xerror', '-i', file, '-af', 'volumedetect', '-f', 'null', '-'];
  const { stderr } = await run('ffmpeg', args);
  expect(stderr).not.toMatch(/error|invalid|Multiple frames|reserved/i);
  return /max_volume: (\S+)/.exec(stderr)?.[1] ?? '';
}

test.each([
  [48_000, 1],
  [44_100, 2],
  [8_000, 2],
  [48_000, 4],
  [48_000, 6],
])('silence at %i Hz in %i channels is decoded, between frames of sound too', async (rate, channels) => {
  const layout = ['-ac', String(channels), '-c:a', 'aac', '-b:a', '64k'];
  const source = ['-f', 'lavfi', '-t', '0.5', '-i', `sine=r=${rate}`];
  const tags = readFlvFile(await makeFlvFile(...source, ...layout)).filter((tag) => tag.type === 'audio');
  const [config, ...frames] = tags.map((tag) => tag.body);
  if (!config) throw new Error('no configuration');
  const silent = silentFrame(config);
  if (!silent) throw new Error('no silence');
  expect(silent.durationMs).toBeCloseTo(1_024_000 / rate, 5);
  const quiet = Array.from({ length: 10 }, () => silent.body);
  expect(Number(await loudness(`quiet-${rate}-${channels}`, [config, ...quiet], silent.durationMs))).toBeLessThan(-90);
  const mixed = [config, ...frames.slice(0, 4), ...quiet, ...frames.slice(4)];
  expect(Number(await loudness(`mixed-${rate}-${channels}`, mixed, silent.durationMs))).toBeGreaterThan(-40);
});

test('there is no silence for what is not AAC', () => {
  expect(silentFrame(Buffer.from('2fff', 'hex'))).toBeNull();
  expect(silentMp3Frame(Buffer.from('af011190aa', 'hex'))).toBeNull();
});

test('an MP3 frame is silenced at its own length', async () => {
  const source = ['-f', 'lavfi', '-t', '0.5', '-i', 'sine=r=44100', '-ac', '2'];
  const tags = readFlvFile(await makeFlvFile(...source, '-c:a', 'libmp3lame', '-b:a', '96k'));
  const frame = tags.findLast((tag) => tag.type === 'audio')?.body;
  if (!frame) throw new Error('no sound');
  const silent = silentMp3Frame(frame);
  expect(silent?.durationMs).toBeCloseTo(1_152_000 / 44_100, 5);
  expect(silent?.body.length).toBe(frame.length);
  if (!silent) return;
  const quiet = Array.from({ length: 20 }, () => silent.body);
  expect(Number(await loudness('mp3', quiet, silent.durationMs))).toBeLessThan(-90);
});
