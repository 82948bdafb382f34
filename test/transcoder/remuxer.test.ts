import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startRemuxer } from '../../origin/transcoder/remuxer.ts';
import { picture, tone } from '../support/flv-file.ts';

const run = promisify(execFile);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-remux-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A recording as browsers make it, two seconds. */
async function record(...codecs: string[]): Promise<Buffer> {
  const path = join(folder, 'recording');
  await run('ffmpeg', ['-v', 'error', ...picture('161x90', '30', 2), ...tone(2), ...codecs, path]);
  return readFile(path);
}

/** What comes out of a remuxer that is given all of it and then ended. */
async function remux(container: 'webm' | 'mp4', pictured: 'h264' | 'other', bytes: Buffer) {
  const out: Buffer[] = [];
  const ended = Promise.withResolvers<{ readonly isClean: boolean; readonly lastLine: string }>();
  const events = { onBytes: (piece: Buffer) => void out.push(piece), onEnd: ended.resolve };
  const remuxer = await startRemuxer('ffmpeg', { container, picture: pictured }, events);
  for (let at = 0; at < bytes.length; at += 10_000) remuxer.write(bytes.subarray(at, at + 10_000), () => {});
  remuxer.end();
  return { ...(await ended.promise), flv: Buffer.concat(out) };
}

async function streamsOf(flv: Buffer): Promise<readonly string[]> {
  const path = join(folder, 'out.flv');
  await writeFile(path, flv);
  const entries = ['-show_entries', 'stream=codec_name,width,sample_rate', '-of', 'csv=p=0'];
  const { stdout } = await run('ffprobe', ['-v', 'error', ...entries, path]);
  return stdout.trim().split('\n').sort();
}

const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-vf', 'crop=160:90'];

test.each([
  ['Chrome: H.264 in WebM', 'webm', 'h264', [...h264, '-c:a', 'libopus', '-f', 'matroska'], 'h264,160'],
  ['Firefox: VP8 of an odd width', 'webm', 'other', ['-c:v', 'libvpx', '-c:a', 'libopus', '-f', 'webm'], 'h264,160'],
  [
    'Safari: fragmented MP4',
    'mp4',
    'h264',
    [...h264, '-c:a', 'aac', '-movflags', 'empty_moov+frag_keyframe', '-f', 'mp4'],
    'h264,160',
  ],
] as const)('%s becomes H.264 and AAC', async (_, container, pictured, codecs, expected) => {
  const { isClean, flv } = await remux(container, pictured, await record(...codecs));
  expect(isClean).toBe(true);
  expect(await streamsOf(flv)).toEqual(['aac,48000', expected]);
});

test.each([
  ['a playlist that names files', Buffer.from('#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n')],
  ['a list for concat', Buffer.from("ffconcat version 1.0\nfile '/etc/hostname'\n")],
  ['noise', Buffer.alloc(100_000, 'noise ')],
])('%s is no recording', async (_, bytes) => {
  const { isClean, lastLine, flv } = await remux('webm', 'h264', bytes);
  expect([isClean, flv.length, lastLine === '']).toEqual([false, 0, false]);
});

test('one that is stopped ends cleanly and at once', async () => {
  const ended = Promise.withResolvers<{ readonly isClean: boolean }>();
  const remuxer = await startRemuxer(
    'ffmpeg',
    { container: 'webm', picture: 'h264' },
    { onBytes: () => {}, onEnd: ended.resolve },
  );
  remuxer.stop();
  remuxer.stop();
  expect((await ended.promise).isClean).toBe(true);
});
