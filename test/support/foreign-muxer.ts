import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';

/** A live stream of somebody else's: ffmpeg's own muxer writes files, and a server that knows nothing serves them. */
export interface ForeignMuxer {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  /** Address of the manifest; for HLS the media playlist. */
  readonly url: string;
  /** Where it writes. */
  readonly folder: string;
  /** Requests per path. */
  readonly counts: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

const muxers = {
  hls: [
    '-f',
    'hls',
    '-hls_time',
    '1',
    '-hls_list_size',
    '8',
    '-hls_flags',
    'delete_segments+temp_file',
    '-master_pl_name',
    'index.m3u8',
  ],
  dash: ['-f', 'dash', '-seg_duration', '1', '-window_size', '8', '-extra_window_size', '8', '-use_template', '1'],
} as const;

/** Starts one; resolves when its manifest lists the first segments. */
export async function startForeignMuxer(kind: keyof typeof muxers): Promise<ForeignMuxer> {
  const folder = mkdtempSync(join(tmpdir(), 'headwater-foreign-'));
  const file = kind === 'hls' ? 'stream.m3u8' : 'stream.mpd';
  const picture = ['-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25'];
  const sound = ['-re', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000'];
  const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
  const args = ['-nostdin', '-loglevel', 'error', ...picture, ...sound, ...encode, ...muxers[kind], join(folder, file)];
  const ffmpeg: ChildProcess = spawn(process.env.FFMPEG_PATH ?? 'ffmpeg', args, { stdio: 'ignore' });
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? '';
    counts.set(path, (counts.get(path) ?? 0) + 1);
    const stored = join(folder, normalize(path));
    if (path === '/' || !existsSync(stored)) response.writeHead(404).end();
    else createReadStream(stored).pipe(response.writeHead(200));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}/${file}`,
    folder,
    counts,
    stop: async () => {
      const exited = once(ffmpeg, 'exit');
      if (ffmpeg.exitCode === null && ffmpeg.kill('SIGKILL')) await exited;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
