import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDiskStore } from '../origin/store/disk-store.ts';
import { createS3Store, type S3Options } from '../origin/store/s3-store.ts';
import { Uploader } from '../origin/store/uploader.ts';
import { silentLog } from '../test/support/log.ts';
import { startS3Server } from '../test/support/s3-server.ts';

/**
 * What the way from the spool into a bucket carries: 4 broadcasts of 4 renditions, segments of 2 s, as fast as they go and as
 * often as they come; and memory meanwhile. The bucket is an S3 server in a process of its own on loopback, which computes
 * as much as it is sent: another one is faster or slower.
 */

const broadcasts = 4;
const segmentS = 2;
/** Bits per second: three rungs and sound. */
const renditions = { v720: 2_500_000, v480: 1_200_000, v360: 700_000, a1: 128_000 } as const;
const minutes = 3;

function print(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(58)} ${value.padStart(14)}\n`);
}

const segmentBytes = (bitrate: number) => Math.round((bitrate * segmentS) / 8);
const mebi = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

async function main(): Promise<void> {
  const server = fork(import.meta.filename, ['server'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [options] = (await once(server, 'message')) as [S3Options];
  const folder = await mkdtemp(join(tmpdir(), 'headwater-bench-'));
  try {
    await measure(folder, options);
  } finally {
    server.disconnect();
    await once(server, 'exit');
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string, options: S3Options): Promise<void> {
  const spool = await openDiskStore(join(folder, 'spool'), Number.POSITIVE_INFINITY);
  const target = createS3Store(options);
  const uploader = new Uploader({ spool, target, log: silentLog, random01: Math.random, now: Date.now });
  const keys: string[] = [];
  let totalBytes = 0;
  for (let msn = 0; msn < (minutes * 60) / segmentS; msn++) {
    for (let broadcast = 0; broadcast < broadcasts; broadcast++) {
      for (const [name, bitrate] of Object.entries(renditions)) {
        const key = `b/b_${broadcast}/${name}/${msn}.m4s`;
        await spool.put(key, [Buffer.alloc(segmentBytes(bitrate), msn)]);
        totalBytes += segmentBytes(bitrate);
        keys.push(key);
      }
    }
  }
  const before = process.memoryUsage().rss;
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 20);
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  for (const key of keys) uploader.add(key);
  await uploader.drained('b/');
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  clearInterval(timer);
  const neededPerS = (broadcasts * Object.keys(renditions).length) / segmentS;
  print('objects', String(keys.length));
  print('objects a second', (keys.length / seconds).toFixed(0));
  print('throughput', `${mebi(totalBytes / seconds)}/s`);
  print('times as fast as 4 broadcasts make them', `${(keys.length / seconds / neededPerS).toFixed(0)} ×`);
  print('CPU of the origin for a minute of 4 broadcasts', `${((user + system) / 1e6 / minutes).toFixed(2)} s`);
  print('memory: more than before at the most', mebi(peak - before));
}

async function serve(): Promise<void> {
  const { options, close } = await startS3Server();
  process.on('disconnect', () => void close().then(() => process.exit(0)));
  process.send?.(options);
}

await (process.argv[2] === 'server' ? serve() : main());
