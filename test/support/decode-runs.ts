import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readMediaPlaylist } from './oracles.ts';

const ffmpeg = process.env.FFMPEG_PATH ?? 'ffmpeg';
const strict = ['-nostdin', '-v', 'error', '-xerror', '-err_detect', 'explode'];
const nowhere = ['-fps_mode', 'passthrough', '-f', 'null', '-'];

/**
 * Decodes all that a media playlist lists, each run of an encoder with its own init segment, and fails at any error, also
 * at one that ffmpeg only mentions.
 * @param url address of a file beside the playlist
 * @param timeout ms, for each run
 */
export async function decodeRuns(playlist: string, url: (name: string) => string, timeout: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'headwater-runs-'));
  try {
    for (const { init, segments } of readMediaPlaylist(playlist).runs) {
      const pieces = [init, ...segments].map(async (name) => Buffer.from(await (await fetch(url(name))).arrayBuffer()));
      const file = join(folder, init);
      await writeFile(file, Buffer.concat(await Promise.all(pieces)));
      await decode(file, timeout);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function decode(file: string, timeout: number): Promise<void> {
  const { stderr } = await promisify(execFile)(ffmpeg, [...strict, '-i', file, ...nowhere], { timeout });
  if (stderr !== '') throw new Error(`${file}: ${stderr}`);
}
